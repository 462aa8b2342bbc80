"""One pod's process: started with its files, ready when its declared probe says so."""

import http.client
import socket
from collections.abc import Callable

from coditect.local.declared import Probe
from coditect.local.launch import Launch, place_files
from coditect.local.layout import Layout
from coditect.local.process import LOOPBACK, ServerProcess, StartError
from coditect.local.secret_values import SecretStore

_START_LIMIT_S = 60.0


class PodServer:
    """A process of a declared pod. name: of this replica."""

    def __init__(self, name: str, launch: Launch, *, layout: Layout, store: SecretStore) -> None:
        self.name = name
        self.launch = launch
        self.log = layout.log(name)
        self._layout = layout
        self._store = store
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
        """Start, and wait for as many answers of the readiness probe as are declared. Raises StartError.

        The declared delay and period are a cluster's, where images are pulled; here the probe is asked at once.
        """
        self.kill()  # what a dead process left behind would hold its ports
        place_files(self.launch.pod, name=self.name, layout=self._layout, store=self._store)
        self._process = ServerProcess(
            self.launch.command, log=self.log, environment=self.launch.environment, directory=self.launch.directory
        )
        self._process.wait_ready(self._readiness(), name=self.name, timeout_s=_START_LIMIT_S)

    def stop(self) -> None:
        """SIGTERM, and SIGKILL after the declared grace period. Idempotent."""
        if self._process:
            self._process.stop(timeout_s=self.launch.pod.grace_s)
            self._process.kill_all()

    def kill(self) -> None:
        """SIGKILL to the whole pod."""
        if self._process:
            self._process.kill_all()

    def is_alive(self) -> bool:
        """Whether the liveness probe answers now; True where none is declared."""
        return self._asks(self.launch.pod.liveness)

    def log_end(self) -> str:
        return self._process.log_end() if self._process else ""

    def _readiness(self) -> Callable[[], bool]:
        probe = self.launch.pod.readiness
        answered = 0

        def is_ready() -> bool:
            nonlocal answered
            answered = answered + 1 if self._asks(probe) else 0
            return answered >= (probe.success_threshold if probe else 1)

        return is_ready

    def _asks(self, probe: Probe | None) -> bool:
        if probe is None:
            return True
        # A stand-in has one port whatever the image would open, and answers every path.
        return answers(self.launch.local_port(probe.port), probe.path, host=probe.host, timeout_s=probe.timeout_s)


def answers(port: int, path: str | None, *, timeout_s: float, host: str = "") -> bool:
    """What the kubelet's probe does: a status from 200 to 399, or for no path a connection."""
    try:
        if path is None:
            socket.create_connection((LOOPBACK, port), timeout=timeout_s).close()
            return True
        connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout_s)
        try:
            connection.request(
                "GET", path, headers={"User-Agent": "kube-probe/local", **({"Host": host} if host else {})}
            )
            return 200 <= connection.getresponse().status < 400
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return False
