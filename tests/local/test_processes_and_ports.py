"""What is remembered of processes and ports, and what becomes of it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from coditect.local.claim import Claim, wait_unclaimed
from coditect.local.control import ControlError, ControlServer, ask
from coditect.local.declared import Kind, Pod
from coditect.local.graph_cache import is_source
from coditect.local.layout import REPOSITORY, Layout, NotRunning
from coditect.local.ports import Ports
from coditect.local.process import LOOPBACK, ServerProcess, StartError
from coditect.local.reloading import Changes
from coditect.local.renewal import APPLICATIONS, concerned
from coditect.local.running import end_all, remember
from coditect.local.unit import State, Unit

_SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# Ignores being asked, and starts a child that does, too.
_STUBBORN_PROGRAM = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if len(sys.argv) == 1:
    subprocess.Popen([sys.executable, __file__, "child"])
print("up", flush=True)
time.sleep(600)
"""


def _stubborn(directory: Path) -> list[str]:
    file = directory / "stubborn.py"
    file.write_text(_STUBBORN_PROGRAM)
    return [sys.executable, str(file)]


def _until(holds: Callable[[], bool], limit_s: float = 15) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


def _group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_everything_that_was_started_is_ended_with_its_children(tmp_path: Path) -> None:
    process = ServerProcess(_stubborn(tmp_path), log=tmp_path / "stubborn.log")
    _until(lambda: (tmp_path / "stubborn.log").read_text().count("up") == 2)
    reaped = threading.Thread(target=lambda: _until(lambda: not process.is_running))
    reaped.start()
    assert end_all(tmp_path, grace_s=0.2) == 1
    reaped.join()
    _until(lambda: not _group_exists(process.pid))


def test_children_that_outlive_their_parent_are_ended_too(tmp_path: Path) -> None:
    process = ServerProcess(_stubborn(tmp_path), log=tmp_path / "orphaned.log")
    _until(lambda: (tmp_path / "orphaned.log").read_text().count("up") == 2)
    process.kill()
    assert _group_exists(process.pid)
    assert end_all(tmp_path, grace_s=0.2) == 1
    _until(lambda: not _group_exists(process.pid))


def test_another_process_that_got_the_id_is_left_alone(tmp_path: Path) -> None:
    bystander = subprocess.Popen(_SLEEPER, start_new_session=True)
    try:
        file = tmp_path / "former.process"
        remember(file, bystander.pid)
        file.write_text(file.read_text().replace('"started": ', '"started": 1'))
        assert end_all(tmp_path, grace_s=0.2) == 0
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_a_paused_process_is_ended_too(tmp_path: Path) -> None:
    process = ServerProcess(_SLEEPER, log=tmp_path / "paused.log")
    os.killpg(process.pid, signal.SIGSTOP)
    reaped = threading.Thread(target=lambda: _until(lambda: not process.is_running))
    reaped.start()
    assert end_all(tmp_path) == 1
    reaped.join()


def test_ports_are_remembered_and_given_once(tmp_path: Path) -> None:
    ports = Ports(tmp_path / "ports.json")
    first, second = ports.of("one"), ports.of("two")
    assert first != second
    assert Ports(tmp_path / "ports.json").of("one") == first


def test_a_port_that_somebody_took_is_replaced_and_a_wanted_one_is_not_insisted_on(tmp_path: Path) -> None:
    taken = socket.socket()
    taken.bind((LOOPBACK, 0))
    taken.listen()
    number = int(taken.getsockname()[1])
    try:
        assert Ports(tmp_path / "ports.json").of("edge", preferred=number) != number
        (tmp_path / "former.json").write_text(f'{{"edge": "{number}"}}')
        assert Ports(tmp_path / "former.json").of("edge") != number
    finally:
        taken.close()


def test_one_state_directory_runs_one_platform(tmp_path: Path) -> None:
    layout = Layout(root=tmp_path)
    with Claim(layout):
        with pytest.raises(StartError, match="already runs"), Claim(layout):
            pass
        assert not wait_unclaimed(layout, timeout_s=0.1)
    assert wait_unclaimed(layout, timeout_s=1)


def test_orders_are_answered_and_refusals_keep_their_reason(tmp_path: Path) -> None:
    def refused(_: object) -> None:
        raise ControlError("there is no such service: name another")

    path = tmp_path / "control.sock"
    server = ControlServer(path, {"echo": lambda asked: asked["word"], "refuse": refused})
    server.begin()
    try:
        assert ask(path, "echo", word="hello") == "hello"
        assert path.stat().st_mode & 0o777 == 0o600
        with pytest.raises(ControlError, match="name another"):
            ask(path, "refuse")
        with pytest.raises(ControlError, match="echo, refuse"):
            ask(path, "unheard-of")
    finally:
        server.end()
    with pytest.raises(NotRunning, match="coditect up"):
        ask(path, "echo", word="hello")


class _Flaky:
    """A server that fails to start so many times, then serves until it is broken."""

    def __init__(self, log: Path, *, failures: int) -> None:
        self.log = log
        self.pid = os.getpid()
        self.starts = 0
        self.is_running = False
        self._failures = failures

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self._failures:
            raise StartError("not yet")
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def kill(self) -> None:
        self.is_running = False

    def why_ended(self) -> str:
        return "ended by itself with status 1."


