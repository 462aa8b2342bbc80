"""`coditect-license` as a user runs it: real processes against a stand-in for the service."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Callable

import pytest
from service_stand_in import TOKEN, Server, SigningKey

Run = Callable[..., "subprocess.CompletedProcess[str]"]
_COMMAND = [sys.executable, "-m", "coditect_license.cli"]


@pytest.fixture
def environment(service: Server, tmp_path: Path) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("CODITECT_")}
    return {
        **own,
        "CODITECT_TOKEN": TOKEN,
        "CODITECT_API_URL": service.url,
        "CODITECT_CACHE_DIR": str(tmp_path / "cache"),
    }


@pytest.fixture
def run(environment: dict[str, str]) -> Run:
    def command(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*_COMMAND, *arguments], env={**environment, **changed}, capture_output=True, text=True, timeout=60
        )

    return command


def test_acquire_status_and_release_in_turn(service: Server, run: Run) -> None:
    assert json.loads(run("status", "--json").stdout)["held"] is False
    taken = run("acquire", "--json")
    assert taken.returncode == 0
    assert len(service.sessions) == 1
    status = run("status", "--json")
    shown = json.loads(status.stdout)
    assert (status.returncode, shown["held"], shown["seats_used"], shown["seats_total"]) == (0, True, 1, 1)
    assert shown["session_id"] == json.loads(taken.stdout)["session_id"]
    assert run("release").returncode == 0
    assert service.sessions == {}
    assert run("status").returncode == 1


def test_status_needs_no_token(run: Run) -> None:
    result = run("status", CODITECT_TOKEN="")
    assert result.returncode == 1
    assert "none: No lease is cached." in result.stdout


def test_acquire_twice_takes_one_seat(service: Server, run: Run) -> None:
    first, second = (json.loads(run("acquire", "--json").stdout) for _ in range(2))
    assert first["session_id"] == second["session_id"]


def test_no_seat_exits_75_and_names_wait(service: Server, run: Run) -> None:
    service.sessions["another-machine"] = "sess-carol"
    result = run("acquire")
    assert result.returncode == 75
    assert result.stdout == ""
    assert "--wait" in result.stderr


def test_wait_ends_when_its_time_is_over(service: Server, run: Run) -> None:
    service.sessions["another-machine"] = "sess-carol"
    result = run("acquire", "--wait", "1.5", "--json")
    assert result.returncode == 75
    assert json.loads(result.stderr) == {
        "error": "NoSeats",
        "code": "no_seats_available",
        "detail": "All 1 seats are taken.",
        "retry_after": 1.0,
    }
    assert service.asked("/api/v1/licenses/acquire") >= 2


def test_a_service_out_of_reach_exits_69(service: Server, run: Run) -> None:
    service.rules.is_down = True
    assert run("acquire").returncode == 69


def test_a_refused_token_exits_77(run: Run) -> None:
    result = run("acquire", CODITECT_TOKEN="expired")
    assert result.returncode == 77
    assert "Sign in again" in result.stderr


def test_a_missing_token_exits_78_and_says_where_it_belongs(run: Run, environment: dict[str, str]) -> None:
    del environment["CODITECT_TOKEN"]
    result = run("acquire")
    assert result.returncode == 78
    assert "CODITECT_TOKEN" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_token_file_is_read(run: Run, environment: dict[str, str], tmp_path: Path) -> None:
    del environment["CODITECT_TOKEN"]
    (tmp_path / "token").write_text(TOKEN + "\n")
    assert run("acquire", "--token-file", str(tmp_path / "token")).returncode == 0
    missing = run("acquire", "--token-file", str(tmp_path / "absent"))
    assert missing.returncode == 78
    assert "absent" in missing.stderr


def test_a_key_that_is_not_trusted_exits_1(run: Run, tmp_path: Path, other_key: SigningKey) -> None:
    (tmp_path / "keys.pem").write_text(other_key.pem)
    result = run("acquire", "--public-keys", str(tmp_path / "keys.pem"))
    assert result.returncode == 1
    assert "does not have" in result.stderr


@pytest.mark.parametrize("arguments", [(), ("frobnicate",), ("run",), ("run", "--"), ("acquire", "--wait", "soon")])
def test_wrong_usage_exits_64_without_a_traceback(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.returncode == 64
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("usage:")


def test_run_holds_a_seat_while_the_command_runs_and_passes_its_exit_code_on(service: Server, run: Run) -> None:
    result = run("run", "--", sys.executable, "-c", "import sys; print('worked'); sys.exit(3)")
    assert (result.stdout, result.returncode) == ("worked\n", 3)
    assert [path for path, _ in service.requests] == [
        "/api/v1/licenses/acquire",
        "/api/v1/keys",
        "/api/v1/licenses/release",
    ]


def test_run_starts_nothing_without_a_seat(service: Server, run: Run, tmp_path: Path) -> None:
    service.sessions["another-machine"] = "sess-carol"
    result = run("run", "--", "touch", str(tmp_path / "started"))
    assert result.returncode == 75
    assert not (tmp_path / "started").exists()


def test_run_of_an_unknown_command_exits_127_and_gives_the_seat_back(service: Server, run: Run) -> None:
    result = run("run", "--", "no-such-command-anywhere")
    assert result.returncode == 127
    assert service.sessions == {}


def test_run_lets_the_command_end_first_when_it_is_told_to_stop(service: Server, environment: dict[str, str]) -> None:
    child = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGTERM, lambda *_: (print('saving', flush=True), sys.exit(5)))\n"
        "print('ready', flush=True)\ntime.sleep(60)"
    )
    with subprocess.Popen(
        [*_COMMAND, "run", "--", sys.executable, "-c", child], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.readline() == "saving\n"
        assert process.wait(30) == 5
    assert service.sessions == {}


def test_run_ends_a_command_whose_session_is_revoked(service: Server, run: Run) -> None:
    service.rules.heartbeat_interval = 1
    beat = service.respond

    def revoke(method: str, path: str, body: dict[str, object], token: str) -> object:
        service.revoked.update(service.sessions.values())
        return beat(method, path, body, token)

    service.respond = revoke  # type: ignore[method-assign,assignment]  # every session is revoked once it is held
    result = run("run", "--", "sleep", "60")
    assert result.returncode == 77
    assert "revoked" in result.stderr


def test_release_leaves_a_seat_that_a_running_process_uses(
    service: Server, environment: dict[str, str], run: Run
) -> None:
    with subprocess.Popen(
        [*_COMMAND, "run", "--", sys.executable, "-c", "print('ready', flush=True); import time; time.sleep(60)"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        assert json.loads(run("release", "--json").stdout) == {"released": False, "reason": "in use"}
        assert len(service.sessions) == 1
        process.terminate()


def test_the_token_never_shows(service: Server, run: Run) -> None:
    results = [run("acquire", "--verbose"), run("status"), run("release", "--verbose")]
    service.rules.is_down = True
    results.append(run("acquire", "--verbose"))
    assert all(TOKEN not in result.stdout + result.stderr for result in results)
