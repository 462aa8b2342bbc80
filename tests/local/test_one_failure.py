"""A platform of which two processes cannot start: the others serve, and everybody is told."""

import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coditect.graph.values import Json, items, lookup, text
from explained.exits import Exit
from tests.local.debugger import Debugger
from tests.local.platform import Reply, RunningPlatform, copied_repository

_SITE = "coditect.com.localhost"
_FAILED = {"license-frontend-blue", "license-backend-worker"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests of this file."""
    return copied_repository(tmp_path_factory.mktemp("one_failure"))


@pytest.fixture(scope="module")
def broken(copy: Path, state_directory: Path) -> Iterator[RunningPlatform]:
    """The license's pages and its worker lack a module; the gateway runs under a debugger."""
    for file in ("settings/frontend.py", "celery.py"):
        path = copy / "apps" / "license_api" / file
        path.write_text(f"import nonsuch\n{path.read_text()}")
    running = RunningPlatform(state_directory / "broken", repository=copy, arguments=("--debug", "gateway-backend"))
    try:
        running.begin()
        running.wait_until_said("Ready after")
        yield running
    finally:
        running.end()


def test_what_failed_is_named_at_the_end_of_the_start_with_its_cause(broken: RunningPlatform) -> None:
    told = broken.log.read_text()
    last = next(line for line in told.splitlines() if line.startswith("Ready after"))
    named = re.fullmatch(r"Ready after [\d.]+ s, but for (.+)\. Ctrl-C ends everything\.", last)
    assert named is not None, last
    # A worker has no probe: on a busy machine its import error may come after this line.
    assert {"license-frontend-blue"} <= set(named[1].split(", ")) <= {*_FAILED, "license-backend-beat"}
    assert "import error: No module named 'nonsuch'" in told
    assert "The end of " in told


def test_status_shows_the_cause_and_exits_with_1_while_everything_else_is_ready(broken: RunningPlatform) -> None:
    _until(lambda: {text(one, "name") for one in items(broken.status(), "failures")} >= _FAILED)
    shown = broken.run("status")
    assert shown.returncode == Exit.FINDINGS
    assert "✗ license-frontend-blue ended by itself" in shown.stdout
    processes = {text(one, "name"): one for one in items(broken.status(), "processes")}
    failed = {name for name, process in processes.items() if text(process, "state") != "ready"}
    assert _FAILED <= failed <= {*_FAILED, "license-backend-beat"}
    assert all("nonsuch" in text(processes[name], "problem") for name in failed)


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.1)


def test_the_others_serve(broken: RunningPlatform) -> None:
    assert broken.ask(_SITE, "/").status == 200
    assert broken.ask("api.coditect.ai.localhost", "/api/v1/keys").status == 200
    assert broken.sign_in("alice@acme.example")


def test_what_needs_a_store_that_is_gone_says_so_until_it_is_back(broken: RunningPlatform) -> None:
    def needs() -> list[Json]:
        processes = {text(one, "name"): one for one in items(broken.status(), "processes")}
        return list(items(processes["license-backend-blue"], "needs_failed"))

    assert needs() == []
    assert broken.run("chaos", "kill", "kms", "--no-wait").returncode == 0
    _until(lambda: needs() == ["kms"])
    _until(lambda: needs() == [])


def test_a_debugger_stops_a_request_and_nobody_ends_the_process_for_it(broken: RunningPlatform, copy: Path) -> None:
    said = re.search(r"gateway-backend-blue: attach a debugger to 127\.0\.0\.1:(\d+)", broken.log.read_text())
    assert said is not None
    file = copy / "apps" / "gateway" / "views" / "sign_in.py"
    line = 1 + next(number for number, text in enumerate(file.read_text().splitlines()) if "services.sign_in(" in text)
    before = broken.processes()["gateway-backend-blue"]
    assert f"127.0.0.1:{said[1]} stops gateway-backend-blue" in broken.run("status").stdout
    debugger = Debugger(int(said[1]), file=file, line=line)
    answers: list[Reply] = []
    body = {"email": "alice@acme.example", "password": broken.password}
    asking = threading.Thread(
        target=lambda: answers.append(broken.ask(_SITE, "/api/auth/login", method="POST", body=body, timeout_s=60))
    )
    asking.start()
    try:
        thread = debugger.wait_stopped()
        assert answers == []
        debugger.go_on(thread)
        asking.join()
    finally:
        debugger.close()
    assert answers[0].status == 200, answers
    assert broken.processes()["gateway-backend-blue"] == before
    assert lookup(answers[0].json(), "access_token")
