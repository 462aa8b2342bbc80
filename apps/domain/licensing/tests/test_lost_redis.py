"""A Redis that was lost, flushed, or replaced by another: nobody's seat is lost, and none is given twice."""

import time
from dataclasses import replace
from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from apps.domain.accounts.services import sign_out
from apps.domain.licensing.models import EndReason
from apps.domain.licensing.seats import decisions, holding, journal
from apps.domain.licensing.seats.decisions import Granted, Member, Rebuild
from apps.domain.licensing.seats.rebuild import rebuild
from apps.domain.licensing.seats.terms import LicenseTerms, TermsCache, seats_of
from apps.domain.licensing.services import change_seats
from apps.domain.operations.problems import ProblemError
from apps.domain.operations.redis import redis_link
from apps.testing.people import Cast, Company
from apps.testing.seats import ORIGIN, acquire, beat, let_expire, living, machine, open_rows, release, row

TTL_MS = 360_000


def terms_of(company: Company) -> LicenseTerms:
    (terms,) = TermsCache.shared.get(company.tenant_id, newer_than=time.monotonic()).usable()
    return terms


def lose_seats(company: Company) -> None:
    """What a flush does to one license; the others in this Redis belong to other tests."""
    terms = seats_of(company.tenant_id, company.license.id)
    redis_link().ask(b"DEL", terms.seats_key, terms.machines_key)


def other_instance(company: Company) -> None:
    """What a failover to an older copy looks like: the keys are there, built on an instance that is not this one."""
    terms = seats_of(company.tenant_id, company.license.id)
    redis_link().ask(b"ZREM", terms.seats_key, b"built:" + redis_link().instance())
    redis_link().ask(b"ZADD", terms.seats_key, 1, b"built:" + b"0" * 40)


@pytest.mark.parametrize("lose", [lose_seats, other_instance])
def test_living_leases_beat_on_and_no_seat_is_given_twice(cast: Cast, lose: object) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    assert callable(lose)
    lose(cast.acme)
    assert [beat(cast.bob, seat) for seat in seats] == [360] * 3
    with pytest.raises(ProblemError, match="no_seats_available"):
        acquire(cast.bob, "machine-4")
    assert living(cast.acme) == open_rows(cast.acme) == 3


