"""A server that no pod declares: Envoy, the stand-in of Cloud KMS, stand-ins of third parties."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from coditect.local.layout import REPOSITORY
from coditect.local.process import ServerProcess, StartError


class PlainServer:
    """A command, its log, and how to see that it serves."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        log: Path,
        is_ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._is_ready = is_ready
        self._environment = environment
        self._process: ServerProcess | None = None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise StartError(f"{self.name} has not been started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    def start(self) -> None:
        """Start and wait until it serves. Raises StartError with the end of the log."""
        self.kill()
        self._process = ServerProcess(self._command, log=self.log, environment=self._environment, directory=REPOSITORY)
        self._process.wait_ready(self._is_ready, name=self.name)

    def stop(self) -> None:
        """SIGTERM, then SIGKILL. Idempotent."""
        if self._process:
            self._process.stop(timeout_s=10)
            self._process.kill_all()

    def kill(self) -> None:
        """SIGKILL to the process and all it started."""
        if self._process:
            self._process.kill_all()

    def why_ended(self) -> str:
        """How it ended, the likely cause, and below that the end of its log."""
        return self._process.why_ended() if self._process else "has not been started"
