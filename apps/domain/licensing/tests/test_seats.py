"""Seats, one request after the other: who gets one, who keeps it, who is refused."""

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from apps.domain.audit.models import LicenseAuditLog
from apps.domain.licensing import services
from apps.domain.licensing.models import EndReason, LicenseStatus
from apps.domain.licensing.seats import decisions, holding
from apps.domain.licensing.seats.terms import TermsCache, seats_of
from apps.domain.operations.problems import ProblemError
from apps.domain.operations.redis import redis_link
from apps.domain.tenancy.scope import tenant_scope
from apps.testing.people import Cast, Person, found
from apps.testing.seats import ORIGIN, acquire, beat, let_expire, living, machine, open_rows, release, row


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(ProblemError) as caught:
        call()
    return caught.value.code


def test_seats_are_given_until_none_is_left(cast: Cast) -> None:
    for number in (1, 2, 3):
        seat = acquire(cast.bob, f"machine-{number}")
        assert (seat.seats_used, seat.terms.seats_total) == (number, 3)
    with pytest.raises(ProblemError) as caught:
        acquire(cast.bob, "machine-4")
    assert caught.value.code == "no_seats_available"
    assert caught.value.more == {"seats_used": 3, "seats_total": 3}
    assert caught.value.retry_after_s is not None
    assert 350 <= caught.value.retry_after_s <= 360


