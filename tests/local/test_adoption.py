"""The graph is read again when what it is made from changes, and only what differs is started again."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coditect.local.layout import REPOSITORY
from tests.local.platform import RunningPlatform

_SOURCES = ("apps", "charts", "coditect", "infra", "locks", "stacks", "Pulumi.yaml")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, whose files a test may change."""
    for name in _SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tmp_path)
    return tmp_path


@pytest.fixture
def one_service(copy: Path, state_directory: Path) -> Iterator[RunningPlatform]:
    running = RunningPlatform(state_directory / "adopting", repository=copy, arguments=("--only", "gateway-frontend"))
    try:
        running.start()
        yield running
    finally:
        running.run("down")
        running.supervisor.wait(60)


def change(copy: Path, old: str, new: str) -> None:
    settings = copy / "stacks" / "Pulumi.local.yaml"
    assert old in settings.read_text()
    settings.write_text(settings.read_text().replace(old, new))


def wait_until_said(running: RunningPlatform, words: str) -> None:
    deadline = time.monotonic() + 60
    while words not in running.log.read_text():
        assert time.monotonic() < deadline, running.log.read_text()[-3000:]
        time.sleep(0.1)


def test_a_changed_setting_starts_again_only_the_processes_that_it_changes(
    one_service: RunningPlatform, copy: Path
) -> None:
    before = one_service.processes()
    change(copy, "log_level: DEBUG", "log_level: LOUD")
    wait_until_said(one_service, "The change is not run here.")
    assert "log_level" in one_service.log.read_text(), "the message names the setting"
    assert one_service.processes() == before

    change(copy, "log_level: LOUD", "log_level: INFO")
    wait_until_said(one_service, "1 processes started, 1 ended")
    one_service.wait_until_ready(30)
    after = one_service.processes()
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"gateway-frontend-blue"}
    assert one_service.ask("coditect.com.localhost", "/").status == 200
