"""Redis killed, emptied, or replaced by an old copy of itself while clients hold, take and give back seats."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.caller import Caller
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Operation, Outcome
from tests.faults.scene import everyone
from tests.faults.service import Ground


def kill(ground: Ground) -> None:
    """SIGKILL; nothing was kept."""
    ground.redis.kill()
    time.sleep(0.3)
    ground.redis.start()


def flush(ground: Ground) -> None:
    """FLUSHALL: the same instance, empty."""
    ground.redis.client().flushall()


def fail_over(ground: Ground) -> None:
    """The instance dies and a copy that was made some beats, releases and grants ago takes its place."""
    ground.redis.client().save()
    time.sleep(0.7)
    replace_by_its_copy(ground)


def replace_by_its_copy(ground: Ground) -> None:
    """The instance dies, and the copy that was saved last takes its place."""
    copy = Path(str(ground.redis.client().config_get("dir")["dir"])) / "dump.rdb"
    ground.redis.kill()
    ground.redis.start()
    copy.unlink()


@pytest.mark.parametrize("lose", [kill, flush, fail_over])
def test_a_lost_redis_costs_no_lease_and_issues_none_too_many(
    open_scene: OpenScene, lose: Callable[[Ground], None]
) -> None:
    acme, globex = customer(seats=20, users=150), customer(seats=5, users=50)
    scene = open_scene(acme, globex)

    def lose_twice(start_at: float) -> None:
        for at in (1.5, 4.5):
            time.sleep(max(0.0, start_at + at - time.monotonic()))
            with scene.losing_redis():
                lose(scene.ground)

    scene.run_crowd(everyone([acme, globex])[1:], seconds=8, meanwhile=lose_twice)
    assert scene.violations() == []
    late = scene.caller(acme, 0)
    deadline = time.monotonic() + 30
    while late.acquire().outcome is not Outcome.OK:
        assert time.monotonic() < deadline, f"after the loss nobody gets a seat any more: {late.answer}"
        time.sleep(0.1)


@pytest.mark.parametrize("lose", [kill, flush, fail_over])
def test_who_held_all_seats_before_the_loss_holds_them_after_it(
    open_scene: OpenScene, lose: Callable[[Ground], None]
) -> None:
    acme = customer(seats=3, users=5)
    scene = open_scene(acme, ttl_s=60)
    holders = [scene.caller(acme, number) for number in range(3)]
    sessions = [str(holder.acquire().session) for holder in holders]
    lose(scene.ground)
    late = scene.caller(acme, 3)
    # The first request meets a Redis that knows nothing: whoever it is, no new seat comes of it.
    assert _until_answered(late) is Outcome.FULL
    assert [h.beat(s).outcome for h, s in zip(holders, sessions, strict=True)] == [Outcome.OK] * 3
    assert late.acquire().outcome is Outcome.FULL


def test_a_seat_released_before_the_loss_is_not_brought_back_by_the_rebuild(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = str(alice.acquire().session)
    scene.ground.redis.client().save()
    alice.release(session)
    replace_by_its_copy(scene.ground)
    assert _until_answered(bob) is Outcome.OK
    assert alice.beat(session).outcome is Outcome.GONE


def test_fences_go_on_rising_after_the_loss(open_scene: OpenScene) -> None:
    acme = customer(seats=2, users=2)
    scene = open_scene(acme, ttl_s=60)
    before = scene.caller(acme, 0).acquire()
    flush(scene.ground)
    after = scene.caller(acme, 1).acquire()
    assert before.fence is not None
    assert after.fence is not None
    assert after.fence > before.fence


def test_forgotten_scripts_are_noticed_by_nobody(open_scene: OpenScene) -> None:
    acme = customer(seats=10, users=60)
    scene = open_scene(acme)

    def forget(start_at: float) -> None:
        while time.monotonic() < start_at + 3:
            scene.ground.redis.client().script_flush()
            time.sleep(0.1)

    scene.run_crowd(everyone([acme]), seconds=3, meanwhile=forget)
    assert scene.violations() == []
    calls = scene.history().calls
    assert {call.outcome for call in calls} <= {Outcome.OK, Outcome.FULL, Outcome.GONE}
    assert any(call.operation is Operation.HEARTBEAT and call.outcome is Outcome.OK for call in calls)


def _until_answered(caller: Caller) -> Outcome:
    deadline = time.monotonic() + 15
    while (call := caller.acquire()).outcome in (Outcome.UNAVAILABLE, Outcome.LOST):
        assert time.monotonic() < deadline, f"the service did not come back: {caller.answer}"
        time.sleep(0.05)
    return call.outcome