def test_a_server_that_ends_is_told_of_and_started_again(tmp_path: Path) -> None:
    said: list[str] = []
    server = _Flaky(tmp_path / "log", failures=0)
    unit = Unit("thing", server, said=said.append, changed=lambda: None)
    unit.begin()
    unit.wait_ready(5)
    server.is_running = False
    _until(lambda: unit.restarts == 1 and unit.state is State.READY)
    assert "thing ended by itself" in said[0]
    unit.end()
    assert unit.state is State.STOPPED
    assert not server.is_running


def test_a_server_that_never_served_is_reported_with_its_reason(tmp_path: Path) -> None:
    unit = Unit("thing", _Flaky(tmp_path / "log", failures=1), said=lambda _: None, changed=lambda: None)
    unit.begin()
    with pytest.raises(StartError, match="not yet"):
        unit.wait_ready(5)
    _until(lambda: unit.state is State.READY)
    unit.end()


def test_a_server_that_no_longer_answers_is_killed_and_started_again(tmp_path: Path) -> None:
    server = _Flaky(tmp_path / "log", failures=0)
    answers = iter([True, False, False])
    unit = Unit(
        "thing",
        server,
        said=lambda _: None,
        changed=lambda: None,
        is_alive=lambda: next(answers, True),
        period_s=0.05,
        failures=2,
    )
    unit.begin()
    _until(lambda: server.starts == 2 and unit.state is State.READY)
    unit.end()


def test_a_server_is_started_again_when_told_and_nobody_calls_that_a_failure(tmp_path: Path) -> None:
    said: list[str] = []
    server = _Flaky(tmp_path / "log", failures=0)
    unit = Unit("thing", server, said=said.append, changed=lambda: None)
    unit.begin()
    unit.wait_ready(5)
    unit.restart()
    _until(lambda: server.starts == 2 and unit.state is State.READY)
    unit.end()
    assert said == []


def test_a_server_that_failed_is_not_waited_for_when_told_to_start(tmp_path: Path) -> None:
    server = _Flaky(tmp_path / "log", failures=6)  # pauses of 0.5 to 16 s
    unit = Unit("thing", server, said=lambda _: None, changed=lambda: None)
    unit.begin()
    for starts in range(1, 7):
        _until(lambda starts=starts: server.starts >= starts)  # type: ignore[misc]  # mypy takes no default in a lambda
        unit.restart()
    _until(lambda: unit.state is State.READY)
    unit.end()


def test_changes_are_seen_once(tmp_path: Path) -> None:
    kept, written = tmp_path / "kept.py", tmp_path / "written.py"
    for file in (kept, written):
        file.write_text("")
    changes = Changes(tmp_path, is_source=lambda file: file.suffix == ".py")
    assert changes.since() == []
    os.utime(written, ns=(1, 1))
    (tmp_path / "notes.txt").write_text("")
    assert changes.since() == [written]
    kept.unlink()
    assert changes.since() == [kept]
    assert changes.since() == []


def test_changes_are_told_together_once_nothing_more_is_written(tmp_path: Path) -> None:
    first, second = tmp_path / "first.py", tmp_path / "second.py"
    changes = Changes(tmp_path, is_source=lambda file: file.suffix == ".py")

    class Saving(threading.Event):
        """Writes the second file while the first is waited with."""

        def wait(self, timeout: float | None = None) -> bool:
            if not second.exists():
                second.touch()
            return super().wait(0)

    first.touch()
    assert changes.settled(0.5, Saving()) == [first, second]


def test_a_graph_is_made_from_sources_and_not_from_what_is_made_from_it() -> None:
    assert is_source(REPOSITORY / "stacks" / "Pulumi.local.yaml")
    assert is_source(REPOSITORY / "infra" / "inventory" / "a.py")
    assert not is_source(REPOSITORY / "stacks" / "inventory" / "local.json")
    assert not is_source(REPOSITORY / "stacks" / "settings.schema.json")


def test_a_new_application_concerns_no_process_of_the_others_and_a_shared_package_all_of_them() -> None:
    ours = [_pod("gateway-frontend", "apps.gateway"), _pod("license-backend", "apps.license_api")]
    assert concerned(ours, [APPLICATIONS / "docs_frontend" / "views.py"]) == []
    assert concerned(ours, [APPLICATIONS / "gateway" / "views.py", APPLICATIONS / "docs_frontend" / "a.py"]) == ours[:1]
    for shared in ("domain", "configuration"):
        assert concerned(ours, [APPLICATIONS / shared / "models.py"]) == ours
    assert concerned(ours, [APPLICATIONS / "__init__.py"]) == ours


def test_starting_again_as_asked_counts_as_no_restart(tmp_path: Path) -> None:
    server = _Flaky(tmp_path / "log", failures=0)
    unit = Unit("thing", server, said=lambda _: None, changed=lambda: None)
    unit.begin()
    unit.wait_ready(5)
    unit.restart()
    _until(lambda: server.starts == 2 and unit.state is State.READY)
    assert unit.restarts == 0
    unit.end()


def _pod(name: str, module: str) -> Pod:
    return Pod(
        kind=Kind.SERVICE,
        name=name,
        namespace="applications",
        service=name,
        role="web",
        colour=None,
        replicas=1,
        is_built_here=True,
        image=name,
        command=("gunicorn", f"{module}.wsgi"),
        environment={},
        mounts=(),
        ports={"http": 8000},
        readiness=None,
        liveness=None,
        grace_s=1,
        memory_limit_mib=64,
    )
