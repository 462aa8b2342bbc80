"""Clients that never heard the answer, and ask again."""

from concurrent.futures import ThreadPoolExecutor

from tests.faults.caller import Caller
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome


def test_who_lost_the_reply_gets_the_same_seat_and_not_a_second_one(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    alice.acquire_unheard(linger_s=1.0)
    assert bob.acquire().outcome is Outcome.FULL
    granted = alice.acquire()
    assert granted.outcome is Outcome.OK
    assert alice.acquire().session == granted.session
    assert scene.ground.sql("SELECT count(*) FROM active_sessions WHERE license_id = %s", (acme.license_id,)) == [(1,)]
    assert scene.violations() == []


def test_hanging_up_at_any_moment_and_asking_again_never_costs_a_second_seat(open_scene: OpenScene) -> None:
    acme = customer(seats=20, users=20)
    scene = open_scene(acme, ttl_s=60)

    def impatient(number: int) -> Caller:
        caller = scene.caller(acme, number)
        for attempt in range(6):
            caller.acquire_unheard(linger_s=0.002 * attempt * (number + 1) / 10)
        caller.acquire()
        return caller

    with ThreadPoolExecutor(20) as pool:
        callers = list(pool.map(impatient, range(20)))
    # Twenty machines, twenty seats: each has one, so none of the lost replies holds another.
    assert [caller.answer.status for caller in callers] == [200] * 20
    open_rows = scene.ground.sql(
        "SELECT count(*) FROM active_sessions WHERE license_id = %s AND released_at IS NULL", (acme.license_id,)
    )
    assert open_rows == [(20,)]
    assert scene.violations() == []


def test_a_release_whose_reply_was_lost_can_be_repeated(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = alice.acquire().session
    assert session is not None
    assert alice.release(session).outcome is Outcome.OK
    assert alice.release(session).outcome is Outcome.OK
    assert bob.acquire().outcome is Outcome.OK
    assert alice.release(session).outcome is Outcome.OK
    assert scene.caller(acme, 0).acquire().outcome is Outcome.FULL
    assert scene.violations() == []