def test_an_older_copy_of_the_seats_is_not_believed(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    terms = seats_of(cast.acme.tenant_id, cast.acme.license.id)
    redis_link().ask(b"ZREM", terms.seats_key, Member.of(seat.session, seat.user_id).to_bytes())
    other_instance(cast.acme)
    assert beat(cast.bob, seat) == 360


def test_a_released_session_is_not_brought_back(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    release(cast.bob, seat)
    lose_seats(cast.acme)
    with pytest.raises(ProblemError, match="session_released"):
        beat(cast.bob, seat)


def test_an_expired_session_whose_seat_was_taken_over_is_not_brought_back(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    let_expire(seats[0])
    acquire(cast.bob, "machine-4")
    lose_seats(cast.acme)
    with pytest.raises(ProblemError, match="session_expired"):
        beat(cast.bob, seats[0])
    assert living(cast.acme) == 3


def test_the_fence_goes_on_rising_over_a_lost_redis(cast: Cast) -> None:
    before = acquire(cast.bob, "laptop")
    lose_seats(cast.acme)
    assert acquire(cast.bob, "desktop").fence > before.fence


def test_the_same_machine_finds_its_session_after_a_rebuild(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    lose_seats(cast.acme)
    assert acquire(cast.bob, "laptop").session == seat.session


def test_a_grant_decided_before_a_rebuild_is_refused_after_it(cast: Cast) -> None:
    acquire(cast.bob, "warm-up")
    link, terms = redis_link(), terms_of(cast.acme)
    decided = decisions.acquire(
        link, cast.bob.principal, [terms], session=cast.bob.user.id, hardware_id="slow", ttl_ms=TTL_MS
    )
    assert isinstance(decided, Granted)
    rebuild(link, terms, ttl_ms=TTL_MS)
    answer = journal.commit_grant(decided, user_id=cast.bob.user.id, machine=machine("slow"), origin=ORIGIN)
    assert answer.outcome == "epoch"
    assert living(cast.acme) == open_rows(cast.acme) == 1


def test_a_session_that_ends_while_seats_are_rebuilt_does_not_come_back(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    link, terms = redis_link(), terms_of(cast.acme)
    found = journal.begin_rebuild(terms)
    assert found is not None
    release(cast.bob, seat)
    assert decisions.install(link, terms, found.sessions, epoch=found.epoch, ttl_ms=TTL_MS)
    assert living(cast.acme) == 1
    decisions.drop(link, terms, journal.ended_among(terms, [seat.session]))
    assert living(cast.acme) == 0


def test_the_slower_of_two_rebuilds_does_not_undo_the_later_one(cast: Cast) -> None:
    acquire(cast.bob, "laptop")
    link, terms = redis_link(), terms_of(cast.acme)
    slow, fast = journal.begin_rebuild(terms), journal.begin_rebuild(terms)
    assert slow is not None
    assert fast is not None
    assert decisions.install(link, terms, fast.sessions, epoch=fast.epoch, ttl_ms=TTL_MS)
    acquire(cast.bob, "desktop")
    assert not decisions.install(link, terms, slow.sessions, epoch=slow.epoch, ttl_ms=TTL_MS)
    assert living(cast.acme) == 2


def test_nothing_is_decided_on_an_instance_that_was_not_built(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    link, terms = redis_link(), terms_of(cast.acme)
    lose_seats(cast.acme)
    asked = decisions.acquire(
        link, cast.bob.principal, [terms], session=cast.bob.user.id, hardware_id="new", ttl_ms=TTL_MS
    )
    assert asked == Rebuild(terms)
    assert decisions.beat(link, cast.bob.principal, [terms], session=seat.session, ttl_ms=TTL_MS) == Rebuild(terms)


def test_while_another_process_rebuilds_new_seats_wait_and_are_refused_in_the_end(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    acquire(cast.bob, "laptop")
    lose_seats(cast.acme)
    monkeypatch.setattr(holding, "PATIENCE_S", 0.1)
    turn = b"rebuilding:" + cast.acme.license.id.bytes
    redis_link().ask(b"SET", turn, b"1", b"PX", 5_000)
    with pytest.raises(ProblemError, match="temporarily_unavailable"):
        acquire(cast.bob, "desktop")
    redis_link().ask(b"DEL", turn)
    assert acquire(cast.bob, "desktop").is_new


def test_a_revocation_survives_a_lost_redis(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    link = redis_link()
    sign_out(cast.bob.principal, link)
    link.ask(b"DEL", b"revoked:" + cast.bob.principal.token_id.bytes, b"revocations:" + link.instance())
    with pytest.raises(ProblemError, match="token_revoked"):
        beat(cast.bob, seat)


def test_flushed_scripts_are_loaded_again(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    redis_link().ask(b"SCRIPT", b"FLUSH")
    assert beat(cast.bob, seat) == 360


def test_grants_that_another_change_of_terms_overtook_leave_no_seat_taken(cast: Cast) -> None:
    acquire(cast.bob, "warm-up")
    link, terms = redis_link(), terms_of(cast.acme)
    stale = replace(terms, seats_total=9)
    decided = decisions.acquire(
        link, cast.bob.principal, [stale], session=cast.bob.user.id, hardware_id="late", ttl_ms=TTL_MS
    )
    assert isinstance(decided, Granted)
    assert _commit(cast, decided, "late") == "terms"
    assert journal.void(decided, user_id=cast.bob.user.id, hardware_id="late")
    decided = replace(decided, license=terms)
    assert _commit(cast, decided, "late") == "closed"
    assert acquire(cast.bob, "late").session != decided.member.session


def test_a_committed_session_cannot_be_voided(cast: Cast) -> None:
    acquire(cast.bob, "warm-up")
    decided = decisions.acquire(
        redis_link(),
        cast.bob.principal,
        [terms_of(cast.acme)],
        session=cast.bob.user.id,
        hardware_id="laptop",
        ttl_ms=TTL_MS,
    )
    assert isinstance(decided, Granted)
    journal.commit_grant(decided, user_id=cast.bob.user.id, machine=machine("laptop"), origin=ORIGIN)
    assert not journal.void(decided, user_id=cast.bob.user.id, hardware_id="laptop")
    assert open_rows(cast.acme) == 2


@pytest.mark.parametrize(
    ("ttl_s", "slept_s", "outcome"), [(360, 31, "late"), (360, 29, "granted"), (2, 0.7, "late"), (2, 0.3, "granted")]
)
def test_a_request_that_slept_since_redis_decided_is_granted_nothing(
    cast: Cast, settings: Settings, ttl_s: int, slept_s: float, outcome: str
) -> None:
    acquire(cast.bob, "warm-up")
    settings.SEAT_TTL = timedelta(seconds=ttl_s)
    decided = decisions.acquire(
        redis_link(),
        cast.bob.principal,
        [terms_of(cast.acme)],
        session=cast.bob.user.id,
        hardware_id="sleeper",
        ttl_ms=TTL_MS,
    )
    assert isinstance(decided, Granted)
    slept = replace(decided, granted_at_us=decided.granted_at_us - round(slept_s * 1_000_000))
    answer = journal.commit_grant(slept, user_id=cast.bob.user.id, machine=machine("sleeper"), origin=ORIGIN)
    assert answer.outcome == outcome


def test_a_session_only_redis_knows_is_not_committed_over_seats_that_were_lowered(cast: Cast) -> None:
    for number in range(2):
        acquire(cast.bob, f"machine-{number}")
    terms = terms_of(cast.acme)
    # A request decides the third seat, and dies before it commits.
    decisions.acquire(
        redis_link(), cast.bob.principal, [terms], session=cast.bob.user.id, hardware_id="dead", ttl_ms=TTL_MS
    )
    change_seats(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, seats_total=2)
    with pytest.raises(ProblemError, match="no_seats_available"):
        acquire(cast.bob, "dead")
    assert living(cast.acme) == open_rows(cast.acme) == 2


def test_a_retry_after_a_death_between_redis_and_postgresql_gets_the_decided_seat(cast: Cast) -> None:
    acquire(cast.bob, "warm-up")
    decided = decisions.acquire(
        redis_link(),
        cast.bob.principal,
        [terms_of(cast.acme)],
        session=cast.bob.user.id,
        hardware_id="dead",
        ttl_ms=TTL_MS,
    )
    assert isinstance(decided, Granted)
    assert acquire(cast.bob, "dead").session == decided.member.session
    assert living(cast.acme) == open_rows(cast.acme) == 2


def test_an_unsigned_lease_gives_its_seat_back_and_a_signed_one_of_the_same_session_keeps_it(cast: Cast) -> None:
    link = redis_link()
    lonely = acquire(cast.bob, "lonely")
    holding.give_back(link, lonely, machine=machine("lonely"), origin=ORIGIN)
    with pytest.raises(ProblemError, match="session_released"):
        beat(cast.bob, lonely)
    kept = acquire(cast.bob, "kept")
    again = acquire(cast.bob, "kept")
    holding.give_back(link, again, machine=machine("kept"), origin=ORIGIN)
    assert beat(cast.bob, kept) == 360
    assert living(cast.acme) == open_rows(cast.acme) == 1


def test_the_reason_of_an_unsigned_end_is_written_down(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    holding.give_back(redis_link(), seat, machine=machine("laptop"), origin=ORIGIN)
    assert row(seat).end_reason == EndReason.UNSIGNED


def _commit(cast: Cast, decided: Granted, hardware: str) -> str:
    return journal.commit_grant(decided, user_id=cast.bob.user.id, machine=machine(hardware), origin=ORIGIN).outcome
