"""The sweeper writes down who expired, at the very moment at which they beat."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from tests.faults.caller import Caller
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Operation, Outcome
from tests.faults.service import ROOT

CLIENTS = 24
ROUNDS = 8


def test_a_beat_within_a_millisecond_of_the_ttl_is_either_in_time_or_too_late_and_never_both(
    open_scene: OpenScene,
) -> None:
    acme = customer(seats=CLIENTS, users=CLIENTS)
    scene = open_scene(acme)

    def on_the_edge(number: int) -> None:
        caller = scene.caller(acme, number)
        # From a millisecond before the earliest instant of expiry to one after the latest.
        share = number / (CLIENTS - 1)
        call = caller.acquire()
        for _ in range(ROUNDS):
            if call.outcome is not Outcome.OK:
                call = caller.acquire()
                continue
            edge = call.started + share * (call.ended - call.started) + (2 * share - 1) * 0.001
            _sleep_until(edge + scene.ttl_s)
            call = caller.beat(str(call.session))

    environment = {**scene.ground.environment(), "FAULTS_SEAT_TTL_S": str(scene.ttl_s)}
    said = scene.ground.state_dir / "sweeper.log"
    with said.open("w") as log:
        sweeper = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sweeper"], cwd=ROOT, env=environment, stderr=log
        )
        try:
            with ThreadPoolExecutor(CLIENTS) as pool:
                list(pool.map(on_the_edge, range(CLIENTS)))
            assert sweeper.poll() is None, f"the sweeper ended: {said.read_text()[-2_000:]}"
        finally:
            sweeper.terminate()
            sweeper.wait()
    assert scene.violations() == []
    beats = {call.outcome for call in scene.history().calls if call.operation is Operation.HEARTBEAT}
    assert {Outcome.OK, Outcome.GONE} <= beats, f"the beats did not straddle the edge: {beats}"


def test_swept_seats_are_history_and_nobody_waited_for_that(open_scene: OpenScene) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme)
    alice, bob = scene.caller(acme, 0), scene.caller(acme, 1)
    session = str(alice.acquire().session)
    time.sleep(scene.ttl_s + 0.05)
    held = bob.acquire()  # no sweeper has run
    assert held.outcome is Outcome.OK
    ended = scene.ground.sql("SELECT end_reason FROM active_sessions WHERE session_id = %s", (session,))
    assert ended == [("expired",)]
    _check_beats(alice, session)


def _check_beats(caller: Caller, session: str) -> None:
    caller.beat(session)
    assert (caller.answer.status, caller.answer.code) == (410, "session_expired")


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))
