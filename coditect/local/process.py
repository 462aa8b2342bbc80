"""What every local server shares: a free port, a process with a log, readiness, and an end by process id."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from coditect.local.causes import ending, last_reason, last_words, likely_cause
from coditect.local.running import remember, signal_group
from explained import ExplainedError

LOOPBACK = "127.0.0.1"
_POLL_S = 0.02
_LOG_LINES = 15
_LOG_WIDTH = 200
_LOG_BYTES = 64 * 1024


class StartError(ExplainedError):
    """A local server could not be started, or did not become ready. The message holds the end of its log."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """The operating-system account a server runs as, when the launcher is root and the server refuses to be."""

    name: str
    uid: int
    gid: int


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def free_port() -> int:
    """A TCP port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


def begin_log(log: Path) -> None:
    """An empty log that only this user reads. A server of another account writes to it all the same, as inherited."""
    log.touch(mode=0o600)
    log.chmod(0o600)
    log.write_text("")


class ServerProcess:
    """One server process: started with its output in a log file, waited for, and ended by its id.

    The id stands in a file beside the log, or in `remembered`, so that whoever comes after a killed launcher can end
    the server. Raises StartError when the program is not there.

    The server gets a session of its own: Ctrl-C in the launcher's terminal must reach the launcher alone, which then
    stops its servers in order.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        account: Account | None = None,
        directory: Path = Path("/"),
        remembered: Path | None = None,
    ) -> None:
        self._log = log
        self._is_gone = False
        log.touch(mode=0o600)
        with log.open("ab") as output:
            # Many programs write no time before they log properly: these lines, and a traceback, are of this start.
            output.write(f"{json.dumps({'timestamp': _now(), 'level': 'INFO', 'message': 'starting'})}\n".encode())
            output.flush()
            self._logged = output.tell()  # what stands before it is of an earlier process
            try:
                self._process = subprocess.Popen(  # noqa: S603 - the command is the launcher's own, without a shell
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    env=None if environment is None else dict(environment),
                    cwd=directory,
                    start_new_session=True,
                    user=account.uid if account else None,
                    group=account.gid if account else None,
                    extra_groups=[] if account else None,
                )
            except (FileNotFoundError, PermissionError) as error:
                raise StartError(f"{command[0]} cannot be run: {error.strerror}.") from None
        remember(remembered or log.with_suffix(".process"), self._process.pid)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    @property
    def status(self) -> int | None:
        """The exit status; None while it runs."""
        return self._process.poll()

    def wait_ready(
        self, is_ready: Callable[[], bool], *, name: str, timeout_s: float = 30, lacks: Callable[[], str] = str
    ) -> None:
        """Return as soon as `is_ready`. Raises StartError when the process ends or the time is over.

        lacks: in words, why it is not ready yet.
        """
        deadline = time.monotonic() + timeout_s
        while not is_ready():
            if not self.is_running:
                raise StartError(f"{name} {self.why_ended()}")
            if time.monotonic() > deadline:
                self.kill()
                why = f": it {lacks()}" if lacks() else ""
                raise StartError(f"{name} was not ready after {timeout_s:.0f} s{why}.\n{self.log_end()}")
            time.sleep(_POLL_S)

    def why_ended(self) -> str:
        """How it ended and the likely cause, in one line; below it the end of its log, unless a signal killed it."""
        if self.status is not None and self.status < 0:
            return f"{ending(self.status)}."
        cause = likely_cause(self._told())
        return f"{ending(self.status)}{f': {cause}' if cause else ''}.\n{self.log_end()}"

    def stop(self, *, with_signal: signal.Signals = signal.SIGTERM, timeout_s: float = 20) -> None:
        """Ask the process to end; kill it when it does not within `timeout_s`. Idempotent."""
        if not self.is_running:
            return
        self._process.send_signal(with_signal)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """SIGKILL, as a lost machine would look to clients. Idempotent."""
        if self.is_running:
            os.kill(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_all(self) -> None:
        """SIGKILL to the process and to what it started, as when a machine takes a whole pod away. Idempotent."""
        if self._is_gone:  # by now its id may be another's
            return
        signal_group(self._process.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
            self._is_gone = True

    def last_reason(self) -> str:
        """What it said last of why it is not ready; empty where it said nothing."""
        return last_reason(self._told())

    def log_end(self) -> str:
        """The lines of its log that tell most, below the name of the file."""
        lines = last_words(self._told(), count=_LOG_LINES)
        if not lines:
            return f"It wrote nothing to {self._log}."
        return f"The end of {self._log}:\n" + "\n".join(f"  {line[:_LOG_WIDTH]}" for line in lines)

    def _told(self) -> str:
        with self._log.open("rb") as stream:
            end = stream.seek(0, os.SEEK_END)
            begin = self._logged if self._logged <= end else 0  # Redis and PostgreSQL begin their file anew
            stream.seek(max(begin, end - _LOG_BYTES))
            return stream.read().decode(errors="replace")
