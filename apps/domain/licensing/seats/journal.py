"""What PostgreSQL is told and asked about seats: one call of a function is one statement and one transaction, which
grants that come at the same time share.

The functions stand in migrations/0002_seats.sql. All raise DatabaseUnavailableError.
"""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, cast
from uuid import UUID

from django.conf import settings
from django.db import connection

from apps.domain.licensing.seats.decisions import Dead, Granted, Member
from apps.domain.licensing.seats.grouping import Grouping, NotTogetherError
from apps.domain.licensing.seats.terms import LicenseTerms
from apps.domain.operations.database import ask

logger = logging.getLogger(__name__)

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


@dataclass(frozen=True, slots=True)
class _Grant:
    """What is asked of seats_grant."""

    granted: Granted
    user_id: UUID
    machine: Machine
    origin: Origin


def commit_grant(granted: Granted, *, user_id: UUID, machine: Machine, origin: Origin) -> GrantAnswer:
    """Commit what Redis decided, and end those who made room. Grants of the same moment share a transaction."""
    grant = _Grant(granted, user_id, machine, origin)
    # Who ends others locks their rows, in an order that another group might cross; and a caller's own transaction is
    # not to be left.
    if not granted.dead and not connection.in_atomic_block:
        try:
            return _grouping.commit(grant)
        except NotTogetherError:
            logger.warning("Grants could not be committed together; each is committed alone", exc_info=True)
    (answer,) = _commit_grants([grant])
    return answer


def _commit_grants(grants: Sequence[_Grant]) -> list[GrantAnswer]:
    rows = ask(_GRANT, [json.dumps([_told(grant) for grant in grants])])
    return [GrantAnswer(outcome, fence, tier, ends, _closed(ended)) for outcome, fence, tier, ends, ended in rows]


_grouping = Grouping(_commit_grants)

# One document for all: a driver's array for each column costs more than the function does. The function is called once
# for each row, in their order, and each call sees what the one before did.
_GRANT = """
    SELECT g.outcome, g.fence, g.tier, g.license_expires_at, g.ended
    FROM ROWS FROM (jsonb_to_recordset(%s::jsonb) AS (
        tenant uuid, license uuid, epoch bigint, seats_total int, seats_used int, session uuid, "user" uuid,
        hardware varchar, hostname varchar, os varchar, version varchar, granted_at timestamptz, ttl interval,
        dead uuid[], dead_at timestamptz[], ip inet, agent text, request text
    )) WITH ORDINALITY AS q,
    LATERAL seats_grant(
        q.tenant, q.license, q.epoch, q.seats_total, q.seats_used, q.session, q."user", q.hardware, q.hostname, q.os,
        q.version, q.granted_at, q.ttl, q.dead, q.dead_at, q.ip, q.agent, q.request) AS g
    ORDER BY q.ordinality
"""


def _told(grant: _Grant) -> dict[str, object]:
    granted, terms, machine = grant.granted, grant.granted.license, grant.machine
    return {
        "tenant": str(terms.tenant_id),
        "license": str(terms.id),
        "epoch": granted.epoch,
        "seats_total": terms.seats_total,
        "seats_used": granted.seats_used,
        "session": str(granted.member.session),
        "user": str(grant.user_id),
        "hardware": machine.hardware_id,
        "hostname": machine.hostname,
        "os": machine.os,
        "version": machine.version,
        "granted_at": (_FIRST + timedelta(microseconds=granted.granted_at_us)).isoformat(),
        "ttl": f"{settings.SEAT_TTL.total_seconds()} s",
        "dead": [str(dead.member.session) for dead in granted.dead],
        "dead_at": [instant_ms(dead.expired_at_ms).isoformat() for dead in granted.dead],
        "ip": grant.origin.ip,
        "agent": grant.origin.user_agent,
        "request": grant.origin.request_id,
    }


def _closed(ended: str | None) -> tuple[Ended, ...]:
    rows = json.loads(ended or "[]")  # Django leaves jsonb as text
    return tuple(
        (Member.of(UUID(row["session_id"]), UUID(row["user_id"])), cast("str", row["hardware_id"])) for row in rows
    )


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
