"""Blue and green through the edge."""

import threading
import time
from collections import Counter

import pytest

from coditect.graph.values import items, text
from tests.local.platform import RunningPlatform

_API = "api.coditect.ai.localhost"
_PER_S = 50


class Load:
    """Requests at a steady rate from a few threads, whatever becomes of each."""

    def __init__(self, platform: RunningPlatform, *, threads: int = 5) -> None:
        self.statuses: Counter[int] = Counter()
        self._platform = platform
        self._threads = [threading.Thread(target=self._run, args=(threads,)) for _ in range(threads)]
        self._end = threading.Event()
        self._counting = threading.Lock()

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _run(self, threads: int) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            status = self._platform.ask(_API, "/api/v1/keys").status
            with self._counting:
                self.statuses[status] += 1
            due += threads / _PER_S
            time.sleep(max(0.0, due - time.monotonic()))


def _colour(platform: RunningPlatform) -> str:
    return next(
        text(row, "colour")
        for row in items(platform.status(), "addresses")
        if text(row, "service") == "license-backend"
    )


def test_a_promotion_under_load_fails_no_request(platform: RunningPlatform) -> None:
    before = _colour(platform)
    with Load(platform) as load:
        time.sleep(1)
        promoted = platform.run("promote", "license-backend")
        time.sleep(1)
    assert promoted.returncode == 0, promoted.stderr
    assert _colour(platform) != before
    assert set(load.statuses) == {200}, load.statuses
    assert load.statuses.total() > _PER_S
    assert not any(name == f"license-backend-{before}" for name in platform.processes())


def test_a_colour_that_does_not_start_gets_no_request(platform: RunningPlatform) -> None:
    before = _colour(platform)
    with Load(platform) as load:
        refused = platform.run("promote", "license-backend", "--set", "LOG_LEVEL=nonsense")
    assert refused.returncode == 1
    assert "LOG_LEVEL is 'NONSENSE'" in refused.stderr
    assert set(load.statuses) == {200}, load.statuses
    assert _colour(platform) == before
    assert platform.states() == {"ready"}


@pytest.mark.parametrize("service", ["ide-frontend", "unheard-of"])
def test_what_has_no_two_colours_is_not_promoted(platform: RunningPlatform, service: str) -> None:
    refused = platform.run("promote", service)
    assert refused.returncode == 1
    assert service in refused.stderr
