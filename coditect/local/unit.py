"""One supervised process: started, watched, restarted with back-off, ended."""

import threading
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from coditect.local.process import StartError
from explained import ExplainedError
from explained.machine import explanation

_POLL_S = 0.1
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
# Whoever ran this long did not fail because of how it was started.
_STEADY_S = 60.0


class State(StrEnum):
    """What `status` shows."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


class Server(Protocol):
    """Something that can be started and ended. `start` returns when it serves, or raises StartError.

    why_ended: of a process that is gone, for a person; the first line says it all.
    """

    @property
    def pid(self) -> int: ...
    @property
    def is_running(self) -> bool: ...
    @property
    def log(self) -> Path: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self) -> None: ...
    def why_ended(self) -> str: ...


class Unit:
    """Keeps one server running on a thread of its own.

    What failed stays FAILED, with the reason in `problem`, while it is tried again, until it serves.

    is_alive: asked every `period_s`; after `failures` answers of no, the server is killed and started again.
    said: told one line whenever something happens that a person should know.
    changed: called after every change of state. restarts: those that nobody asked for.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        said: Callable[[str], None],
        changed: Callable[[], None],
        is_alive: Callable[[], bool] | None = None,
        period_s: float = 10,
        failures: int = 3,
    ) -> None:
        self.name = name
        self.server = server
        self.state = State.STOPPED
        self.problem = ""
        self.restarts = 0
        self.ready_after_s: float | None = None
        self._said = said
        self._changed = changed
        self._is_alive = is_alive
        self._period_s = period_s
        self._failures = failures
        self._ending = threading.Event()
        self._again = threading.Event()
        self._settled = threading.Event()
        self._successor: tuple[Server, Callable[[], bool] | None, float] | None = None
        self._held = ""
        self._thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start in the background."""
        self._ending.clear()
        self._settled.clear()
        self._thread = threading.Thread(target=self._keep, name=self.name, daemon=True)
        self._thread.start()

    def wait_ready(self, timeout_s: float = 90) -> None:
        """Return when it serves. Raises StartError when its first start failed or took longer."""
        if not self.is_settled(timeout_s):
            raise StartError(f"{self.name} was not ready after {timeout_s:.0f} s. See {self.server.log}.")
        if self.state is not State.READY:
            raise StartError(self.problem)

    def is_settled(self, timeout_s: float) -> bool:
        """Whether its first start succeeded or failed within that time."""
        return self._settled.wait(timeout_s)

    def restart(self) -> None:
        """End it as it declares and start it again, in the background; what failed is not waited for."""
        self._again.set()

    @property
    def asks(self) -> bool:
        """Whether it asks its server if it is alive."""
        return self._is_alive is not None

    def succeed(self, server: Server, *, is_alive: Callable[[], bool] | None, ready_after_s: float) -> None:
        """Watch another server, which serves already, from now on, and end the former one in the background.

        ready_after_s: what its start took.
        """
        self._successor = (server, is_alive, ready_after_s)
        self._again.set()
        if self.state is not State.READY:
            self.server.kill()  # its start would go on

    def hold(self, problem: str) -> None:
        """End it, and leave it failed for that reason until it is told to start again or has a successor."""
        self._held = problem
        self._again.set()
        if self.state is not State.READY:
            self.server.kill()

    def end(self) -> None:
        """End it for good. Idempotent."""
        self._ending.set()
        if self.state is not State.READY:
            self.server.kill()
        self.server.stop()
        if self._successor:
            self._successor[0].stop()
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(5)
        self._become(State.STOPPED)

    def _keep(self) -> None:
        pause = _FIRST_PAUSE_S
        while not self._ending.is_set():
            self._again.clear()
            self._rest_while_held()
            if self._ending.is_set():
                return
            if self.state is not State.FAILED:
                self._become(State.STARTING)
            begun = time.monotonic()
            problem = self._start()
            if self._ending.is_set():
                return
            if problem and self._again.is_set():
                continue
            if not problem:
                self._become(State.READY)
                self._settled.set()
                problem = self._watch()
                if self._ending.is_set():
                    return
                if self._again.is_set():
                    self.server.stop()
                    continue
                self.server.kill()
                if time.monotonic() - begun > _STEADY_S:
                    pause = _FIRST_PAUSE_S
            self._fail(problem, pause)
            self._settled.set()
            self._rest(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)
            self.restarts += 1

    def _start(self) -> str:
        """Start the server, or take the one that serves already. Returns why it does not serve; empty if it does."""
        if self._successor:
            (self.server, self._is_alive, self.ready_after_s), self._successor = self._successor, None
            return ""
        begun = time.monotonic()
        try:
            self.server.start()
        except ExplainedError as error:
            return str(error)
        except OSError as error:
            return f"{self.name} did not start. {explanation(error) or error}"
        self.ready_after_s = time.monotonic() - begun
        return ""

    def _fail(self, problem: str, pause_s: float) -> None:
        """Tell a reason once, and of the same one again that it is so."""
        is_known = _first_line(problem) == _first_line(self.problem)
        self._become(State.FAILED, problem)
        if not is_known:
            cause, _, log = problem.partition("\n")
            self._said(f"{cause} Starting it again in {pause_s:.1f} s.{chr(10) if log else ''}{log}")

    def _rest_while_held(self) -> None:
        if self._held:
            self._become(State.FAILED, self._held)
            self._held = ""
            self._settled.set()
            while not self._again.is_set() and not self._ending.wait(_POLL_S):
                pass
            self._again.clear()

    def _rest(self, seconds: float) -> None:
        """A pause that an order ends."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._again.is_set():
            if self._ending.wait(_POLL_S):
                return

    def _watch(self) -> str:
        """Return why the server must be started again."""
        asked, failed = time.monotonic(), 0
        while not self._ending.wait(_POLL_S):
            if self._again.is_set():
                return "was told to start again"
            if not self.server.is_running:
                return f"{self.name} {self.server.why_ended()}"
            if self._is_alive and time.monotonic() - asked >= self._period_s:
                asked = time.monotonic()
                failed = 0 if self._is_alive() else failed + 1
                if failed >= self._failures:
                    return f"{self.name} failed its liveness check {failed} times."
        return "was told to end"

    def _become(self, state: State, problem: str = "") -> None:
        self.state, self.problem = state, problem
        self._changed()


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
