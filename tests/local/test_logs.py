"""Several files as one log: what was written, and what comes, through a restart and a rotation."""

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coditect.local.layout import Layout, NotRunning
from coditect.local.log_lines import Entry, Level
from coditect.local.log_text import Lines
from coditect.local.logs import LogFile, chosen, follow, log_paths, merged

_BEGIN = datetime(2026, 5, 1, 12, tzinfo=UTC)


def _line(second: float, message: str, level: str = "INFO") -> str:
    at = (_BEGIN + timedelta(seconds=second)).isoformat(timespec="milliseconds")
    return json.dumps({"timestamp": at, "level": level, "message": message}) + "\n"


def _everything(_: Entry) -> bool:
    return True


def _files(directory: Path, **contents: str) -> list[LogFile]:
    for name, content in contents.items():
        (directory / f"{name}.log").write_text(content)
    return [LogFile(name, directory / f"{name}.log") for name in contents]


def _messages(entries: list[Entry]) -> list[str]:
    return [entry.message for entry in entries]


def test_lines_of_all_processes_stand_in_order_of_time_and_a_trace_stays_whole(tmp_path: Path) -> None:
    trace = "Traceback (most recent call last):\n  File one\nValueError: one\n"
    one = _line(1, "first") + _line(3, "third") + trace + _line(5, "fifth")
    files = _files(tmp_path, one=one, two=_line(2, "second") + _line(3, "same"))
    found = _messages(merged(files, keep=_everything, count=None, since=None))
    assert found == ["first", "second", "third", *trace.splitlines(), "same", "fifth"]


def test_the_last_lines_are_the_last_of_all_together(tmp_path: Path) -> None:
    files = _files(
        tmp_path,
        busy="".join(_line(second, f"busy {second}") for second in range(20_000)),
        quiet=_line(19_998.5, "quiet"),
    )
    assert _messages(merged(files, keep=_everything, count=3, since=None)) == ["busy 19998", "quiet", "busy 19999"]


def test_rare_lines_are_found_however_far_back_they_stand(tmp_path: Path) -> None:
    content = _line(0, "long ago", "ERROR") + "".join(_line(second, "fine") for second in range(1, 20_000))
    found = merged(_files(tmp_path, one=content), keep=lambda entry: entry.level is Level.ERROR, count=5, since=None)
    assert _messages(found) == ["long ago"]


def test_since_leaves_out_what_was_before(tmp_path: Path) -> None:
    files = _files(tmp_path, one="".join(_line(second, f"{second}") for second in range(20_000)))
    found = merged(files, keep=_everything, count=None, since=_BEGIN + timedelta(seconds=19_990))
    assert _messages(found) == [str(second) for second in range(19_990, 20_000)]


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


class _EndError(Exception):
    """Ends a `follow`, as Ctrl-C does."""


def test_what_comes_is_shown_through_a_restart_a_rotation_and_half_a_line(tmp_path: Path) -> None:
    files = _files(tmp_path, one=_line(1, "before"), two="")
    merged(files, keep=_everything, count=0, since=None)
    shown: list[str] = []
    ended = threading.Event()

    def fresh() -> None:
        if ended.is_set():
            raise _EndError
        late = tmp_path / "late.log"
        if late.exists() and late not in {file.path for file in files}:
            files.append(LogFile("late", late))

    def run() -> None:
        with pytest.raises(_EndError):
            follow(files, fresh, keep=_everything, show=lambda entry: shown.append(entry.message))

    following = threading.Thread(target=run)
    following.start()
    try:
        path = tmp_path / "one.log"
        half = _line(2, "whole")
        with path.open("a") as stream:
            stream.write(half[:10])
            stream.flush()
            (tmp_path / "two.log").write_text(_line(2, "of another"))
            _until(lambda: shown == ["of another"])
            stream.write(half[10:])
        _until(lambda: shown[-1] == "whole")
        path.write_text("")  # as PostgreSQL and Redis begin theirs
        time.sleep(0.5)
        path.write_text(_line(3, "restarted"))
        _until(lambda: shown[-1] == "restarted")
        path.rename(tmp_path / "one.log.1")
        path.write_text(_line(4, "rotated"))
        _until(lambda: shown[-1] == "rotated")
        (tmp_path / "late.log").write_text(_line(5, "came later"))
        _until(lambda: shown[-1] == "came later")
    finally:
        ended.set()
        following.join()
    assert shown == ["of another", "whole", "restarted", "rotated", "came later"]


def test_a_service_stands_for_its_processes_and_an_unknown_one_is_answered_with_what_was_meant() -> None:
    names = ["edge", "license-backend-blue", "license-backend-worker", "license-frontend-blue"]
    assert chosen(names, "license-backend") == {"license-backend-blue", "license-backend-worker"}
    assert chosen(names, "edge") == {"edge"}
    with pytest.raises(NotRunning, match=r"Did you mean license-backend-worker\? There are: edge"):
        chosen(names, "license-backend-wroker")
    with pytest.raises(NotRunning, match="coditect up"):
        chosen([], None)


def test_requests_at_the_edge_are_the_edges_log_too(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path)
    layout.prepare()
    layout.log("edge").touch()
    layout.access_log.touch()
    assert [name for name, _ in log_paths(layout)] == ["edge", "edge"]


def test_a_person_reads_time_process_level_message_and_what_belongs_to_it() -> None:
    entry = Entry(
        process="gateway",
        time=_BEGIN,
        level=Level.WARNING,
        message="Slow \x1b[31m",
        fields={"request_id": "7b", "logger": "apps", "exc_info": "Traceback:\nValueError"},
    )
    shown = Lines({"gateway", "license-backend-blue"}).text(entry).plain
    first, *below = shown.splitlines()
    time_of_day = _BEGIN.astimezone().strftime("%H:%M:%S.000")
    assert first.split() == [time_of_day, "gateway", "WARNING", "Slow", "�[31m", "request_id=7b"]
    assert below == ["  Traceback:", "  ValueError"]
    assert "\x1b" not in shown
