"""The sweeper: writes history. No seat waits for it; a dead client's seat is free without it.

Once a minute it writes down who expired, ends what no longer stands, and takes out of Redis what a process that died
between PostgreSQL and Redis left there.
"""

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from apps.domain.licensing.models import ActiveSession, LicenseStatus
from apps.domain.licensing.seats import decisions, holding, journal
from apps.domain.licensing.seats.decisions import Dead, Member
from apps.domain.licensing.seats.rebuild import ensure_built
from apps.domain.licensing.seats.terms import LicenseTerms, seats_of
from apps.domain.licensing.services import end_sessions
from apps.domain.operations.redis import RedisLink
from apps.domain.tenancy.scope import platform_scope, tenant_scope

logger = logging.getLogger(__name__)

_BATCH = 1_000
_WATERMARK = b"sweeper:ended-since"
_LOOK_BACK = timedelta(hours=24)
_OVERLAP = timedelta(minutes=2)
_GRANT_SETTLES = timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True)
class Swept:
    """expired: rows closed. ended: sessions of licenses that no longer stand. dropped: ended, but still in Redis."""

    expired: int
    ended: int
    dropped: int


def sweep(link: RedisLink) -> Swept:
    """One round over every license with open sessions. Raises CacheUnavailableError, DatabaseUnavailableError."""
    dropped = _drop_what_ended(link)
    with platform_scope():
        open_licenses = list(
            ActiveSession.objects.filter(released_at__isnull=True)
            .values_list("tenant_id", "license_id", "license__status")
            .distinct()
        )
    expired = ended = 0
    for tenant_id, license_id, status in open_licenses:
        if status != LicenseStatus.ACTIVE:
            with tenant_scope(tenant_id):
                ended += end_sessions(tenant_id=tenant_id, license_id=license_id)
        else:
            expired += _sweep_license(link, seats_of(tenant_id, license_id))
    if expired or ended or dropped:
        logger.info("Seats swept", extra={"expired": expired, "ended": ended, "dropped": dropped})
    return Swept(expired=expired, ended=ended, dropped=dropped)


def _sweep_license(link: RedisLink, terms: LicenseTerms) -> int:
    closed = 0
    while True:
        found = decisions.dead(link, terms, at_most=_BATCH)
        if found is None:
            # Nobody has asked since Redis was lost. Built now, the dead among them expire within a TTL.
            ensure_built(link, terms, ttl_ms=holding.ttl_ms(), deadline=time.monotonic() + holding.PATIENCE_S)
            return closed
        closed += _write_down(link, terms, found.dead, found.epoch)
        if len(found.dead) < _BATCH:
            return closed + _close_strays(link, terms, found.epoch)


def _write_down(link: RedisLink, terms: LicenseTerms, dead: tuple[Dead, ...], epoch: int) -> int:
    if not dead:
        return 0
    closed = journal.close_expired(terms, dead, epoch=epoch)
    decisions.drop(link, terms, closed, is_dead_only=True)
    # Members without an open row: closed by a grant whose process died before it dropped them, or never committed.
    left = {session.member for session in dead} - {member for member, _ in closed}
    decisions.drop_members(link, terms, left)
    return len(closed)


def _close_strays(link: RedisLink, terms: LicenseTerms, epoch: int) -> int:
    """Close open rows that Redis does not hold, which no living session has (invariant 3)."""
    with tenant_scope(terms.tenant_id):
        rows = list(
            ActiveSession.objects.filter(
                license_id=terms.id, released_at__isnull=True, acquired_at__lt=timezone.now() - _GRANT_SETTLES
            ).values_list("session_id", "user_id", F("last_heartbeat_at"))
        )
    members = decisions.members(link, terms) if rows else None
    if members is None:
        return 0
    strays = tuple(
        Dead(Member.of(session, user), int(last.timestamp() * 1000))
        for session, user, last in rows
        if session not in members
    )
    return len(journal.close_expired(terms, strays, epoch=epoch)) if strays else 0


def _drop_what_ended(link: RedisLink) -> int:
    """Finish what a process that died after its commit has left: sessions ended in PostgreSQL, living in Redis."""
    now = timezone.now()
    known = link.ask(b"GET", _WATERMARK)
    since = datetime.fromisoformat(known.decode()) if isinstance(known, bytes) else now - _LOOK_BACK
    with platform_scope():
        ended = journal.ended_since(since - _OVERLAP)
    by_license: dict[tuple[UUID, UUID], list[journal.Ended]] = {}
    for tenant_id, license_id, member in ended:
        by_license.setdefault((tenant_id, license_id), []).append(member)
    dropped = sum(decisions.drop(link, seats_of(*of), members) for of, members in by_license.items())
    link.ask(b"SET", _WATERMARK, now.isoformat())
    return dropped
