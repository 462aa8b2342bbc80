"""The graph is read again when what it is made from changes, and only what differs is started again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.platform import RunningPlatform


@pytest.fixture
def one_service(copy: Path, state_directory: Path) -> Iterator[RunningPlatform]:
    arguments = ("--only", "gateway-frontend")
    with RunningPlatform(state_directory / "adopting", repository=copy, arguments=arguments) as running:
        yield running


def change(copy: Path, old: str, new: str) -> None:
    settings = copy / "stacks" / "Pulumi.local.yaml"
    assert old in settings.read_text()
    settings.write_text(settings.read_text().replace(old, new))


def test_a_changed_setting_starts_again_only_the_processes_that_it_changes(
    one_service: RunningPlatform, copy: Path
) -> None:
    before = one_service.processes()
    change(copy, "log_level: DEBUG", "log_level: LOUD")
    one_service.wait_until_said("The change is not run here.")
    assert "log_level" in one_service.log.read_text(), "the message names the setting"
    assert one_service.processes() == before

    change(copy, "log_level: LOUD", "log_level: INFO")
    one_service.wait_until_said("1 processes started, 1 ended")
    one_service.wait_until_ready(30)
    after = one_service.processes()
    assert {name for name in before | after if before.get(name) != after.get(name)} == {"gateway-frontend-blue"}
    assert one_service.ask("coditect.com.localhost", "/").status == 200
