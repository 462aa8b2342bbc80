"""Faults on purpose, through the edge: each is felt, and goes by itself."""

import time
from collections.abc import Callable
from functools import partial

from coditect.local.breaking import Broken, order
from coditect.local.fault import Fault
from coditect.local.lasting import Lasting
from coditect.local.layout import Layout
from explained.exits import Exit
from tests.local.platform import RunningPlatform

_IDE = "coditect.ai.localhost"
_SITE = "coditect.com.localhost"
_API = "api.coditect.ai.localhost"
_SOON_S = 20.0


def _status_soon(platform: RunningPlatform, host: str, path: str, wanted: int) -> bool:
    deadline = time.monotonic() + _SOON_S
    while time.monotonic() < deadline:
        if platform.ask(host, path).status == wanted:
            return True
        time.sleep(0.1)
    return False


def test_a_service_cut_off_from_the_edge_is_unavailable_until_it_is_over(platform: RunningPlatform) -> None:
    assert platform.run("chaos", "partition", "ide-frontend", "--seconds", "3", "--no-wait").returncode == 0
    assert _status_soon(platform, _IDE, "/", 503)
    assert _status_soon(platform, _IDE, "/", 200)


def _took(platform: RunningPlatform, host: str) -> float:
    begun = time.monotonic()
    assert platform.ask(host, "/").status == 200
    return time.monotonic() - begun


def _wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _SOON_S
    while not holds():
        assert time.monotonic() < deadline, what


def test_requests_to_a_slow_service_wait(platform: RunningPlatform) -> None:
    assert platform.run("chaos", "slow", "ide-frontend", "--seconds", "6", "--no-wait").returncode == 0
    _wait_until(lambda: _took(platform, _IDE) >= 1, "it never became slow")
    _wait_until(lambda: _took(platform, _IDE) < 1, "it never became fast again")


def test_a_slow_service_stays_slow_when_another_ones_fault_ends(platform: RunningPlatform) -> None:
    for service, seconds in (("ide-frontend", 14), ("gateway-frontend", 4)):
        order(Layout(root=platform.state), Fault.SLOW, service, seconds=seconds)
    _wait_until(lambda: _took(platform, _SITE) >= 1, "the site never became slow")
    _wait_until(lambda: _took(platform, _SITE) < 1, "the site never became fast again")
    assert _took(platform, _IDE) >= 1
    _wait_until(lambda: _took(platform, _IDE) < 1, "the IDE never became fast again")


def test_of_a_fault_that_was_begun_twice_the_longer_one_counts() -> None:
    done: list[str] = []
    lasting = Lasting()
    shorter, longer, other = (
        lasting.begin(what, lambda: None, partial(done.append, what)) for what in ("slow a", "slow a", "slow b")
    )
    shorter()
    assert done == []
    other()
    assert done == ["slow b"]
    longer()
    assert done == ["slow b", "slow a"]


def test_nobody_is_ready_while_redis_cannot_be_reached(platform: RunningPlatform) -> None:
    broken = Broken(Layout(root=platform.state), Fault.PARTITION, "redis", seconds=6)
    _wait_until(lambda: platform.ask(_API, "/ready", timeout_s=3).status != 200, "it stayed ready")
    *_, last = broken.looks()
    assert last.is_as_before
    assert _status_soon(platform, _API, "/ready", 200)


def test_what_does_not_run_cannot_be_broken(platform: RunningPlatform) -> None:
    refused = platform.run("chaos", "kill", "unheard-of")
    assert refused.returncode == Exit.USAGE
    assert "license-backend" in refused.stderr
