"""Faults on purpose, through the edge: each is felt, and goes by itself."""

import time

from tests.local.platform import RunningPlatform

_IDE = "coditect.ai.localhost"
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


def test_requests_to_a_slow_service_wait(platform: RunningPlatform) -> None:
    def took() -> float:
        begun = time.monotonic()
        assert platform.ask(_IDE, "/").status == 200
        return time.monotonic() - begun

    assert platform.run("chaos", "slow", "ide-frontend", "--seconds", "6", "--no-wait").returncode == 0
    deadline = time.monotonic() + _SOON_S
    waits = [took()]
    while waits[-1] < 1 and time.monotonic() < deadline:
        waits.append(took())
    assert waits[-1] >= 1
    while took() >= 1:
        assert time.monotonic() < deadline, "it never became fast again"


def test_nobody_is_ready_while_redis_cannot_be_reached(platform: RunningPlatform) -> None:
    assert platform.run("chaos", "partition", "redis", "--seconds", "6", "--no-wait").returncode == 0
    assert platform.ask(_API, "/ready", timeout_s=3).status != 200
    assert _status_soon(platform, _API, "/ready", 200)


def test_what_does_not_run_cannot_be_broken(platform: RunningPlatform) -> None:
    refused = platform.run("chaos", "kill", "unheard-of")
    assert refused.returncode == 1
    assert "license-backend" in refused.stderr
