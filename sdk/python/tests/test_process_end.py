"""A process that ends gives its seat back, however it ends (real processes; the service is a stand-in)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import pytest
from service_stand_in import TOKEN, Server

Start = Callable[..., "subprocess.Popen[str]"]

_PROGRAM = """
import os, signal, sys, time
from coditect_license import LicenseClient
{before}
lease = LicenseClient(os.environ["CODITECT_TOKEN"], api_url=sys.argv[1], cache_dir=sys.argv[2]).acquire()
print("held", flush=True)
{after}
"""


@pytest.fixture
def start(service: Server, tmp_path: Path) -> Iterator[Start]:
    """Start a program that takes a seat; returns once it holds it."""
    started: list[subprocess.Popen[str]] = []

    def run(*, before: str = "", after: str = "time.sleep(60)") -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(before=before, after=after), service.url, str(tmp_path)],
            env={**os.environ, "CODITECT_TOKEN": TOKEN},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n", process.communicate()[1]
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def test_a_normal_exit_gives_the_seat_back(service: Server, start: Start) -> None:
    assert start(after="").wait(30) == 0
    assert service.sessions == {}


def test_an_uncaught_exception_gives_the_seat_back(service: Server, start: Start) -> None:
    assert start(after="1 / 0").wait(30) == 1
    assert service.sessions == {}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_seat_back_and_still_ends_the_process_as_it_always_did(
    service: Server, start: Start, number: signal.Signals
) -> None:
    # Under nohup SIGHUP is ignored, and what a test starts would inherit that.
    process = start(before=f"signal.signal({int(number)}, signal.SIG_DFL)")
    process.send_signal(number)
    assert process.wait(30) == -number
    assert service.sessions == {}


def test_ctrl_c_gives_the_seat_back_and_raises_keyboard_interrupt(service: Server, start: Start) -> None:
    # A shell starts what it puts into the background with SIGINT ignored, and tests may run there.
    process = start(before="signal.signal(signal.SIGINT, signal.default_int_handler)")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert "KeyboardInterrupt" in errors
    assert service.sessions == {}


def test_the_application_s_own_handler_still_runs_after_the_seat_is_given_back(service: Server, start: Start) -> None:
    # Not print: the signal may come while the program is still inside its own print, which no handler may enter.
    handler = "signal.signal(signal.SIGTERM, lambda *_: (os.write(1, b'mine\\n'), os._exit(7)))"
    process = start(before=handler)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert (output, process.returncode) == ("mine\n", 7)
    assert service.sessions == {}


def test_a_handler_that_reads_settings_anew_on_sighup_keeps_its_seat(service: Server, start: Start) -> None:
    process = start(before="signal.signal(signal.SIGHUP, lambda *_: os.write(1, b'read anew\\n'))")
    process.send_signal(signal.SIGHUP)
    assert process.stdout is not None
    assert process.stdout.readline() == "read anew\n"
    assert len(service.sessions) == 1


def test_an_ignored_signal_stays_ignored(service: Server, start: Start) -> None:
    process = start(before="signal.signal(signal.SIGHUP, signal.SIG_IGN)")
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.5)
    assert len(service.sessions) == 1


def test_a_forked_child_does_not_give_its_parent_s_seat_back(service: Server, start: Start) -> None:
    process = start(after="os.fork() or sys.exit(); os.wait(); print('child gone', flush=True); time.sleep(60)")
    assert process.stdout is not None
    assert process.stdout.readline() == "child gone\n"
    assert len(service.sessions) == 1


def test_a_signal_does_not_hang_on_a_service_that_does_not_answer(service: Server, start: Start) -> None:
    process = start()
    service.shutdown()  # the system goes on taking connections for it, and nobody reads them
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == -signal.SIGTERM


def test_a_killed_process_leaves_the_seat_to_the_next_one_on_the_machine(service: Server, start: Start) -> None:
    process = start()
    process.kill()
    process.wait(30)
    session = dict(service.sessions)
    start()
    assert service.sessions == session


def test_the_last_process_of_a_machine_gives_the_seat_back(service: Server, start: Start) -> None:
    first, second = start(), start()
    first.terminate()
    first.wait(30)
    assert len(service.sessions) == 1
    second.terminate()
    second.wait(30)
    assert service.sessions == {}
