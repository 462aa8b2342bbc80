"""Acquire, beat, release, revoke: the use cases of a seat. Each keeps the invariants of this package.

acquire: one script, one statement; a second script only when the dead made room or a grant must be undone.
beat: one script. release: one script admits it, one statement commits it, and one script frees the seat only then.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from apps.domain.accounts.admission import admit, mend
from apps.domain.accounts.principal import Principal
from apps.domain.licensing import errors
from apps.domain.licensing.seats import decisions, journal
from apps.domain.licensing.seats.decisions import Beaten, Full, Granted, Member, NotLiving, Occupied, Rebuild
from apps.domain.licensing.seats.journal import Machine, Origin
from apps.domain.licensing.seats.rebuild import ensure_built
from apps.domain.licensing.seats.terms import LicenseTerms, TermsCache, seats_of
from apps.domain.operations.fault_points import step
from apps.domain.operations.metrics import GRANTS
from apps.domain.operations.redis import RedisLink

# How long a request may wait for a rebuild before it is told to come again.
PATIENCE_S = 2.0
_POLL_S = 0.02


@dataclass(frozen=True, kw_only=True, slots=True)
class Seat:
    """A committed grant. Instants are Redis' own."""

    terms: LicenseTerms
    session: UUID
    user_id: UUID
    is_new: bool
    fence: int
    tier: str
    seats_used: int
    granted_at: datetime
    expires_at: datetime
    license_expires_at: datetime | None


def ttl_ms() -> int:
    """How long a seat lives without a beat."""
    return int(settings.SEAT_TTL.total_seconds() * 1000)


def acquire(
    link: RedisLink, principal: Principal, *, machine: Machine, origin: Origin, license_id: UUID | None = None
) -> Seat:
    """Take a seat for this user on this machine, or find the one they hold.

    license_id: of the tenant's licenses; None for the first that has a seat. The grant is committed on return.
    Raises ProblemError, CacheUnavailableError, DatabaseUnavailableError.
    """
    tenant_id = _tenant_of(principal)
    session = uuid4()
    started = time.monotonic()
    terms = TermsCache.shared.get(tenant_id)
    while time.monotonic() - started < PATIENCE_S:
        usable = [one for one in terms.usable() if license_id in (None, one.id)]
        if not usable:
            if terms.read_at < started:
                terms = TermsCache.shared.get(tenant_id, newer_than=started)
                continue
            raise _refusal_of(terms.licenses, license_id)
        decided = decisions.acquire(
            link, principal, usable, session=session, hardware_id=machine.hardware_id, ttl_ms=ttl_ms()
        )
        match decided:
            case Granted():
                step("acquire-decided")
                seat = _commit(link, decided, principal, machine, origin)
                if seat is not None:
                    return seat
                # A new id: this one may stand in a row that was closed meanwhile.
                session = uuid4()
                terms = TermsCache.shared.get(tenant_id, newer_than=time.monotonic())
            case Full() if terms.read_at < started:
                terms = TermsCache.shared.get(tenant_id, newer_than=started)
            case Full(used, total, retry_after_s):
                GRANTS.labels("no_seats").inc()
                raise errors.no_seats(used=used, total=total, retry_after_s=retry_after_s)
            case Occupied(retry_after_s):
                raise errors.machine_in_use(retry_after_s=retry_after_s)
            case Rebuild(license):
                ensure_built(link, license, ttl_ms=ttl_ms(), deadline=started + PATIENCE_S)
            case _:
                mend(link, decided)
    raise errors.try_again("Seats are being rebuilt after a failure. No seat is given until that is done.")


