"""A second platform beside the first, and its end, however its supervisor goes."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from coditect.local.layout import Layout
from coditect.local.running import remembered
from explained.exits import Exit
from tests.local.platform import RunningPlatform

_GONE_S = 15.0


@pytest.fixture
def second(platform: RunningPlatform, state_directory: Path) -> Iterator[RunningPlatform]:
    """Beside the first, from another state directory."""
    running = RunningPlatform(state_directory / "second")
    try:
        running.start()
        yield running
    finally:
        running.run("down")


def test_two_run_side_by_side_and_down_leaves_nothing_of_a_killed_one(
    platform: RunningPlatform, second: RunningPlatform
) -> None:
    host = "coditect.com.localhost"
    assert platform.port("https") != second.port("https")
    assert platform.ask(host, "/").status == second.ask(host, "/").status == 200

    pids = list(second.processes().values())
    second.supervisor.send_signal(signal.SIGKILL)
    second.supervisor.wait()
    ended = second.run("down")
    assert ended.returncode == 0, ended.stderr

    assert not _still_there(pids)
    assert not [process for _, process in remembered(second.state) if process.is_running]
    assert platform.ask(host, "/").status == 200


def test_a_second_start_from_the_same_directory_is_refused(platform: RunningPlatform) -> None:
    refused = platform.run("up")
    assert refused.returncode == Exit.COULD_NOT_RUN
    assert "already runs" in refused.stderr
    assert platform.states() == {"ready"}


def test_a_reset_knows_everything_that_a_platform_keeps(platform: RunningPlatform) -> None:
    layout = Layout(root=platform.state)
    assert [path.name for path in layout.root.iterdir() if not layout.is_known(path.name)] == []


def test_no_log_of_a_platform_is_read_by_others(platform: RunningPlatform) -> None:
    assert [
        log for name in ("postgres", "redis") if (log := platform.state / name / f"{name}.log").stat().st_mode & 0o77
    ] == []
    held = "".join(log.read_text(errors="replace") for log in platform.state.rglob("*.log"))
    secrets = {file.name: file.read_text(errors="replace").strip() for file in (platform.state / "secrets").iterdir()}
    assert [name for name, secret in secrets.items() if secret in held] == []


def _still_there(pids: list[int]) -> list[int]:
    deadline = time.monotonic() + _GONE_S
    while True:
        left = [pid for pid in pids if _is_there(pid)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


def _is_there(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True
