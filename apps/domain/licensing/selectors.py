"""Reads of licenses and sessions, with what Redis knows of who is living."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Count, Q

from apps.domain.licensing.models import ActiveSession, License
from apps.domain.licensing.seats import decisions
from apps.domain.licensing.seats.journal import instant_ms
from apps.domain.licensing.seats.terms import LicenseTerms, terms_of
from apps.domain.operations.database import ask
from apps.domain.operations.redis import RedisLink
from apps.domain.tenancy.scope import platform_scope, tenant_scope

PAGE = 1000


@dataclass(frozen=True, kw_only=True)
class LicenseView:
    """A license and how many of its seats are in use."""

    id: UUID
    tenant_id: UUID
    seats_total: int
    seats_used: int
    status: str
    expires_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class SessionView:
    """A living session and whose it is."""

    id: UUID
    license_id: UUID
    user_id: UUID
    user_email: str
    user_name: str
    hardware_id: str
    hostname: str
    os: str
    version: str
    acquired_at: datetime
    last_heartbeat_at: datetime


def list_licenses(link: RedisLink, *, tenant_id: UUID | None, first: int = 0) -> list[LicenseView]:
    """A page of licenses, oldest first. tenant_id: None for those of every tenant, which staff alone may see.

    Raises CacheUnavailableError.
    """
    with platform_scope() if tenant_id is None else tenant_scope(tenant_id):
        rows = list(
            License.objects.annotate(
                open_rows=Count("sessions", filter=Q(sessions__released_at__isnull=True))
            ).order_by("created_at", "id")[first : first + PAGE]
        )
    counts = decisions.living_counts(link, [_terms(row) for row in rows])
    return [
        LicenseView(
            id=row.id,
            tenant_id=row.tenant_id,
            seats_total=row.seats_total,
            # Not built on this instance yet: open rows are what it will be built from.
            seats_used=row.open_rows if count is None else count,
            status=row.status,
            expires_at=row.expires_at,
            created_at=row.created_at,
        )
        for row, count in zip(rows, counts, strict=True)
    ]


def list_sessions(link: RedisLink, *, tenant_id: UUID | None, first: int = 0) -> list[SessionView]:
    """A page of living sessions, oldest first; a page may be short, because the dead are left out after paging.

    tenant_id: None for those of every tenant, which staff alone may see. Raises CacheUnavailableError.
    """
    with platform_scope() if tenant_id is None else tenant_scope(tenant_id):
        rows = list(
            ActiveSession.objects.filter(released_at__isnull=True)
            .select_related("user", "license")
            .order_by("acquired_at", "id")[first : first + PAGE]
        )
    ttl_ms = int(settings.SEAT_TTL.total_seconds() * 1000)
    expiries = {
        terms.id: decisions.living(link, terms)
        for terms in {row.license_id: _terms(row.license) for row in rows}.values()
    }
    views = []
    for row in rows:
        of_license = expiries[row.license_id]
        expiry = None if of_license is None else of_license.get(row.session_id)
        if of_license is not None and expiry is None:
            continue
        views.append(
            SessionView(
                id=row.session_id,
                license_id=row.license_id,
                user_id=row.user_id,
                user_email=row.user.email,
                user_name=row.user.display_name,
                hardware_id=row.hardware_id,
                hostname=row.hostname,
                os=row.os,
                version=row.version,
                acquired_at=row.acquired_at,
                last_heartbeat_at=row.last_heartbeat_at
                if expiry is None
                else max(row.last_heartbeat_at, instant_ms(expiry - ttl_ms)),
            )
        )
    return views


def session_seconds(*, ended_since: datetime, quantiles: Sequence[float]) -> tuple[float, ...]:
    """How long sessions of every tenant lasted that ended since then, at these quantiles; none where none ended.

    Raises DatabaseUnavailableError.
    """
    with platform_scope():
        ((lasted,),) = ask(
            """
            SELECT percentile_cont(%s::float8[]) WITHIN GROUP (ORDER BY extract(epoch FROM released_at - acquired_at))
            FROM active_sessions WHERE released_at >= %s
            """,
            [list(quantiles), ended_since],
        )
    return tuple(lasted or ())


def _terms(row: License) -> LicenseTerms:
    return terms_of(row.tenant_id, row.id, row.seats_total, row.status, row.expires_at)
