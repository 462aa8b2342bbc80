"""HTTP servers under measurement: granian for Django as we serve it, gunicorn for the specification's own design."""

import http.client
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from coditect.local.process import LOOPBACK, ServerProcess, StartError, free_port

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Workers:
    """How many worker processes, and how many threads each runs views on."""

    processes: int = 2
    threads: int = 32


@dataclass(frozen=True, kw_only=True)
class Served:
    """A server that answers. pid: of the process whose children work."""

    port: int
    pid: int


@contextmanager
def granian(
    application: str, *, workers: Workers, state_dir: Path, environment: Mapping[str, str], ready: str
) -> Iterator[Served]:
    """Serve a WSGI application. ready: a path that answers below 500 once it serves."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--http", "1", "--no-ws"),
        *("--host", LOOPBACK, "--port", str(port), "--log-level", "warning"),
        *("--workers", str(workers.processes), "--blocking-threads", str(workers.threads)),
        application,
    ]
    with _serving(command, port=port, state_dir=state_dir, environment=environment, ready=ready) as served:
        yield served


@contextmanager
def gunicorn(
    application: str, *, workers: Workers, state_dir: Path, environment: Mapping[str, str], ready: str
) -> Iterator[Served]:
    """As `granian`, with gunicorn's threaded workers (its plain ones close every connection after one reply)."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--keep-alive", "60"),
        *("--bind", f"{LOOPBACK}:{port}", "--log-level", "warning"),
        *("--workers", str(workers.processes), "--threads", str(workers.threads)),
        application,
    ]
    with _serving(command, port=port, state_dir=state_dir, environment=environment, ready=ready) as served:
        yield served


@contextmanager
def _serving(
    command: Sequence[str], *, port: int, state_dir: Path, environment: Mapping[str, str], ready: str
) -> Iterator[Served]:
    state_dir.mkdir(parents=True, exist_ok=True)
    process = ServerProcess(
        command,
        log=state_dir / "server.log",
        environment={"PATH": _path(), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **environment},
    )
    try:
        process.wait_ready(lambda: _answers(port, ready), name=command[2])
        yield Served(port=port, pid=process.pid)
    finally:
        process.stop()


def _answers(port: int, path: str) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except OSError:
        return False
    finally:
        connection.close()
    if status >= 500:
        raise StartError(f"The server answers {status} to GET {path}: look at its log.")
    return True


def _path() -> str:
    return str(Path(shutil.which("env") or "/usr/bin/env").parent)
