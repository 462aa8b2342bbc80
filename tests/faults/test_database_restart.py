"""PostgreSQL killed or restarted while clients hold, take and give back seats."""

import time
from collections.abc import Callable

import pytest

from coditect.local.postgres import PostgresServer
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Operation, Outcome
from tests.faults.scene import everyone


@pytest.mark.parametrize("end", [PostgresServer.kill, PostgresServer.stop], ids=["killed", "restarted"])
def test_no_committed_grant_is_lost_and_none_given_without_a_commit(
    open_scene: OpenScene, end: Callable[[PostgresServer], None]
) -> None:
    acme = customer(seats=20, users=121)
    scene = open_scene(acme)

    def restart(start_at: float) -> None:
        time.sleep(max(0.0, start_at + 2.0 - time.monotonic()))
        end(scene.ground.postgres)
        time.sleep(0.3)
        scene.ground.postgres.start()

    scene.run_crowd(everyone([acme])[1:], seconds=8, meanwhile=restart)
    assert scene.violations() == []
    calls = scene.history().calls
    assert any(call.outcome is Outcome.UNAVAILABLE for call in calls), "nobody met the outage"
    late = scene.caller(acme, 0)
    deadline = time.monotonic() + 30
    while late.acquire().outcome is not Outcome.OK:
        assert time.monotonic() < deadline, f"nobody gets a seat any more: {late.answer}"
        time.sleep(0.1)


def test_living_leases_beat_on_while_postgresql_is_away(open_scene: OpenScene) -> None:
    acme = customer(seats=2, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = str(alice.acquire().session)
    assert alice.beat(session).outcome is Outcome.OK
    scene.ground.postgres.stop()
    try:
        # Every worker may be asked: none needs PostgreSQL for a beat.
        beats = [alice.beat(session).outcome for _ in range(8)]
        refused = bob.acquire().outcome
    finally:
        scene.ground.postgres.start()
    assert beats == [Outcome.OK] * 8
    assert refused is Outcome.UNAVAILABLE
    assert {call.operation for call in scene.history().calls} == {Operation.ACQUIRE, Operation.HEARTBEAT}
