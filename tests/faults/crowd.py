"""A crowd of clients in a process of its own: `python -m tests.faults.crowd PLAN.json`.

Everyone asks for a seat, holds it for a while with beats, then gives it back or falls silent, and begins anew.
"""

import random
import sys
import threading
import time
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from tests.faults.caller import Caller
from tests.faults.history import Outcome, Recorder


class Person(BaseModel):
    """One user on one machine."""

    model_config = ConfigDict(frozen=True)

    token: str
    license_id: str
    hardware: str


class CrowdPlan(BaseModel):
    """What a crowd does. Instants are of CLOCK_MONOTONIC; ranges are (least, most) seconds.

    ports: servers, each person keeps to one. silence_share: how many of the holders leave without a release.
    """

    model_config = ConfigDict(frozen=True)

    ports: tuple[int, ...]
    recording: Path
    people: tuple[Person, ...]
    start_at: float
    until: float
    hold_s: tuple[float, float]
    beat_every_s: float
    rest_s: tuple[float, float]
    retry_s: tuple[float, float]
    silence_share: float
    seed: int


def main() -> None:
    plan = CrowdPlan.model_validate_json(Path(sys.argv[1]).read_bytes())
    threading.stack_size(256 * 1024)
    with Recorder(plan.recording) as recorder:
        threads = [
            threading.Thread(target=_live, args=(plan, recorder, person, number))
            for number, person in enumerate(plan.people)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def _live(plan: CrowdPlan, recorder: Recorder, person: Person, number: int) -> None:
    chance = random.Random(plan.seed * 1_000_003 + number)  # repeatable, not secret
    caller = Caller(
        plan.ports[number % len(plan.ports)],
        recorder,
        token=person.token,
        license_id=person.license_id,
        hardware=person.hardware,
    )
    _sleep_until(plan.start_at)
    while time.monotonic() < plan.until:
        granted = caller.acquire()
        if granted.outcome is not Outcome.OK:
            time.sleep(chance.uniform(*plan.retry_s))
            continue
        assert granted.session is not None
        _hold(plan, caller, granted.session, until=time.monotonic() + chance.uniform(*plan.hold_s))
        if chance.random() >= plan.silence_share:
            caller.release(granted.session)
        caller.hang_up()
        time.sleep(chance.uniform(*plan.rest_s))


def _hold(plan: CrowdPlan, caller: Caller, session: str, *, until: float) -> None:
    while (left := min(until, plan.until) - time.monotonic()) > 0:
        time.sleep(min(plan.beat_every_s, left))
        if caller.beat(session).outcome is Outcome.GONE:
            return


def _sleep_until(instant: float) -> None:
    time.sleep(max(0.0, instant - time.monotonic()))


if __name__ == "__main__":
    main()
