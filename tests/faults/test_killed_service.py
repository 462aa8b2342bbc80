"""The service dies between two steps: whichever they are, nobody gets a seat too many and none is lost for good."""

import re
import time

import pytest

from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome
from tests.faults.lives import FREE_WITHIN_S
from tests.faults.scene import Scene
from tests.faults.service import ROOT

OF_ACQUIRE = ("acquire-decided", "acquire-committed", "acquire-signed")
OF_REBUILD = ("rebuild-read", "rebuild-installed")
OF_END = ("end-committed",)
OF_GIVE_BACK = ("give-back-committed",)


def test_every_step_of_the_service_is_tried_here() -> None:
    named = {
        name
        for path in (ROOT / "apps").rglob("*.py")
        if "tests" not in path.relative_to(ROOT).parts
        for name in re.findall(r'(?<![\w.])step\("([a-z-]+)"\)', path.read_text())
    }
    assert named == {*OF_ACQUIRE, *OF_REBUILD, *OF_END, *OF_GIVE_BACK}


@pytest.mark.parametrize("step", OF_ACQUIRE)
def test_a_seat_whose_giver_died_is_its_machines_or_free_after_its_ttl(open_scene: OpenScene, step: str) -> None:
    acme = customer(seats=2, users=4)
    scene = open_scene(acme)
    # The license stands in Redis before, so that the dying service decides and does not rebuild.
    other = scene.caller(acme, 1)
    first = other.acquire()
    with scene.serve_beside("dying", kill_at=step, workers=1) as dying:
        unlucky = scene.caller(acme, 0, port=dying.port)
        assert unlucky.acquire().outcome is Outcome.LOST
        dying.kill()
    # One seat is Bob's, the other may be held by what died: nobody else gets a third.
    third, fourth = scene.caller(acme, 2), scene.caller(acme, 3)
    unlucky.port = scene.service.port
    assert unlucky.acquire().outcome is Outcome.OK
    if first.session is not None and other.beat(first.session).outcome is Outcome.OK:
        assert third.acquire().outcome is Outcome.FULL
    time.sleep(scene.ttl_s + FREE_WITHIN_S)
    assert [third.acquire().outcome, fourth.acquire().outcome] == [Outcome.OK] * 2
    assert scene.violations() == []


@pytest.mark.parametrize("step", OF_ACQUIRE)
def test_a_seat_that_nobody_was_told_of_is_free_after_its_ttl(open_scene: OpenScene, step: str) -> None:
    acme = customer(seats=1, users=3)
    scene = open_scene(acme)
    _build(scene)
    with scene.serve_beside("dying", kill_at=step, workers=1) as dying:
        unlucky = scene.caller(acme, 0, port=dying.port)
        assert unlucky.acquire().outcome is Outcome.LOST
        died = time.monotonic()
        dying.kill()
    waiting = scene.caller(acme, 1)
    while (asked := waiting.acquire()).outcome is Outcome.FULL:
        time.sleep(0.05)
    assert asked.outcome is Outcome.OK
    assert asked.started < died + scene.ttl_s + FREE_WITHIN_S
    assert scene.caller(acme, 2).acquire().outcome is Outcome.FULL


@pytest.mark.parametrize("step", OF_REBUILD)
def test_a_rebuild_that_died_is_done_again_by_the_next_who_asks(open_scene: OpenScene, step: str) -> None:
    acme = customer(seats=2, users=4)
    scene = open_scene(acme, ttl_s=60)
    holders = [scene.caller(acme, number) for number in range(2)]
    sessions = [str(holder.acquire().session) for holder in holders]
    with scene.serve_beside("dying", kill_at=step, workers=1) as dying:
        with scene.losing_redis():
            scene.ground.redis.client().flushall()
            assert scene.caller(acme, 2, port=dying.port).acquire().outcome is Outcome.LOST
        dying.kill()
    assert scene.caller(acme, 3).acquire().outcome is Outcome.FULL
    assert [h.beat(s).outcome for h, s in zip(holders, sessions, strict=True)] == [Outcome.OK] * 2
    assert scene.violations() == []


@pytest.mark.parametrize("step", OF_END)
def test_a_release_that_died_half_way_is_finished_by_repeating_it(open_scene: OpenScene, step: str) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=60)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = str(alice.acquire().session)
    with scene.serve_beside("dying", kill_at=step, workers=1) as dying:
        at_dying = scene.caller(acme, 0, port=dying.port, hardware=alice.hardware)
        assert at_dying.release(session).outcome is Outcome.LOST
        dying.kill()
    assert alice.release(session).outcome is Outcome.OK
    assert bob.acquire().outcome is Outcome.OK
    assert alice.beat(session).outcome is Outcome.GONE
    assert scene.violations() == []


def test_workers_killed_in_a_storm_cost_no_lease_and_issue_none_too_many(open_scene: OpenScene) -> None:
    acme = customer(seats=30, users=200)
    scene = open_scene(acme)
    with scene.serve_beside("second") as second:

        def kill_workers(start_at: float) -> None:
            for number in range(4):
                time.sleep(max(0.0, start_at + 0.8 + 1.3 * number - time.monotonic()))
                victim = (scene.service, second)[number % 2]
                victim.kill_a_worker()

        users = [(acme, user) for user in acme.users]
        scene.run_crowd(users, seconds=7, ports=(scene.service.port, second.port), meanwhile=kill_workers)
    assert scene.violations() == []
    assert any(call.outcome is Outcome.LOST for call in scene.history().calls), "no call met a killed worker"


def _build(scene: Scene) -> None:
    with scene.losing_redis():
        pass
