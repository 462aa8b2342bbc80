"""Blue and green through the edge."""

import time

import pytest

from coditect.graph.values import items, text
from explained.exits import Exit
from tests.local.load import Load
from tests.local.platform import RunningPlatform

_API = "api.coditect.ai.localhost"
_PER_S = 50


def _colour(platform: RunningPlatform) -> str:
    return next(
        text(row, "colour")
        for row in items(platform.status(), "addresses")
        if text(row, "service") == "license-backend"
    )


def test_a_promotion_under_load_fails_no_request(platform: RunningPlatform) -> None:
    before = _colour(platform)
    with Load(platform, _API, "/api/v1/keys", per_s=_PER_S) as load:
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
    with Load(platform, _API, "/api/v1/keys", per_s=_PER_S) as load:
        refused = platform.run("promote", "license-backend", "--set", "LOG_LEVEL=nonsense")
    assert refused.returncode == Exit.COULD_NOT_RUN
    assert "LOG_LEVEL is 'NONSENSE'" in refused.stderr
    assert set(load.statuses) == {200}, load.statuses
    assert _colour(platform) == before
    assert platform.states() == {"ready"}


@pytest.mark.parametrize("service", ["ide-frontend", "unheard-of"])
def test_what_has_no_two_colours_is_not_promoted(platform: RunningPlatform, service: str) -> None:
    refused = platform.run("promote", service)
    assert refused.returncode == Exit.USAGE
    assert service in refused.stderr