def test_retry_after_is_when_the_first_living_seat_expires(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    let_expire(seats[1], ms_ago=-42_000)
    with pytest.raises(ProblemError) as caught:
        acquire(cast.bob, "machine-4")
    assert caught.value.retry_after_s in (41, 42)


def test_the_same_user_on_the_same_machine_gets_the_same_session(cast: Cast) -> None:
    first, again = acquire(cast.bob, "laptop"), acquire(cast.bob, "laptop")
    assert (again.session, again.fence, again.is_new) == (first.session, first.fence, False)
    assert living(cast.acme) == open_rows(cast.acme) == 1


def test_a_repeated_acquire_extends_the_seat(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    let_expire(seat, ms_ago=-5_000)
    again = acquire(cast.bob, "laptop")
    assert again.session == seat.session
    assert again.expires_at - again.granted_at > timedelta(seconds=359)


def test_another_user_on_the_same_machine_is_refused_until_the_first_one_is_gone(cast: Cast) -> None:
    seat = acquire(cast.bob, "workstation")
    assert refusal(lambda: acquire(cast.alice, "workstation")) == "machine_in_use"
    release(cast.bob, seat)
    assert acquire(cast.alice, "workstation").session != seat.session


def test_the_fence_rises_with_every_grant(cast: Cast) -> None:
    fences = []
    for number in range(4):
        seat = acquire(cast.bob, f"machine-{number}")
        fences.append(seat.fence)
        release(cast.bob, seat)
    assert fences == sorted(set(fences))


def test_a_beat_keeps_the_seat_for_another_ttl(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    let_expire(seat, ms_ago=-1_000)
    assert beat(cast.bob, seat) == 360


def test_a_beat_one_millisecond_after_the_expiry_is_too_late_and_one_before_is_not(cast: Cast) -> None:
    late, early = acquire(cast.bob, "late"), acquire(cast.bob, "early")
    let_expire(late, ms_ago=1)
    let_expire(early, ms_ago=-1_000)
    assert refusal(lambda: beat(cast.bob, late)) == "session_expired"
    assert beat(cast.bob, early) == 360


def test_a_beat_of_a_session_that_never_was_is_not_found(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    assert refusal(lambda: holding.beat(redis_link(), cast.bob.principal, session=seat.terms.id)) == "session_not_found"


@pytest.mark.parametrize("stranger", ["alice", "carol"])
def test_a_session_of_someone_else_is_not_found(cast: Cast, stranger: str) -> None:
    seat = acquire(cast.bob, "laptop")
    someone: Person = getattr(cast, stranger)
    assert refusal(lambda: beat(someone, seat)) == "session_not_found"
    assert refusal(lambda: release(someone, seat)) == "session_not_found"
    assert beat(cast.bob, seat) == 360


def test_release_is_idempotent_and_frees_exactly_one_seat(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    release(cast.bob, seats[0])
    release(cast.bob, seats[0])
    assert living(cast.acme) == open_rows(cast.acme) == 2
    acquire(cast.bob, "machine-new")
    assert refusal(lambda: acquire(cast.bob, "machine-newer")) == "no_seats_available"


def test_a_stale_release_does_not_touch_who_came_after(cast: Cast) -> None:
    old = acquire(cast.bob, "laptop")
    release(cast.bob, old)
    new = acquire(cast.bob, "laptop")
    release(cast.bob, old)
    assert beat(cast.bob, new) == 360


def test_a_released_session_says_so(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    release(cast.bob, seat)
    assert refusal(lambda: beat(cast.bob, seat)) == "session_released"


def test_an_expired_session_is_not_revived_though_seats_are_free(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    let_expire(seat)
    assert refusal(lambda: beat(cast.bob, seat)) == "session_expired"
    assert living(cast.acme) == 0


def test_ones_own_expired_seat_can_be_taken_again_at_once(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    let_expire(seat, ms_ago=7)
    again = acquire(cast.bob, "laptop")
    assert again.session != seat.session
    assert again.fence > seat.fence
    assert row(seat).end_reason == EndReason.EXPIRED
    assert open_rows(cast.acme) == 1


def test_a_dead_clients_seat_is_free_without_any_job(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    let_expire(seats[1])
    assert acquire(cast.bob, "machine-4").seats_used == 3


def test_who_made_room_by_expiring_ends_with_the_grant_at_the_instant_of_the_expiry(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    let_expire(seats[1], ms_ago=1_500)
    taken = acquire(cast.bob, "machine-4")
    ended = row(seats[1])
    assert ended.end_reason == EndReason.EXPIRED
    assert ended.released_at is not None
    assert timedelta(seconds=1.4) < taken.granted_at - ended.released_at < timedelta(seconds=5)
    assert open_rows(cast.acme) == 3


def test_fewer_seats_than_are_used_give_no_new_seat_and_throw_nobody_out(cast: Cast) -> None:
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(3)]
    services.change_seats(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, seats_total=1)
    assert [beat(cast.bob, seat) for seat in seats] == [360] * 3
    assert acquire(cast.bob, "machine-0").session == seats[0].session
    release(cast.bob, seats[2])
    assert refusal(lambda: acquire(cast.bob, "machine-4")) == "no_seats_available"


def test_seats_lowered_a_moment_ago_bind_the_very_next_acquire(cast: Cast) -> None:
    acquire(cast.bob, "machine-0")
    services.change_seats(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, seats_total=1)
    assert refusal(lambda: acquire(cast.bob, "machine-1")) == "no_seats_available"
    assert living(cast.acme) == open_rows(cast.acme) == 1


def test_seats_bought_a_moment_ago_are_given_at_once(cast: Cast) -> None:
    for number in range(3):
        acquire(cast.bob, f"machine-{number}")
    assert refusal(lambda: acquire(cast.bob, "machine-3")) == "no_seats_available"
    services.change_seats(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, seats_total=4)
    assert acquire(cast.bob, "machine-3").seats_used == 4


@pytest.mark.parametrize("status", [LicenseStatus.SUSPENDED, LicenseStatus.CANCELLED, LicenseStatus.EXPIRED])
def test_a_license_that_does_not_stand_refuses_with_its_own_code_and_ends_its_sessions(
    cast: Cast, status: LicenseStatus
) -> None:
    seat = acquire(cast.bob, "laptop")
    services.change_status(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, status=status)
    assert refusal(lambda: acquire(cast.bob, "desktop")) == f"license_{status.value}"
    assert refusal(lambda: beat(cast.bob, seat)) == "session_revoked"
    assert open_rows(cast.acme) == 0


def test_a_license_past_its_end_refuses(cast: Cast) -> None:
    acquire(cast.bob, "laptop")
    services.change_end(
        tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, expires_at=timezone.now() - timedelta(seconds=1)
    )
    assert refusal(lambda: acquire(cast.bob, "desktop")) == "license_expired"


def test_a_lease_never_outlives_its_license(cast: Cast) -> None:
    end = timezone.now() + timedelta(seconds=100)
    services.change_end(tenant_id=cast.acme.tenant_id, license_id=cast.acme.license.id, expires_at=end)
    seat = acquire(cast.bob, "laptop")
    assert abs(seat.expires_at - end) < timedelta(milliseconds=2)
    assert beat(cast.bob, seat) <= 100


def test_a_tenant_without_a_license_is_told_so(cast: Cast) -> None:
    services.change_seats(tenant_id=cast.globex.tenant_id, license_id=cast.globex.license.id, seats_total=0)
    assert refusal(lambda: acquire(cast.carol, "laptop")) == "no_seats_available"
    assert refusal(lambda: acquire(cast.carol, "laptop", license_id=cast.acme.license.id)) == "no_license"


def test_a_second_license_gives_seats_when_the_first_has_none(cast: Cast) -> None:
    second = services.provision_license(tenant_id=cast.acme.tenant_id, seats_total=1)
    seats = [acquire(cast.bob, f"machine-{number}") for number in range(4)]
    assert [seat.terms.id for seat in seats] == [cast.acme.license.id] * 3 + [second.id]
    assert acquire(cast.bob, "machine-3").session == seats[3].session
    assert beat(cast.bob, seats[3]) == 360
    assert refusal(lambda: acquire(cast.bob, "machine-9")) == "no_seats_available"


def test_a_session_of_a_license_that_this_process_has_not_heard_of_beats(cast: Cast) -> None:
    second = services.provision_license(tenant_id=cast.acme.tenant_id, seats_total=1)
    seat = acquire(cast.bob, "laptop", license_id=second.id)
    cache = TermsCache.shared
    known = cache.get(cast.acme.tenant_id)
    cache._terms[cast.acme.tenant_id] = type(known)(known.licenses[:1], known.read_at)
    assert beat(cast.bob, seat) == 360


def test_an_owner_takes_a_seat_back_and_its_next_beat_says_so(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    services.revoke_session(redis_link(), cast.alice.principal, session=seat.session, origin=ORIGIN)
    assert refusal(lambda: beat(cast.bob, seat)) == "session_revoked"
    assert living(cast.acme) == 0
    services.revoke_session(redis_link(), cast.alice.principal, session=seat.session, origin=ORIGIN)


def test_staff_takes_any_tenants_seat_back_and_an_owner_only_their_own_tenants(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    stranger = lambda: services.revoke_session(  # noqa: E731 - the call that must be refused
        redis_link(), cast.carol.principal, session=seat.session, origin=ORIGIN
    )
    assert refusal(stranger) == "session_not_found"
    services.revoke_session(redis_link(), cast.sam.principal, session=seat.session, origin=ORIGIN)
    assert refusal(lambda: beat(cast.bob, seat)) == "session_revoked"


def test_the_hundred_and_first_request_of_a_minute_waits(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    for _ in range(99):
        beat(cast.bob, seat)
    with pytest.raises(ProblemError) as caught:
        beat(cast.bob, seat)
    assert caught.value.code == "rate_limited"
    assert caught.value.retry_after_s is not None
    assert 1 <= caught.value.retry_after_s <= 60
    assert acquire(cast.alice, "desktop").is_new


def test_a_living_seat_costs_redis_at_most_250_bytes(database: None) -> None:
    company = found("Large", owner="lara", seats=50_000)
    acquire(company.owner, "first")
    link, terms = redis_link(), seats_of(company.tenant_id, company.license.id)
    before = _used_memory()
    pairs = [(decisions.Member.of(uuid4(), uuid4()), str(number)) for number in range(50_000)]
    assert decisions.install(link, terms, pairs, epoch=99, ttl_ms=360_000)
    assert (_used_memory() - before) / 50_000 <= 250
    link.ask(b"DEL", terms.seats_key, terms.machines_key)


def _used_memory() -> int:
    described = redis_link().ask(b"INFO", b"memory")
    assert isinstance(described, bytes)
    facts = dict(line.split(b":", 1) for line in described.splitlines() if b":" in line)
    return int(facts[b"used_memory"])


def test_a_grant_is_in_the_audit_log_when_the_seat_is_given(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    with tenant_scope(cast.acme.tenant_id):
        logged = LicenseAuditLog.objects.filter(action="acquire").get()
    assert logged.metadata["session_id"] == str(seat.session)
    assert (logged.user_id, logged.ip_address, logged.user_agent) == (cast.bob.user.id, "203.0.113.42", "pytest")
    assert machine("laptop").hardware_id == logged.hardware_id
