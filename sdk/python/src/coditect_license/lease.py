"""What the service granted: a lease, exactly as it was signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from coditect_license.errors import InvalidLease


@dataclass(frozen=True)
class GrantedLease:
    """One seat of a license, for one user on one machine. Made from a reply by `from_reply`; instants are aware UTC.

    heartbeat_interval: seconds. fence: rises with every grant of the license. The fields that may be None are those
    that the three-field form (`signature_version` 1) does not have.
    """

    license_id: str
    session_id: str
    seats_used: int
    seats_total: int
    expires_at: datetime
    heartbeat_interval: int
    signature_version: int
    tenant_id: str | None = None
    user_id: str | None = None
    hardware_id: str | None = None
    fence: int | None = None
    tier: str | None = None
    issued_at: datetime | None = None
    license_expires_at: datetime | None = None
    key_id: str | None = None

    @classmethod
    def from_reply(cls, reply: Mapping[str, Any]) -> GrantedLease:
        """Read a reply of `POST /api/v1/licenses/acquire`. Says nothing about its signature: see verify.py.

        Raises InvalidLease when a field is missing or of the wrong kind.
        """
        version = reply.get("signature_version", 1)
        if version not in (1, 2) or isinstance(version, bool):
            raise InvalidLease(f"The lease has signature_version {version!r}; this client knows 1 and 2. Update it.")
        lease = cls(
            license_id=_text(reply, "license_id"),
            session_id=_text(reply, "session_id"),
            seats_used=_count(reply, "seats_used"),
            seats_total=_count(reply, "seats_total"),
            expires_at=_instant(reply, "expires_at"),
            heartbeat_interval=_count(reply, "heartbeat_interval"),
            signature_version=version,
        )
        if lease.heartbeat_interval < 1:
            raise InvalidLease("The lease's heartbeat_interval is 0 seconds.")
        if version == 1:
            return lease
        has_end = reply.get("license_expires_at") is not None
        lease = cls(
            **{
                **lease.__dict__,
                "tenant_id": _text(reply, "tenant_id"),
                "user_id": _text(reply, "user_id"),
                "hardware_id": _text(reply, "hardware_id"),
                "fence": _count(reply, "fence"),
                "tier": _text(reply, "tier"),
                "issued_at": _instant(reply, "issued_at"),
                "license_expires_at": _instant(reply, "license_expires_at") if has_end else None,
                "key_id": _text(reply, "key_id"),
            }
        )
        if lease.lifetime <= timedelta(0):
            raise InvalidLease("The lease ends before it begins.")
        return lease

    @property
    def lifetime(self) -> timedelta:
        """How long the lease was given for. Measured from now on, it needs no correct clock on this machine.

        Raises ValueError for the three-field form, which does not say when it was issued.
        """
        if self.issued_at is None:
            raise ValueError("A lease of signature_version 1 has no issued_at.")
        return self.expires_at - self.issued_at


def parse_instant(text: str) -> datetime:
    """An ISO 8601 instant in UTC. Raises ValueError for any other text, also for one without an offset."""
    # Python 3.9 and 3.10 do not read the Z.
    moment = datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith("Z") else text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    return moment.astimezone(timezone.utc)


def _text(reply: Mapping[str, Any], name: str) -> str:
    value = reply.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidLease(f"The lease's {name} is {value!r}, not text.")
    return value


def _count(reply: Mapping[str, Any], name: str) -> int:
    value = reply.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidLease(f"The lease's {name} is {value!r}, not a whole number.")
    return value


def _instant(reply: Mapping[str, Any], name: str) -> datetime:
    try:
        return parse_instant(_text(reply, name))
    except ValueError as error:
        raise InvalidLease(f"The lease's {name} is not an instant in UTC: {error}.") from None
