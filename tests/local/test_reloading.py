"""`up --reload`: new code takes the place of old under requests, and code that does not start is seen."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.load import Load
from tests.local.platform import RunningPlatform, copied_repository

_SITE, _DASHBOARD = "coditect.com.localhost", "app.coditect.ai.localhost"
_RENEWED = "gateway-frontend-blue runs the new code after"
_PER_S = 30


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests of this file."""
    return copied_repository(tmp_path_factory.mktemp("reloading"))


@pytest.fixture(scope="module")
def reloading(copy: Path, state_directory: Path) -> Iterator[RunningPlatform]:
    """The pages of both applications, from files that a test may change."""
    arguments = ("--reload", "--only", "gateway-frontend", "--only", "license-frontend")
    with RunningPlatform(state_directory / "reloading", repository=copy, arguments=arguments) as running:
        yield running


def test_an_application_runs_new_code_without_one_failed_request_and_the_other_is_left_alone(
    reloading: RunningPlatform, copy: Path
) -> None:
    before = reloading.processes()
    with Load(reloading, _SITE, "/", per_s=_PER_S) as load:
        for times in (1, 2, 3):
            for file in ("apps.py", "wsgi.py"):  # an editor that saves two files: one renewal
                os.utime(copy / "apps" / "gateway" / file)
            reloading.wait_until_said(_RENEWED, times=times)
    assert set(load.statuses) == {200}, load.statuses
    assert load.statuses.total() > _PER_S
    after = reloading.processes()
    assert {name for name in after if after[name] != before[name]} == {"gateway-frontend-blue"}
    assert reloading.log.read_text().count(_RENEWED) == 3
    assert reloading.states() == {"ready"}


def test_code_that_does_not_start_is_seen_on_the_page_until_it_is_mended(
    reloading: RunningPlatform, copy: Path
) -> None:
    file = copy / "apps" / "gateway" / "views" / "__init__.py"
    sound = file.read_text()
    renewed = reloading.log.read_text().count(_RENEWED)
    with Load(reloading, _SITE, "/", per_s=_PER_S) as load:
        file.write_text(f"{sound}\ndef broken(<script>:\n")
        reloading.wait_until_said("gateway-frontend-blue ended by itself with status 1: syntax error: invalid syntax")
        seen = _wait_for(reloading, 500)
        assert reloading.ask(_DASHBOARD, "/").status == 200
        file.write_text(sound)
        reloading.wait_until_said(_RENEWED, times=renewed + 1)
    assert "gateway-frontend does not start" in seen
    assert "SyntaxError: invalid syntax" in seen
    assert "def broken(&lt;script&gt;:" in seen
    assert set(load.statuses) == {200, 500}, load.statuses
    assert _wait_for(reloading, 200)
    assert reloading.run("status").returncode == 0


def _wait_for(running: RunningPlatform, status: int) -> str:
    """The page, once it is answered with that status."""
    for _ in range(300):
        reply = running.ask(_SITE, "/", headers={"Accept": "text/html"})
        if reply.status == status:
            return reply.body.decode()
    raise AssertionError(f"{_SITE} never answered {status}, and at last {reply.status}")
