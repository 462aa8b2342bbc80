"""One pod's process: started with its files, ready when its declared probe says so."""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from coditect.local.declared import Probe
from coditect.local.launch import Launch, place_files
from coditect.local.layout import Layout
from coditect.local.probing import Wrong, probe
from coditect.local.process import ServerProcess, StartError
from coditect.local.secret_values import SecretStore

_START_LIMIT_S = 60.0
# How long the same wrong answer is taken for a start that is not over: another status than these comes by itself.
_REFUSED_S, _BROKEN_S = 3.0, 20.0
# Whoever has no probe counts as ready when it has run so long, and longer if it ended soon after its last start.
_PROVEN_S, _PROVEN_AGAIN_S = 1.5, 5.0
# Whoever ran this long did not end because of how it was started.
_STEADY_S = 10.0


class PodServer:
    """A process of a declared pod.

    name: of this replica. place: whose directory, ports and process file it has; its name's own unless a second one
    of that name starts beside the first.
    """

    def __init__(
        self, name: str, launch: Launch, *, layout: Layout, store: SecretStore, place: str | None = None
    ) -> None:
        self.name = name
        self.launch = launch
        self.log = layout.log(name)
        self._place = place or name
        self._layout = layout
        self._store = store
        self._process: ServerProcess | None = None
        self._wrong: Wrong | None = None
        self._is_told_to_end = False
        self._begun = float("-inf")

    @property
    def pid(self) -> int:
        if self._process is None:
            raise StartError(f"{self.name} has not been started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    def start(self) -> None:
        """Start, and wait for as many answers of the readiness probe as are declared. Raises StartError.

        The declared delay and period are a cluster's, where images are pulled; here the probe is asked at once.
        """
        has_failed = not self._is_told_to_end and not self.is_running and time.monotonic() - self._begun < _STEADY_S
        self.kill()  # what a dead process left behind would hold its ports
        self._is_told_to_end = False
        self._begun = time.monotonic()
        place_files(self.launch.pod, name=self._place, layout=self._layout, store=self._store)
        program = Path(self.launch.command[0])
        if not program.exists():
            raise StartError(
                f"{self.name} runs {program.name}, which is not installed in {program.parent}. "
                "Mend its command, or run `make setup`."
            )
        self._process = ServerProcess(
            self.launch.command,
            log=self.log,
            environment=self.launch.environment,
            directory=self.launch.directory,
            remembered=self._layout.log(self._place).with_suffix(".process"),
        )
        is_ready = self._is_proven(has_failed) if self.launch.pod.readiness is None else self._readiness()
        self._process.wait_ready(is_ready, name=self.name, timeout_s=_START_LIMIT_S, lacks=self.lacks)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after the declared grace period. Idempotent."""
        self._is_told_to_end = True
        if self._process:
            self._process.stop(timeout_s=self.launch.pod.grace_s)
            self._process.kill_all()

    def kill(self) -> None:
        """SIGKILL to the whole pod."""
        if self._process:
            self._process.kill_all()

    def is_alive(self) -> bool:
        """Whether the liveness probe answers now; True where none is declared."""
        self._wrong = self._asks(self.launch.pod.liveness, "liveness")
        return self._wrong is None

    def is_ready(self, *, within_s: float) -> bool:
        """Whether the readiness probe answers now; True where none is declared."""
        declared = self.launch.pod.readiness
        if declared is None:
            return True
        return self._asks(replace(declared, timeout_s=min(declared.timeout_s, within_s)), "readiness") is None

    def lacks(self) -> str:
        """What was wrong with the last answer to a probe; empty where nothing was."""
        return self._wrong.said if self._wrong else ""

    def why_ended(self) -> str:
        """How it ended, the likely cause, and below that the end of its log."""
        return self._process.why_ended() if self._process else "has not been started"

    def _readiness(self) -> Callable[[], bool]:
        declared = self.launch.pod.readiness
        answered, status, since = 0, 0, time.monotonic()

        def is_ready() -> bool:
            nonlocal answered, status, since
            self._wrong = self._asks(declared, "readiness")
            answered = 0 if self._wrong else answered + 1
            now = self._wrong.status if self._wrong else 0
            if now != status:
                status, since = now, time.monotonic()
            patience = _BROKEN_S if status >= 500 else _REFUSED_S  # a status, as HTTP classes them
            if status and time.monotonic() - since > patience and self._process:
                told, reason = self._process.log_end(), self._process.last_reason()
                self.kill()
                raise StartError(f"{self.name} {self.lacks()}{f': {reason}' if reason else ''}.\n{told}")
            return answered >= (declared.success_threshold if declared else 1)

        return is_ready

    def _is_proven(self, has_failed: bool) -> Callable[[], bool]:
        """Nothing asks whether it serves: who has run for a while is believed, as an import error ends it sooner."""
        believed = time.monotonic() + (_PROVEN_AGAIN_S if has_failed else _PROVEN_S)
        return lambda: time.monotonic() >= believed and self.is_running

    def _asks(self, declared: Probe | None, kind: str) -> Wrong | None:
        if declared is None:
            return None
        # A stand-in has one port whatever the image would open, and answers every path.
        port = self.launch.local_port(declared.port)
        return probe(port, declared.path, host=declared.host, timeout_s=declared.timeout_s, kind=kind)
