"""What ends with time: a silent client's seat, and everything that may still be said about it afterwards."""

import time
from uuid import uuid4

from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome
from tests.faults.lives import FREE_WITHIN_S


def test_a_dead_clients_seat_is_free_a_second_after_its_ttl_at_the_latest(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme)
    dead, waiting = scene.caller(acme, 0), scene.caller(acme, 1)
    held = dead.acquire()
    dead.hang_up()
    free_by = held.ended + scene.ttl_s + FREE_WITHIN_S
    while (asked := waiting.acquire()).outcome is Outcome.FULL:
        assert asked.started < free_by, "the dead client's seat does not become free"
        time.sleep(0.05)
    assert asked.outcome is Outcome.OK
    assert asked.started < free_by
    assert scene.violations() == []


def test_a_refusal_says_when_to_come_again_and_then_there_is_a_seat(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme)
    scene.caller(acme, 0).acquire()
    waiting = scene.caller(acme, 1)
    assert waiting.acquire().outcome is Outcome.FULL
    retry_after = waiting.answer.body["retry_after"]
    assert isinstance(retry_after, int)
    assert 1 <= retry_after <= scene.ttl_s + FREE_WITHIN_S
    time.sleep(retry_after)
    assert waiting.acquire().outcome is Outcome.OK


def test_ones_own_expired_seat_can_be_taken_again_at_once(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=1)
    scene = open_scene(acme)
    alice = scene.caller(acme)
    first = alice.acquire()
    time.sleep(scene.ttl_s + 0.05)
    again = alice.acquire()
    assert again.outcome is Outcome.OK
    assert again.session != first.session
    assert scene.violations() == []


def test_a_beat_of_an_expired_session_does_not_bring_it_back_whether_its_seat_was_taken_or_not(
    open_scene: OpenScene,
) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = alice.acquire().session
    assert session is not None
    time.sleep(scene.ttl_s + 0.05)
    assert alice.beat(session).outcome is Outcome.GONE
    assert bob.acquire().outcome is Outcome.OK
    assert alice.beat(session).outcome is Outcome.GONE
    assert scene.violations() == []


def test_a_beat_of_a_session_that_never_was_or_is_another_users_is_not_found(open_scene: OpenScene) -> None:
    acme, globex = customer(seats=2, users=2), customer(seats=1, users=1)
    scene = open_scene(acme, globex, ttl_s=60)
    alice, bob, carol = scene.caller(acme, 0), scene.caller(acme, 1), scene.caller(globex)
    session = alice.acquire().session
    assert session is not None
    answers = []
    for stranger, named in ((alice, str(uuid4())), (bob, session), (carol, session)):
        stranger.beat(named)
        answers.append((stranger.answer.status, stranger.answer.code))
        stranger.release(named)
        answers.append((stranger.answer.status, stranger.answer.code))
    assert set(answers) == {(404, "session_not_found")}
    assert alice.beat(session).outcome is Outcome.OK


def test_a_stale_release_after_the_seat_was_given_to_another_frees_nothing(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=3)
    scene = open_scene(acme)
    alice, bob, carol = (scene.caller(acme, number) for number in range(3))
    stale = alice.acquire().session
    assert stale is not None
    time.sleep(scene.ttl_s + 0.05)
    held = bob.acquire().session
    assert held is not None
    alice.release(stale)
    alice.release(stale)
    assert carol.acquire().outcome is Outcome.FULL
    assert bob.beat(held).outcome is Outcome.OK
    assert scene.violations() == []


def test_a_second_release_frees_no_second_seat(open_scene: OpenScene) -> None:
    acme = customer(seats=2, users=4)
    scene = open_scene(acme, ttl_s=60)
    alice, bob, carol, dave = (scene.caller(acme, number) for number in range(4))
    session = alice.acquire().session
    assert session is not None
    assert bob.acquire().outcome is Outcome.OK
    assert [alice.release(session).outcome for _ in range(3)] == [Outcome.OK] * 3
    assert carol.acquire().outcome is Outcome.OK
    assert dave.acquire().outcome is Outcome.FULL
    assert scene.violations() == []


def test_seats_lowered_below_use_throw_nobody_out_and_admit_nobody(open_scene: OpenScene) -> None:
    acme = customer(seats=3, users=4)
    scene = open_scene(acme, ttl_s=60)
    holders = [scene.caller(acme, number) for number in range(3)]
    sessions = [holder.acquire().session for holder in holders]
    scene.buy(acme, 1)
    late = scene.caller(acme, 3)
    assert late.acquire().outcome is Outcome.FULL
    for holder, session in zip(holders, sessions, strict=True):
        assert session is not None
        assert holder.beat(session).outcome is Outcome.OK
        # Also who asks again for the seat they hold keeps it.
        assert holder.acquire().session == session
    for holder, session in zip(holders[:2], sessions[:2], strict=True):
        assert session is not None
        holder.release(session)
    assert late.acquire().outcome is Outcome.FULL
    assert sessions[2] is not None
    holders[2].release(sessions[2])
    assert late.acquire().outcome is Outcome.OK
    assert scene.violations() == []


def test_seats_lowered_to_what_is_in_use_admit_nobody_more(open_scene: OpenScene) -> None:
    acme = customer(seats=3, users=3)
    scene = open_scene(acme, ttl_s=60)
    alice, bob, late = (scene.caller(acme, number) for number in range(3))
    # The process at the other end of Late's connection has read that there are three seats.
    brief = late.acquire().session
    assert brief is not None
    late.release(brief)
    assert [alice.acquire().outcome, bob.acquire().outcome] == [Outcome.OK] * 2
    scene.buy(acme, 2)
    assert late.acquire().outcome is Outcome.FULL
    assert scene.violations() == []


def test_a_clock_that_a_client_sends_changes_nothing(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=1)
    scene = open_scene(acme, ttl_s=60)
    alice = scene.caller(acme)
    alice.headers = {"Date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    first = alice.acquire()
    alice.headers = {"Date": "Fri, 01 Jan 2100 00:00:00 GMT"}
    assert first.session is not None
    assert alice.beat(first.session).outcome is Outcome.OK
    assert scene.violations() == []