def _commit(link: RedisLink, granted: Granted, principal: Principal, machine: Machine, origin: Origin) -> Seat | None:
    """The seat, committed; None when PostgreSQL refused for a reason that asking again may mend."""
    answer = journal.commit_grant(granted, user_id=principal.user_id, machine=machine, origin=origin)
    step("acquire-committed")
    terms = granted.license
    if answer.ended:
        decisions.drop(link, terms, answer.ended, is_dead_only=True)
    if answer.outcome == "granted":
        assert answer.fence is not None
        assert answer.tier is not None
        GRANTS.labels("granted" if granted.is_new else "repeated").inc()
        return Seat(
            terms=terms,
            session=granted.member.session,
            user_id=principal.user_id,
            is_new=granted.is_new,
            fence=answer.fence,
            tier=answer.tier,
            seats_used=granted.seats_used,
            granted_at=journal.instant_ms(granted.granted_at_us // 1000),
            expires_at=journal.instant_ms(granted.expires_at_ms),
            license_expires_at=answer.license_expires_at,
        )
    if answer.outcome == "rebuilding":
        time.sleep(_POLL_S)
    if answer.outcome == "epoch":
        decisions.disown(link, terms, epoch=granted.epoch)
    # The member may leave Redis only when no row of it is open, nor ever will be.
    if answer.outcome == "closed" or journal.void(granted, user_id=principal.user_id, hardware_id=machine.hardware_id):
        decisions.drop(link, terms, [(granted.member, machine.hardware_id)])
    if answer.outcome in ("suspended", "cancelled", "expired", "unknown"):
        raise errors.license_refuses(answer.outcome)
    if answer.outcome == "late":
        raise errors.try_again("The grant took too long to commit, or the clocks of Redis and PostgreSQL differ.")
    return None


def give_back(link: RedisLink, seat: Seat, *, machine: Machine, origin: Origin) -> None:
    """The lease of `seat` could not be signed. Its seat is free again unless another lease of it was issued."""
    if journal.take_back_lease(seat.terms, session=seat.session, origin=origin):
        step("give-back-committed")
        member = Member.of(seat.session, seat.user_id)
        decisions.drop(link, seat.terms, [(member, machine.hardware_id)])


def beat(link: RedisLink, principal: Principal, *, session: UUID) -> int:
    """Extend a living session of this user. Returns seconds until it would expire.

    Raises ProblemError, CacheUnavailableError, DatabaseUnavailableError.
    """
    tenant_id = _tenant_of(principal)
    started = time.monotonic()
    terms = TermsCache.shared.get(tenant_id)
    while time.monotonic() - started < PATIENCE_S:
        decided = decisions.beat(link, principal, terms.usable(), session=session, ttl_ms=ttl_ms())
        match decided:
            case Beaten(expires_in_ms):
                return expires_in_ms // 1000
            case NotLiving(is_expired, epochs):
                found = journal.fate(tenant_id=tenant_id, session=session, user_id=principal.user_id)
                if found is None:
                    raise errors.session_not_found()
                license_id, reason = found
                is_known = any(one.id == license_id for one in terms.usable())
                if not reason and not is_expired and not is_known and terms.read_at < started:
                    # The license is newer than what is remembered of this tenant, or was made longer.
                    terms = TermsCache.shared.get(tenant_id, newer_than=started)
                    continue
                if not reason and not is_expired and is_known:
                    # Open, and in no set: that set is not the superset it must be (invariant 3).
                    decisions.disown(link, seats_of(tenant_id, license_id), epoch=max(epochs))
                    continue
                raise errors.session_ended(reason or "expired")
            case Rebuild(license):
                ensure_built(link, license, ttl_ms=ttl_ms(), deadline=started + PATIENCE_S)
            case _:
                mend(link, decided)
    raise errors.try_again("Seats are being rebuilt after a failure. Your seat is kept meanwhile.")


def release(link: RedisLink, principal: Principal, *, session: UUID, origin: Origin) -> None:
    """Give a seat back. Idempotent: an ended session stays ended, whyever it did.

    Raises ProblemError, CacheUnavailableError, DatabaseUnavailableError.
    """
    tenant_id = _tenant_of(principal)
    admit(link, principal)
    answer = journal.end_session(
        tenant_id=tenant_id, session=session, owner=principal.user_id, reason="released", by=None, origin=origin
    )
    _free(link, tenant_id, answer)


def revoke(link: RedisLink, *, tenant_id: UUID, session: UUID, by: UUID, reason: str, origin: Origin) -> None:
    """Take a seat back; the session's next beat says so. Idempotent. The caller has checked that `by` may.

    Raises ProblemError, CacheUnavailableError, DatabaseUnavailableError.
    """
    answer = journal.end_session(tenant_id=tenant_id, session=session, owner=None, reason=reason, by=by, origin=origin)
    _free(link, tenant_id, answer)


def _free(link: RedisLink, tenant_id: UUID, answer: journal.EndAnswer) -> None:
    if answer.ended is None or answer.license_id is None:
        raise errors.session_not_found()
    terms, ended = seats_of(tenant_id, answer.license_id), answer.ended

    def free() -> None:
        step("end-committed")
        # Also when it had ended before: whoever ended it may have died before this line.
        decisions.drop(link, terms, [ended])

    # At once, unless the caller has a transaction open (the staff admin): the seat is free when that has committed.
    transaction.on_commit(free)


def _tenant_of(principal: Principal) -> UUID:
    if principal.tenant_id is None:
        raise errors.license_refuses("unknown")
    return principal.tenant_id


def _refusal_of(licenses: tuple[LicenseTerms, ...], license_id: UUID | None) -> errors.LicensingError:
    now = datetime.now(UTC)
    asked = [one for one in licenses if license_id in (None, one.id)]
    # The newest says most about why there is nothing: an old license may have been replaced by it.
    return errors.license_refuses((asked[-1].refusal(now) if asked else None) or "unknown")
