"""A platform that `coditect up` runs from a state directory of its own, as a test sees it: from outside."""

import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from psycopg import Connection, connect

from coditect.graph.values import Json, items, lookup, text
from coditect.local.control import ask
from coditect.local.layout import REPOSITORY
from coditect.local.process import LOOPBACK

START_S = 180.0
_SOURCES = ("apps", "charts", "coditect", "infra", "locks", "stacks", "Pulumi.yaml")
_POLL_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the edge answered. status 0: nothing, because the connection was refused or broken."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Json:
        found: Json = json.loads(self.body)
        return found


class RunningPlatform:
    """Started with the command line, and asked over its own sockets."""

    def __init__(self, state: Path, *, repository: Path = REPOSITORY, arguments: tuple[str, ...] = ()) -> None:
        self.state = state
        self._repository = repository
        self._arguments = arguments
        self.log = state.with_name(f"{state.name}.up.log")
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def supervisor(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def start(self) -> None:
        """Start, and return when every process is ready and every address answers."""
        self.begin()
        self.wait_until_ready(START_S)

    def __enter__(self) -> Self:
        """Started; ended at the end of the block, and also where it does not start."""
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """As somebody does who is done with it; returns when all is over."""
        self.run("down")
        self.supervisor.wait(60)

    def begin(self) -> None:
        """Start, and return at once."""
        with self.log.open("wb") as log:
            command = [sys.executable, "-m", "coditect", "up", "--state", str(self.state), *self._arguments]
            self._process = subprocess.Popen(command, cwd=self._repository, stdout=log, stderr=log)

    def wait_until_ready(self, limit_s: float) -> None:
        deadline = time.monotonic() + limit_s
        while True:
            if self.supervisor.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The platform did not become ready.\n{self.log.read_text()[-6000:]}")
            # The socket is there before this line is.
            if "Ready after" in self.log.read_text() and self.states() == {"ready"}:
                return
            time.sleep(_POLL_S)

    def wait_until_said(self, words: str, *, limit_s: float = START_S, times: int = 1) -> None:
        """Return when `up` has said that, so many times."""
        deadline = time.monotonic() + limit_s
        while self.log.read_text().count(words) < times:
            if self.supervisor.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"It never said {words!r}.\n{self.log.read_text()[-6000:]}")
            time.sleep(_POLL_S)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `coditect` command on this platform."""
        command, *rest = arguments
        return subprocess.run(
            [sys.executable, "-m", "coditect", command, "--state", str(self.state), *rest],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "COLUMNS": "400"},
        )

    def status(self) -> Json:
        return ask(self.state / "control.sock", "status")

    def states(self) -> set[str]:
        return {text(process, "state") for process in items(self.status(), "processes")}

    def processes(self) -> dict[str, int]:
        """Process ids by name."""
        return {
            text(process, "name"): int(str(lookup(process, "pid"))) for process in items(self.status(), "processes")
        }

    @property
    def authority(self) -> Path:
        return self.state / "authority" / "ca.pem"

    @property
    def password(self) -> str:
        return (self.state / "secrets" / "demonstration-password").read_text()

    def database(self) -> Connection:
        """The applications' database, as the superuser."""
        password = (self.state / "postgres" / "superuser-password").read_text()
        return connect(
            host=LOOPBACK,
            port=self.port("postgres"),
            dbname="coditect",
            user="postgres",
            password=password,
            autocommit=True,
        )

    def port(self, name: str) -> int:
        return int(json.loads((self.state / "ports.json").read_text())[name])

    def ask(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        body: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        sni: str | None = None,
        timeout_s: float = 10,
    ) -> Reply:
        """One request through the edge, on a connection of its own."""
        context = ssl.create_default_context(cafile=str(self.authority))
        connection = http.client.HTTPConnection(LOOPBACK, self.port("https"), timeout=timeout_s)
        try:
            plain = socket.create_connection((LOOPBACK, self.port("https")), timeout=timeout_s)
            connection.sock = context.wrap_socket(plain, server_hostname=sni or host)
            content = json.dumps(body) if body is not None else None
            sent = {"Host": host, **({"Content-Type": "application/json"} if content else {}), **(headers or {})}
            connection.request(method, path, body=content, headers=sent)
            answer = connection.getresponse()
            return Reply(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
        except (OSError, http.client.HTTPException):
            return Reply(status=0, headers={}, body=b"")
        finally:
            connection.close()

    def sign_in(self, email: str) -> str:
        """An access token."""
        site = urlsplit(self.first_address("gateway-backend")).hostname or ""
        answer = self.ask(site, "/api/auth/login", method="POST", body={"email": email, "password": self.password})
        assert answer.status == 200, answer.body
        return text(answer.json(), "access_token")

    def first_address(self, service: str) -> str:
        return next(
            text(row, "address") for row in items(self.status(), "addresses") if text(row, "service") == service
        )

    def access_log(self) -> list[Json]:
        """Every request that the edge has logged so far."""
        return [json.loads(line) for line in (self.state / "logs" / "access.json").read_text().splitlines()]


def copied_repository(into: Path) -> Path:
    """A copy of what the platform runs from, whose files a test may change."""
    for name in _SOURCES:
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, into / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, into)
    return into
