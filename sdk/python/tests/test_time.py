"""Sleeping machines and clocks that jump: the same steps, with time passed in."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from service_stand_in import SigningKey

from coditect_license import InvalidLease, Offline
from coditect_license.cache import CLOCK_TOLERANCE, LeaseCache
from coditect_license.clock import SystemClock
from coditect_license.keys import pinned_keys
from coditect_license.protocol import Answer, Call
from coditect_license.seat import LONGEST_RETRY_S, LOOK_UP_S, Pause, Seat, Steps

MACHINE = "a-machine-of-bob"
NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=timezone.utc)
BEAT = json.dumps({"status": "ok", "expires_in": 360}).encode()


class HandClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.time = NOON
        self.boot: str | None = "boot-1"

    def elapsed(self) -> float:
        return self.now

    def wall(self) -> datetime:
        return self.time

    def boot_id(self) -> str | None:
        return self.boot


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def reply(key: SigningKey) -> dict[str, object]:
    """A lease from noon to six minutes past."""
    return key.sign_alone(
        {
            "license_id": "lic-1",
            "session_id": "sess-1",
            "tenant_id": "acme",
            "user_id": "bob",
            "hardware_id": MACHINE,
            "fence": 1,
            "seats_used": 1,
            "seats_total": 1,
            "tier": "pro",
            "issued_at": "2026-03-01T12:00:00Z",
            "expires_at": "2026-03-01T12:06:00Z",
            "license_expires_at": None,
            "heartbeat_interval": 300,
        }
    )


@pytest.fixture
def cache(tmp_path: Path, clock: HandClock) -> LeaseCache:
    return LeaseCache(tmp_path, clock=clock)


@pytest.fixture
def seat(clock: HandClock, cache: LeaseCache, key: SigningKey, reply: dict[str, object]) -> Seat:
    """A seat, just taken."""
    seat = Seat(hardware_id=MACHINE, version="1", cache=cache, clock=clock, pinned=pinned_keys([key.pem]))
    steps = seat.acquire(wait=0)
    assert isinstance(next(steps), Call)
    with pytest.raises(StopIteration):
        steps.send(Answer(200, json.dumps(reply).encode()))
    return seat


def run_until_call(steps: Steps[None], clock: HandClock, wanted: Call | Pause) -> tuple[Call, float]:
    """Let the pauses pass; the next call, and the seconds until it."""
    began = clock.now
    while isinstance(wanted, Pause):
        assert wanted.seconds <= LOOK_UP_S
        clock.now += wanted.seconds
        wanted = steps.send(None)
    return wanted, clock.now - began


def test_beats_come_at_six_tenths_of_the_interval_each_at_its_own_moment(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    wanted, pauses = next(steps), set()
    for _ in range(20):
        call, after = run_until_call(steps, clock, wanted)
        assert call.path == "/api/v1/licenses/heartbeat"
        assert 0.9 * 180 <= after <= 1.1 * 180
        pauses.add(after)
        wanted = steps.send(Answer(200, BEAT))
    assert len(pauses) == 20


def test_the_seat_is_granted_from_the_moment_of_asking_not_of_the_answer(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    run_until_call(steps, clock, next(steps))
    clock.now += 9
    steps.send(Answer(200, BEAT))
    assert seat.remaining() == 351


def test_a_machine_that_slept_through_its_lease_does_not_believe_in_it(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    next(steps)
    clock.now += 3600
    with pytest.raises(Offline):
        seat.check()


def test_a_machine_that_slept_through_a_beat_sends_it_on_waking(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    wanted = next(steps)
    assert isinstance(wanted, Pause)
    clock.now += 3600
    assert isinstance(steps.send(None), Call)


def test_a_clock_that_jumps_by_a_day_neither_ends_nor_extends_a_seat(seat: Seat, clock: HandClock) -> None:
    for jump in (timedelta(days=1), timedelta(days=-2)):
        clock.time += jump
        seat.check()
        assert seat.remaining() == 360
    clock.now += 360
    with pytest.raises(Offline):
        seat.check()


def test_failed_beats_are_repeated_ever_more_slowly_but_never_given_up(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    wanted = next(steps)
    waits = []
    for _ in range(2000):  # beyond 2^1024: a day out of reach
        _, after = run_until_call(steps, clock, wanted)
        waits.append(after)
        wanted = steps.throw(Offline("out of reach"))
    assert waits[1] <= 1
    assert LONGEST_RETRY_S / 2 <= waits[-1] <= LONGEST_RETRY_S


def test_two_tries_fit_between_a_lost_beat_and_the_end_of_the_seat(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    wanted: Call | Pause = next(steps)
    for _ in range(3):
        run_until_call(steps, clock, wanted)
        wanted = steps.throw(Offline("out of reach"))
        seat.check()


def test_a_service_that_asks_for_time_is_given_it(seat: Seat, clock: HandClock) -> None:
    steps = seat.keep()
    run_until_call(steps, clock, next(steps))
    wanted = steps.send(Answer(503, b"{}", {"retry-after": "77"}))
    _, after = run_until_call(steps, clock, wanted)
    assert after == pytest.approx(77)


def test_the_cache_is_valid_until_the_lease_ends(
    cache: LeaseCache, clock: HandClock, key: SigningKey, reply: dict[str, object]
) -> None:
    keys = pinned_keys([key.pem])
    cache.save_lease(reply, received_at=clock.now)
    clock.now, clock.time = clock.now + 359, clock.time + timedelta(seconds=359)
    assert cache.load_lease(hardware_id=MACHINE, keys=keys).remaining == 1
    clock.now, clock.time = clock.now + 1, clock.time + timedelta(seconds=1)
    with pytest.raises(InvalidLease, match="expired"):
        cache.load_lease(hardware_id=MACHINE, keys=keys)


def test_a_clock_turned_back_does_not_stretch_the_cache_within_one_boot(
    cache: LeaseCache, clock: HandClock, key: SigningKey, reply: dict[str, object]
) -> None:
    cache.save_lease(reply, received_at=clock.now)
    clock.now += 360
    with pytest.raises(InvalidLease, match="expired"):
        cache.load_lease(hardware_id=MACHINE, keys=pinned_keys([key.pem]))


@pytest.mark.parametrize("boot", ["boot-2", None])
def test_a_clock_turned_back_before_the_lease_was_issued_is_refused_after_a_restart(
    cache: LeaseCache, clock: HandClock, key: SigningKey, reply: dict[str, object], boot: str | None
) -> None:
    cache.save_lease(reply, received_at=clock.now)
    clock.boot, clock.now = boot, 3.0
    assert cache.load_lease(hardware_id=MACHINE, keys=pinned_keys([key.pem])).remaining == 360
    clock.time = NOON - CLOCK_TOLERANCE - timedelta(seconds=1)
    with pytest.raises(InvalidLease, match="clock is wrong"):
        cache.load_lease(hardware_id=MACHINE, keys=pinned_keys([key.pem]))


def test_a_lease_that_was_edited_in_the_cache_is_refused(
    cache: LeaseCache, clock: HandClock, key: SigningKey, reply: dict[str, object]
) -> None:
    cache.save_lease({**reply, "expires_at": "2036-03-01T12:06:00Z"}, received_at=clock.now)
    with pytest.raises(InvalidLease, match="signature"):
        cache.load_lease(hardware_id=MACHINE, keys=pinned_keys([key.pem]))


@pytest.mark.parametrize("content", ["", "{}", "[]", "null", '{"lease": 5, "boot_id": null, "elapsed": 1}', "\x00"])
def test_a_damaged_cache_is_no_lease_and_no_crash(
    cache: LeaseCache, tmp_path: Path, key: SigningKey, content: str
) -> None:
    (tmp_path / "license.json").write_text(content)
    (tmp_path / "keys.json").write_text(content)
    assert cache.load_keys() == {}
    assert cache.session_id() is None
    with pytest.raises(InvalidLease):
        cache.load_lease(hardware_id=MACHINE, keys=pinned_keys([key.pem]))


def test_the_clock_of_linux_counts_sleep_as_its_uptime_does() -> None:
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    assert SystemClock().elapsed() == pytest.approx(uptime, abs=5)
