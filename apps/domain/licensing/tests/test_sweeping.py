"""The sweeper writes history, and finishes what a dead process began."""

from datetime import timedelta

import pytest

from apps.domain.licensing.models import EndReason, License, LicenseStatus
from apps.domain.licensing.seats import decisions, journal
from apps.domain.licensing.seats.decisions import Dead, Member
from apps.domain.licensing.seats.rebuild import rebuild
from apps.domain.licensing.seats.terms import seats_of
from apps.domain.licensing.sweeping import sweep
from apps.domain.operations.problems import ProblemError
from apps.domain.operations.redis import redis_link
from apps.domain.tenancy.scope import tenant_scope
from apps.testing.people import Cast
from apps.testing.seats import ORIGIN, acquire, beat, let_expire, living, open_rows, row


def test_an_expired_session_is_written_down_with_the_instant_of_its_expiry(cast: Cast) -> None:
    dead, alive = acquire(cast.bob, "dead"), acquire(cast.bob, "alive")
    let_expire(dead, ms_ago=60_000)
    sweep(redis_link())
    ended = row(dead)
    assert ended.end_reason == EndReason.EXPIRED
    assert ended.released_at is not None
    assert timedelta(seconds=59) < row(alive).acquired_at - ended.released_at < timedelta(seconds=61)
    assert row(alive).released_at is None
    terms = seats_of(cast.acme.tenant_id, cast.acme.license.id)
    assert decisions.members(redis_link(), terms) == frozenset({alive.session})


def test_a_beat_that_came_before_the_sweep_saves_the_seat(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    let_expire(seat, ms_ago=-500)
    beat(cast.bob, seat)
    sweep(redis_link())
    assert row(seat).released_at is None
    assert beat(cast.bob, seat) == 360


def test_what_was_dead_before_a_rebuild_is_not_closed_after_it(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    terms = seats_of(cast.acme.tenant_id, cast.acme.license.id)
    seen = Dead(Member.of(seat.session, seat.user_id), 1)
    epoch_before = decisions.dead(redis_link(), terms, at_most=1)
    assert epoch_before is not None
    rebuild(redis_link(), terms, ttl_ms=360_000)
    assert journal.close_expired(terms, (seen,), epoch=epoch_before.epoch) == ()
    assert row(seat).released_at is None


def test_a_session_that_was_ended_by_a_process_which_died_then_leaves_redis(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    journal.end_session(
        tenant_id=cast.acme.tenant_id,
        session=seat.session,
        owner=None,
        reason=EndReason.REVOKED,
        by=cast.alice.user.id,
        origin=ORIGIN,
    )
    assert living(cast.acme) == 1
    sweep(redis_link())
    assert living(cast.acme) == 0
    with pytest.raises(ProblemError, match="session_revoked"):
        beat(cast.bob, seat)


def test_sessions_of_a_license_suspended_behind_the_services_back_end(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    with tenant_scope(cast.acme.tenant_id):
        License.objects.filter(id=cast.acme.license.id).update(status=LicenseStatus.SUSPENDED)
    sweep(redis_link())
    with pytest.raises(ProblemError, match="session_revoked"):
        beat(cast.bob, seat)


def test_an_open_row_that_redis_does_not_hold_is_closed(cast: Cast) -> None:
    seat = acquire(cast.bob, "laptop")
    from apps.domain.licensing.models import ActiveSession

    with tenant_scope(cast.acme.tenant_id):
        ActiveSession.objects.filter(session_id=seat.session).update(
            acquired_at=seat.granted_at - timedelta(minutes=5), last_heartbeat_at=seat.granted_at - timedelta(minutes=5)
        )
    terms = seats_of(cast.acme.tenant_id, cast.acme.license.id)
    redis_link().ask(b"ZREM", terms.seats_key, Member.of(seat.session, seat.user_id).to_bytes())
    sweep(redis_link())
    assert open_rows(cast.acme) == 0
