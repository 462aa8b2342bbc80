"""What PostgreSQL is told and asked about seats: one call of a function is one statement and one transaction.

The functions stand in migrations/0002_seats.sql. All raise DatabaseUnavailableError.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from django.conf import settings

from apps.domain.licensing.seats.decisions import Dead, Granted, Member
from apps.domain.licensing.seats.terms import LicenseTerms
from apps.domain.operations.database import ask

Ended = tuple[Member, str]
"""A session that PostgreSQL has closed, and its hardware id."""

GrantOutcome = Literal[
    "granted", "rebuilding", "epoch", "late", "unknown", "terms", "over", "suspended", "cancelled", "expired", "closed"
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Machine:
    """What a client says about where it runs."""

    hardware_id: str
    hostname: str
    os: str
    version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where a request came from, for the audit log. ip: None when the server knows none."""

    request_id: str
    ip: str | None
    user_agent: str


@dataclass(frozen=True, slots=True)
class GrantAnswer:
    """What became of a grant. fence and tier are set when it is `granted`. ended: who made room, closed with it."""

    outcome: GrantOutcome
    fence: int | None
    tier: str | None
    license_expires_at: datetime | None
    ended: tuple[Ended, ...]


@dataclass(frozen=True, slots=True)
class EndAnswer:
    """ended: now; already: before, for `reason`; absent: no such session of this owner in this tenant."""

    outcome: Literal["ended", "already", "absent"]
    license_id: UUID | None
    ended: Ended | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class OpenSessions:
    """What a rebuild starts from."""

    epoch: int
    license_expires_at: datetime | None
    sessions: tuple[Ended, ...]


def instant_ms(ms: int) -> datetime:
    """An instant of Redis' clock."""
    return _FIRST + timedelta(milliseconds=ms)


_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


def commit_grant(granted: Granted, *, user_id: UUID, machine: Machine, origin: Origin) -> GrantAnswer:
    """Commit what Redis decided, and end those who made room."""
    terms = granted.license
    rows = ask(
        "SELECT outcome, fence, tier, license_expires_at, ended "
        "FROM seats_grant(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [
            terms.tenant_id,
            terms.id,
            granted.epoch,
            terms.seats_total,
            granted.seats_used,
            granted.member.session,
            user_id,
            machine.hardware_id,
            machine.hostname,
            machine.os,
            machine.version,
            _FIRST + timedelta(microseconds=granted.granted_at_us),
            settings.SEAT_TTL,
            [dead.member.session for dead in granted.dead],
            [instant_ms(dead.expired_at_ms) for dead in granted.dead],
            origin.ip,
            origin.user_agent,
            origin.request_id,
        ],
    )
    outcome, fence, tier, expires_at, ended = rows[0]
    closed = tuple(
        (Member.of(UUID(row["session_id"]), UUID(row["user_id"])), cast("str", row["hardware_id"]))
        for row in json.loads(ended or "[]")  # Django leaves jsonb as text
    )
    return GrantAnswer(outcome, fence, tier, expires_at, closed)


def void(granted: Granted, *, user_id: UUID, hardware_id: str) -> bool:
    """Make sure that a refused session is never granted. False when another request has committed it meanwhile."""
    terms = granted.license
    rows = ask(
        "SELECT seats_void(%s, %s, %s, %s, %s)",
        [terms.tenant_id, terms.id, granted.member.session, user_id, hardware_id],
    )
    return cast("bool", rows[0][0])


def take_back_lease(terms: LicenseTerms, *, session: UUID, origin: Origin) -> bool:
    """A lease of this session could not be signed. True when it was the only one: the session is closed."""
    rows = ask("SELECT seats_unsign(%s, %s, %s)", [terms.tenant_id, session, origin.request_id])
    return cast("bool", rows[0][0])


def end_session(
    *, tenant_id: UUID, session: UUID, owner: UUID | None, reason: str, by: UUID | None, origin: Origin
) -> EndAnswer:
    """Close a session. owner: whose it must be; None for anyone's in the tenant. by: who closes it, None for itself."""
    rows = ask(
        "SELECT outcome, license_id, user_id, hardware_id, end_reason FROM seats_end(%s, %s, %s, %s, %s, %s, %s, %s)",
        [tenant_id, session, owner, reason, by, origin.ip, origin.user_agent, origin.request_id],
    )
    outcome, license_id, user_id, hardware_id, end_reason = rows[0]
    ended = (Member.of(session, user_id), hardware_id) if user_id else None
    return EndAnswer(outcome, license_id, ended, end_reason)


def ended_since(since: datetime) -> tuple[tuple[UUID, UUID, Ended], ...]:
    """Tenant, license and member of every session that someone ended since then. In the platform's scope."""
    rows = ask(
        "SELECT tenant_id, license_id, session_id, user_id, hardware_id FROM active_sessions "
        "WHERE released_at >= %s AND end_reason <> 'expired'",
        [since],
    )
    return tuple((row[0], row[1], (Member.of(row[2], row[3]), row[4])) for row in rows)


def fate(*, tenant_id: UUID, session: UUID, user_id: UUID) -> tuple[UUID, str] | None:
    """License and end reason ("" while open) of a user's session; None when there never was one."""
    rows = ask("SELECT license_id, end_reason FROM seats_fate(%s, %s, %s)", [tenant_id, session, user_id])
    return cast("tuple[UUID, str]", rows[0]) if rows else None


def close_expired(terms: LicenseTerms, dead: Sequence[Dead], *, epoch: int) -> tuple[Ended, ...]:
    """Write down that sessions expired which were seen dead in this epoch. Returns those that were open."""
    rows = ask(
        "SELECT session_id, user_id, hardware_id FROM seats_sweep(%s, %s, %s, %s, %s, %s)",
        [
            terms.tenant_id,
            terms.id,
            epoch,
            settings.SEAT_TTL,
            [session.member.session for session in dead],
            [instant_ms(session.expired_at_ms) for session in dead],
        ],
    )
    return tuple(_members(rows))


def begin_rebuild(terms: LicenseTerms) -> OpenSessions | None:
    """Wait for grants in flight, raise the epoch, and read who is open. None when the license is gone."""
    rows = ask(
        "SELECT epoch, license_expires_at, session_id, user_id, hardware_id FROM seats_begin_rebuild(%s, %s)",
        [terms.tenant_id, terms.id],
    )
    if not rows:
        return None
    return OpenSessions(rows[0][0], rows[0][1], tuple(_members(row[2:] for row in rows if row[2] is not None)))


def ended_among(terms: LicenseTerms, sessions: Sequence[UUID]) -> tuple[Ended, ...]:
    """Which of them are closed."""
    rows = ask(
        "SELECT session_id, user_id, hardware_id FROM seats_ended_among(%s, %s, %s)",
        [terms.tenant_id, terms.id, list(sessions)],
    )
    return tuple(_members(rows))


def _members(rows: Iterable[tuple[UUID, UUID, str]]) -> Iterable[Ended]:
    return ((Member.of(session, user), hardware) for session, user, hardware in rows)
