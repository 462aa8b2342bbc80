"""The SDK against the real service: its network cut for some beats, its clock wrong by a day."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from coditect.local.process import LOOPBACK
from tests.faults.cast import customer
from tests.faults.conftest import OpenScene
from tests.faults.history import Outcome
from tests.faults.journal import check_journal, read_journal
from tests.faults.lives import FREE_WITHIN_S
from tests.faults.relay import Relay
from tests.faults.scene import Scene
from tests.faults.sdk_client import SdkPlan, Seen
from tests.faults.service import ROOT

TTL_S = 4.0
"""Whole seconds, as in production: a lease says when it was issued and when it expires to the second."""
BEAT_S = 1.8
"""The SDK beats at 0.6 of the interval, which is 5/6 of the TTL, in whole seconds: 3."""


@pytest.mark.parametrize("beats", [1, 2, 10])
def test_after_a_partition_of_some_beats_the_sdk_has_one_seat_again(
    open_scene: OpenScene, tmp_path: Path, beats: int
) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=TTL_S)
    bob = scene.caller(acme, 1)
    with Relay(scene.service.port) as relay:
        sdk = _start(scene, relay.port, tmp_path, seconds=BEAT_S * beats + 90)
        first = _next_seen(sdk)
        cut_at = time.monotonic()
        relay.cut()
        time.sleep(BEAT_S * beats)
        outlived = time.monotonic() - cut_at > scene.ttl_s + FREE_WITHIN_S
        # Its seat is Bob's to take as soon as it is dead, and not before.
        taken = bob.acquire()
        if taken.outcome is Outcome.OK:
            assert taken.session is not None
            bob.release(taken.session)
        relay.mend()
        mended_at = time.monotonic()
        seen = [first]
        # It waits longer after each failure: until then nothing is wrong.
        while not (seen[-1]["at"] > mended_at and seen[-1]["valid"]):
            seen.append(_next_seen(sdk))
        sdk.terminate()
        sdk.wait()
    # The SDK's calls are not in the recording: the journal is what both are held against.
    assert check_journal(scene.history(), read_journal(scene.ground)) == []
    if outlived:
        assert taken.outcome is Outcome.OK
        assert seen[-1]["session"] != first["session"]
        dead = [one for one in seen if cut_at + scene.ttl_s < one["at"] < cut_at + BEAT_S * beats]
        assert dead
        assert not any(one["valid"] for one in dead), "the SDK believed in a seat that the service had given away"


@pytest.mark.parametrize("hours", [-24.0, 24.0])
def test_a_clock_that_is_a_day_wrong_neither_ends_a_seat_nor_prolongs_it(
    open_scene: OpenScene, tmp_path: Path, hours: float
) -> None:
    acme = customer(seats=1, users=2)
    scene = open_scene(acme, ttl_s=TTL_S)
    with Relay(scene.service.port) as relay:
        sdk = _start(scene, relay.port, tmp_path, seconds=3 * TTL_S, clock_is_off_h=hours)
        first = _next_seen(sdk)
        time.sleep(1.5 * TTL_S)
        cut_at = time.monotonic()
        relay.cut()
        seen = _all_seen(sdk)
    held = [one for one in seen if first["at"] <= one["at"] < cut_at]
    assert held
    assert all(one["valid"] and one["session"] == first["session"] for one in held)
    after = [one for one in seen if one["at"] > cut_at + TTL_S]
    assert after
    assert not any(one["valid"] for one in after)


def _start(
    scene: Scene, port: int, directory: Path, *, seconds: float, clock_is_off_h: float = 0.0
) -> "subprocess.Popen[str]":
    (acme,) = scene.customers
    plan = SdkPlan(
        api_url=f"http://{LOOPBACK}:{port}",
        token=scene.ground.tokens.token(acme.users[0], acme),
        cache_dir=directory / "cache",
        hardware_id="the-sdks-machine",
        seconds=seconds,
        clock_is_off_h=clock_is_off_h,
    )
    path = directory / "plan.json"
    path.touch(mode=0o600)
    path.write_text(plan.model_dump_json())
    command = [sys.executable, "-m", "tests.faults.sdk_client", str(path)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def _next_seen(sdk: "subprocess.Popen[str]") -> Seen:
    assert sdk.stdout is not None
    line = sdk.stdout.readline()
    assert line, "the SDK ended without a seat: see its traceback above"
    seen: Seen = json.loads(line)
    return seen


def _all_seen(sdk: "subprocess.Popen[str]") -> Sequence[Seen]:
    assert sdk.stdout is not None
    return [json.loads(line) for line in sdk.stdout.read().splitlines()]
