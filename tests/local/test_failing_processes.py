"""A process that does not become ready: what is said of it, and what becomes of it."""

import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from coditect.local.causes import last_reason, last_words, likely_cause
from coditect.local.declared import Kind, Pod, Probe
from coditect.local.launch import Launch
from coditect.local.layout import Layout
from coditect.local.pod_server import PodServer
from coditect.local.probing import probe
from coditect.local.process import LOOPBACK, StartError, free_port
from coditect.local.secret_values import SecretStore
from coditect.local.unit import State, Unit


def _until(holds: Callable[[], bool], limit_s: float = 30) -> None:
    deadline = time.monotonic() + limit_s
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Callable[..., PodServer]:
    """Makes a server of a pod with that command. path: of its readiness probe; None for a pod without probes."""
    layout = Layout(root=tmp_path)
    layout.prepare()

    def made(*command: str, path: str | None = "/health", port: int = 0) -> PodServer:
        asked = Probe(path=path, host="", port=8000, period_s=1, timeout_s=1, success_threshold=1, failure_threshold=1)
        pod = Pod(
            kind=Kind.SERVICE,
            name="docs-frontend",
            namespace="docs",
            service="docs-frontend",
            role="web",
            colour=None,
            replicas=1,
            is_built_here=True,
            image="docs",
            command=command,
            environment={},
            mounts=(),
            ports={"http": 8000},
            readiness=asked if path else None,
            liveness=None,
            grace_s=1,
            memory_limit_mib=64,
        )
        launch = Launch(
            pod=pod, command=command, environment={}, ports={"http": port or free_port()}, directory=tmp_path
        )
        return PodServer(pod.name, launch, layout=layout, store=SecretStore(layout.secrets))

    return made


def test_a_service_that_answers_404_to_its_probe_is_said_to(server: Callable[..., PodServer]) -> None:
    port = free_port()
    docs = server(sys.executable, "-m", "http.server", "--bind", LOOPBACK, str(port), port=port)
    with pytest.raises(StartError) as failed:
        docs.start()
    first, _, log = str(failed.value).partition("\n")
    assert first == f"docs-frontend answers 404 to its readiness probe GET /health on port {port}."
    assert '"GET /health HTTP/1.1" 404' in log
    assert not docs.is_running


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import nonsuch", "import error: No module named 'nonsuch'"),
        ("compile('def broken(:', 'views.py', 'exec')", "syntax error: invalid syntax (views.py, line 1)"),
        ("open('/run/secrets/jwt-keys')", "a file is missing: [Errno 2] No such file or directory: '/run/secrets/jwt-"),
        ("import sys; sys.exit(7)", "ended by itself with status 7."),
        ("import os; os.kill(os.getpid(), 9)", "was killed by SIGKILL."),
    ],
)
def test_the_reason_of_an_end_stands_in_the_first_line(server: Callable[..., PodServer], code: str, said: str) -> None:
    docs = server(sys.executable, "-c", code)
    with pytest.raises(StartError) as failed:
        docs.start()
    assert said in str(failed.value).partition("\n")[0]


def test_a_taken_port_is_said_to_be_the_reason(server: Callable[..., PodServer]) -> None:
    with socket.socket() as taken:
        taken.bind((LOOPBACK, 0))
        taken.listen()
        number = str(taken.getsockname()[1])
        docs = server(sys.executable, "-m", "http.server", "--bind", LOOPBACK, number)
        with pytest.raises(StartError, match="its port is taken"):
            docs.start()


def test_a_command_that_is_not_installed_is_named(server: Callable[..., PodServer], tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"docs-frontend runs mkdocs, which is not installed in .*Mend its command"):
        server(str(tmp_path / "mkdocs")).start()


def test_what_an_earlier_process_wrote_is_no_reason(server: Callable[..., PodServer]) -> None:
    docs = server(sys.executable, "-c", "import sys; sys.exit(7)")
    docs.log.write_text("ModuleNotFoundError: No module named 'former'\n")
    with pytest.raises(StartError) as failed:
        docs.start()
    assert "former" not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "said"), [(400, "answers 400 to its"), (500, "answers 500 to its"), (200, ""), (302, "")]
)
def test_a_probe_takes_what_the_kubelet_takes(status: int, said: str) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            pass

    answering = HTTPServer((LOOPBACK, 0), Handler)
    threading.Thread(target=answering.serve_forever, daemon=True).start()
    try:
        wrong = probe(answering.server_port, "/health", timeout_s=5, kind="readiness")
        assert (wrong.said if wrong else "").startswith(said)
        assert (wrong is None) == (said == "")
    finally:
        answering.shutdown()
        answering.server_close()


def test_a_probe_tells_a_closed_port_from_one_that_does_not_answer() -> None:
    port = free_port()
    closed = probe(port, "/health", timeout_s=1, kind="readiness")
    assert closed is not None
    assert closed.said == f"refuses connections to its readiness probe GET /health on port {port}"
    with socket.socket() as silent:
        silent.bind((LOOPBACK, 0))
        silent.listen()
        quiet = probe(int(silent.getsockname()[1]), "/health", timeout_s=0.2, kind="liveness")
    assert quiet is not None
    assert quiet.said.startswith("does not answer its liveness probe GET /health")


def test_what_fails_stays_failed_while_it_is_tried_again_and_its_reason_is_said_once(
    server: Callable[..., PodServer], tmp_path: Path
) -> None:
    said: list[str] = []
    mended = tmp_path / "mended"
    code = f"import pathlib, time; pathlib.Path({str(mended)!r}).read_text(); time.sleep(60)"
    unit = Unit("worker", server(sys.executable, "-c", code, path=None), said=said.append, changed=lambda: None)
    unit.begin()
    try:
        states: set[State] = set()

        def is_tried_twice() -> bool:
            states.add(unit.state)
            return unit.restarts == 2

        _until(lambda: unit.state is State.FAILED)
        _until(is_tried_twice)
        assert states == {State.FAILED}
        assert "a file is missing" in unit.problem
        assert len(said) == 1
        mended.write_text("")
        _until(lambda: unit.state is State.READY)
        assert unit.problem == ""
    finally:
        unit.end()


def test_a_unit_that_is_held_is_left_alone_until_it_has_a_successor(server: Callable[..., PodServer]) -> None:
    sleeping = (sys.executable, "-c", "import time; time.sleep(60)")
    former, successor = server(*sleeping, path=None), server(*sleeping, path=None)
    unit = Unit("web", former, said=lambda _: None, changed=lambda: None)
    unit.begin()
    try:
        unit.wait_ready(10)
        unit.hold("its newest code does not start")
        _until(lambda: unit.state is State.FAILED and not former.is_running)
        successor.start()
        unit.succeed(successor, is_alive=None, ready_after_s=7)
        _until(lambda: unit.state is State.READY)
        assert unit.server is successor
        assert unit.ready_after_s == 7
        assert successor.is_running
    finally:
        unit.end()
    assert not successor.is_running


def test_a_log_without_an_exception_gives_no_reason() -> None:
    assert likely_cause("[INFO] Started worker-1\nError rate: 0\n") == ""


def test_a_log_of_json_is_told_in_words_once_with_the_whole_reason() -> None:
    reason = "PostgreSQL cannot be reached: " + "x" * 300
    line = json.dumps({"level": "WARNING", "message": "Not ready: database", "reason": reason})
    log = f"{line}\n{line}\nplain\n"

    assert last_words(log, count=5) == [f"Not ready: database: {reason}", "plain"]
    assert last_reason(log) == f"database: {reason}"
    assert last_reason("plain\n") == ""
