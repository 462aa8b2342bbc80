"""Envoy as this platform's load balancer: its files, its process, and what its administration tells."""

import http.client
import json
import shutil
import socket
import threading
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from coditect.graph.values import Json, items, lookup, text
from coditect.local.edge.armor import armor
from coditect.local.edge.authority import Authority, Leaf
from coditect.local.edge.bootstrap import bootstrap, terminator
from coditect.local.edge.declared import Edge
from coditect.local.edge.endpoints import End, write_ends
from coditect.local.edge.routes import CONSOLE, CONSOLE_HOST, route_table
from coditect.local.edge.typed import resources
from coditect.local.layout import Layout, write_private
from coditect.local.plain_server import PlainServer
from coditect.local.process import StartError

_ADMIN_TIMEOUT_S = 2.0


class EdgeProxy:
    """The edge's Envoy. `write` first, then start `server`."""

    def __init__(
        self,
        edge: Edge,
        *,
        layout: Layout,
        authority: Authority,
        https_port: int,
        http_port: int,
        console_port: int,
    ) -> None:
        self.edge = edge
        self._console_port = console_port
        self.https_port = https_port
        self.http_port = http_port
        self._directory = layout.edge
        self._layout = layout
        self._authority = authority
        self._changing = threading.Lock()
        self._delays_s: dict[str, float] = {}
        self._ends: dict[str, Sequence[End]] = {}
        self._cut_off: set[str] = set()
        self.server = _envoy("edge", self._directory, layout)

    def write(self) -> None:
        """Write everything but the endpoints, which begin empty."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        certificates = {name: self._authority.leaf(name, hosts) for name, hosts in self.edge.certificates.items()}
        configuration = bootstrap(
            self.edge,
            https_port=self.https_port,
            http_port=self.http_port,
            certificates=certificates,
            directory=self._directory,
            access_log=self._layout.access_log,
            console_port=self._console_port,
            console_certificate=self._authority.leaf(CONSOLE, [CONSOLE_HOST]),
        )
        write_private(self._directory / "envoy.json", json.dumps(configuration))
        with self._changing:
            self._ends = {}
            self._write_routes()
            for backend in self.edge.backends:
                self._write_ends(backend.service)

    def delay(self, service: str, seconds: float) -> None:
        """Make a service's requests wait, for fault tests; 0 for no more. Other services' go on as they are."""
        with self._changing:
            self._delays_s[service] = seconds
            self._write_routes()

    def cut_off(self, service: str) -> None:
        """Reach none of a service's ports, whatever is sent to it, until it is joined."""
        with self._changing:
            self._cut_off.add(service)
            self._write_ends(service)

    def join(self, service: str) -> None:
        """Reach the ports that were sent to last."""
        with self._changing:
            self._cut_off.discard(service)
            self._write_ends(service)

    def send(self, service: str, ends: Sequence[End]) -> None:
        """Send a service's requests to these ports from now on."""
        with self._changing:
            self._ends[service] = ends
            self._write_ends(service)

    def wait_taken(self, service: str, port: int, *, timeout_s: float) -> None:
        """Return when every backend of the service holds that port for healthy. Raises StartError."""
        deadline = time.monotonic() + timeout_s
        while not self.is_taken(service, port):
            if time.monotonic() > deadline:
                raise StartError(f"The edge's health check of {service} did not pass within {timeout_s:.0f} s.")
            time.sleep(0.05)

    def is_taken(self, service: str, port: int) -> bool:
        """Whether every backend of the service holds that port for healthy."""
        return all(self._is_healthy(b.name, port) for b in self.edge.backends if b.service == service)

    def active(self, service: str, port: int) -> int:
        """Requests that a port still answers."""
        names = {backend.name for backend in self.edge.backends if backend.service == service}
        return sum(_gauge(host, "rq_active") for name, host in self._hosts() if name in names and _port(host) == port)

    def not_said(self) -> tuple[str, ...]:
        """What the graph declares of the edge and Envoy does not do."""
        rules = {said: None for backend in self.edge.backends for said in armor(backend.rules).not_said}
        return (*self.edge.not_said, *(f"Cloud Armor: {rule}" for rule in rules))

    def _write_routes(self) -> None:
        table = route_table(self.edge, delays_s=self._delays_s)
        write_private(self._directory / "routes.json", json.dumps(resources(table)))

    def _write_ends(self, service: str) -> None:
        ends = () if service in self._cut_off else self._ends.get(service, ())
        for backend in self.edge.backends:
            if backend.service == service:
                write_ends(self._directory, backend.name, ends)

    def _is_healthy(self, backend: str, port: int) -> bool:
        return any(name == backend and _port(host) == port and _is_up(host) for name, host in self._hosts())

    def _hosts(self) -> list[tuple[str, Json]]:
        told = json.loads(_admin(self._directory / "admin.sock", "/clusters?format=json") or "{}")
        return [
            (text(cluster, "name"), host)
            for cluster in items(told, "cluster_statuses")
            for host in items(cluster, "host_statuses")
        ]


def tls_terminator(
    name: str, *, listen: int, forward: int, certificate: Leaf, min_tls: str, layout: Layout
) -> PlainServer:
    """An Envoy that only ends TLS in front of a loopback port."""
    directory = layout.run / name
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    configuration = terminator(
        listen=listen, forward=forward, certificate=certificate, min_tls=min_tls, directory=directory
    )
    write_private(directory / "envoy.json", json.dumps(configuration))
    return _envoy(name, directory, layout, threads=1)


def _envoy(name: str, directory: Path, layout: Layout, *, threads: int = 2) -> PlainServer:
    command = [_program(), "--config-path", str(directory / "envoy.json"), "--concurrency", str(threads)]
    # Hot restart would share memory by a number that two platforms on one machine could both choose.
    command += ["--disable-hot-restart", "--log-level", "warning", "--file-flush-interval-msec", "500"]
    admin = directory / "admin.sock"
    return PlainServer(
        name,
        command,
        log=layout.log(name),
        is_ready=lambda: _admin(admin, "/ready").strip() == "LIVE",
        environment={},
    )


def _program() -> str:
    found = find_spec("envoy")
    beside = Path(found.origin).parent / "_bin" / "envoy" if found and found.origin else None
    program = str(beside) if beside and beside.exists() else shutil.which("envoy")
    if program is None:
        raise StartError("There is no Envoy. Install the locked tools, which carry one: make setup.")
    return program


def _admin(path: Path, asked: str) -> str:
    """What the administration socket answers; empty when nothing listens."""
    connection = http.client.HTTPConnection("admin", timeout=_ADMIN_TIMEOUT_S)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(_ADMIN_TIMEOUT_S)
    try:
        connection.sock.connect(str(path))
        connection.request("GET", asked)
        return connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def _port(host: Json) -> int:
    port = lookup(host, "address", "socket_address", "port_value")
    return port if isinstance(port, int) else 0


def _is_up(host: Json) -> bool:
    status = lookup(host, "health_status")
    failed = ("failed_active_health_check", "pending_active_hc", "failed_outlier_check")
    return text(status, "eds_health_status") in ("HEALTHY", "UNKNOWN") and not any(
        lookup(status, name) for name in failed
    )


def _gauge(host: Json, name: str) -> int:
    for stat in items(host, "stats"):
        if text(stat, "name") == name:
            return int(str(lookup(stat, "value") or 0))
    return 0
