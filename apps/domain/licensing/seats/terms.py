"""What a license grants, remembered for a moment. A grant is checked against PostgreSQL anyway, and a refusal is never
given on remembered terms, so an old copy costs a retry and not a wrong answer.
"""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID

from apps.domain.operations.database import ask

_REMEMBER_S = 30.0
_MOST_TENANTS = 50_000


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenseTerms:
    """One license. expires_at: None for a subscription."""

    id: UUID
    tenant_id: UUID
    seats_total: int
    status: str
    expires_at: datetime | None
    seats_key: bytes
    machines_key: bytes

    @property
    def ends_ms(self) -> int:
        """End in ms since 1970, 0 for none."""
        return int(self.expires_at.timestamp() * 1000) if self.expires_at else 0

    def refusal(self, at: datetime) -> str | None:
        """Why it gives no seats: suspended, cancelled or expired; None when it does."""
        if self.status != "active":
            return self.status
        return "expired" if self.expires_at is not None and self.expires_at <= at else None


@dataclass(frozen=True, slots=True)
class Terms:
    """A tenant's licenses, oldest first. read_at: of the monotonic clock, before they were read."""

    licenses: tuple[LicenseTerms, ...]
    read_at: float

    def usable(self) -> tuple[LicenseTerms, ...]:
        now = datetime.now(UTC)
        return tuple(terms for terms in self.licenses if terms.refusal(now) is None)

    def license(self, license_id: UUID) -> LicenseTerms | None:
        return next((terms for terms in self.licenses if terms.id == license_id), None)


class TermsCache:
    """Terms by tenant. Safe for many threads."""

    shared: ClassVar["TermsCache"]

    def __init__(self) -> None:
        self._terms: dict[UUID, Terms] = {}
        self._adding = threading.Lock()

    def get(self, tenant_id: UUID, *, newer_than: float | None = None) -> Terms:
        """Terms read at `newer_than` or later, or when that is None in the last 30 s.

        Raises DatabaseUnavailableError when they must be read and cannot be.
        """
        known = self._terms.get(tenant_id)
        earliest = time.monotonic() - _REMEMBER_S if newer_than is None else newer_than
        if known is not None and known.read_at >= earliest:
            return known
        read = read_terms(tenant_id)
        with self._adding:
            if len(self._terms) >= _MOST_TENANTS:
                self._terms.clear()
            self._terms[tenant_id] = read
        return read


TermsCache.shared = TermsCache()


def read_terms(tenant_id: UUID) -> Terms:
    """From PostgreSQL, now."""
    read_at = time.monotonic()
    rows = ask("SELECT id, seats_total, status, expires_at FROM seats_terms(%s)", [tenant_id])
    return Terms(tuple(terms_of(tenant_id, *row) for row in rows), read_at)


def terms_of(
    tenant_id: UUID, license_id: UUID, seats_total: int, status: str, expires_at: datetime | None
) -> LicenseTerms:
    return LicenseTerms(
        id=license_id,
        tenant_id=tenant_id,
        seats_total=seats_total,
        status=status,
        expires_at=expires_at,
        seats_key=b"seats:" + license_id.bytes,
        machines_key=b"machines:" + license_id.bytes,
    )


def seats_of(tenant_id: UUID, license_id: UUID) -> LicenseTerms:
    """A license as far as its seats in Redis go: for ending sessions, which needs no terms."""
    return terms_of(tenant_id, license_id, 0, "", None)
