"""The HTTP server of a stand-in: routes, JSON logs, a header that names it, an orderly end. Standard library alone.

A stand-in is small and slow on purpose: a dozen of them must fit beside the platform on one machine.
"""

import json
import logging
import re
import signal
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlsplit

from coditect.graph.values import Json
from coditect.local.process import LOOPBACK
from coditect.local.standins.request_body import BadBody, read_body

HEADER = "X-Stand-In"
NOT_ON_LOOPBACK = f"This stand-in answers to {LOOPBACK} and localhost, and to no other name."
_IDLE_S = 120.0
_ON_LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d+)?", re.IGNORECASE)
# The edge's and the supervisor's own checks come every few seconds.
_PROBERS = ("Envoy/HC", "kube-probe/")

logger = logging.getLogger("standin")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. path_values: what a route's named groups matched. headers: names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    path_values: Mapping[str, str]

    def json(self) -> Json:
        """The body as JSON. Raises ValueError."""
        value: Json = json.loads(self.body)
        return value

    def form(self) -> Mapping[str, str]:
        """The body as a form; of a repeated field the last value."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def base_url(self) -> str:
        """Where the caller found this server: behind a proxy, the proxy's address."""
        return f"{self.headers.get('x-forwarded-proto', 'http')}://{self.headers.get('host', LOOPBACK)}"


@dataclass(frozen=True, kw_only=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[Request], Response]


@dataclass(frozen=True, kw_only=True)
class Route:
    """A method and the whole path as a regular expression; named groups become `Request.path_values`."""

    method: str
    path: str
    answer: Answer


def as_json(value: Json, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        status=status,
        body=json.dumps(value).encode(),
        content_type="application/json; charset=utf-8",
        headers=headers or {},
    )


def as_html(markup: str, *, status: int = 200) -> Response:
    # A stand-in shows what others wrote (mails, names): whatever slips through runs no script.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'"
    return Response(
        status=status,
        body=markup.encode(),
        content_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
    )


def redirect(address: str) -> Response:
    return Response(status=302, headers={"Location": address})


class JsonLines(logging.Formatter):
    """One JSON object a line, with the fields of the applications' logs."""

    def __init__(self, stand_in: str) -> None:
        super().__init__()
        self._stand_in = stand_in

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Json] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "stand_in": self._stand_in,
        }
        more = getattr(record, "more", None)
        if isinstance(more, dict):
            line |= more
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def log_as_json(stand_in: str) -> None:
    """Every log line of this process as JSON on stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(stand_in))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)


def arguments(stand_in: str, description: str) -> ArgumentParser:
    """What every stand-in is told. state: its directory, which it makes; what it must remember is kept there."""
    parser = ArgumentParser(prog=f"python -m coditect.local.standins.{stand_in}", description=description)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--state", type=Path, help="directory for what must outlive a restart")
    return parser


def is_on_loopback(host: str) -> bool:
    """Whether a Host header names this machine: another name that leads here is somebody else's (DNS rebinding)."""
    return _ON_LOOPBACK.fullmatch(host) is not None


def announce(stand_in: str, port: int) -> None:
    """One JSON line on stdout, once it serves."""
    sys.stdout.write(json.dumps({"stand_in": stand_in, "endpoint": f"http://{LOOPBACK}:{port}"}) + "\n")
    sys.stdout.flush()
    logger.info("This is a stand-in for %s: nothing leaves this machine", stand_in, extra={"more": {"port": port}})


class StandIn:
    """A stand-in's server. not_found: answers what no route does.

    is_third_party: asked at its port of loopback and by no other name; one behind the edge is asked by public names.
    """

    def __init__(
        self,
        name: str,
        routes: Sequence[Route],
        *,
        not_found: Answer | None = None,
        port: int = 0,
        is_third_party: bool = False,
    ) -> None:
        self.name = name
        self.is_third_party = is_third_party
        self._routes = [(route.method, re.compile(route.path), route.answer) for route in routes]
        self._not_found = not_found or _unknown_path
        self._server = ThreadingHTTPServer((LOOPBACK, port), _handler(self))
        self._server.daemon_threads = True  # a kept-open connection must not hold up the end

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Response:
        """The answer of the first route that fits."""
        parts = urlsplit(target)
        looked_up = "GET" if method == "HEAD" else method
        for known, pattern, answer in self._routes:
            match = pattern.fullmatch(parts.path)
            if match and known in (looked_up, "*"):
                return answer(self._request(looked_up, parts.path, parts.query, headers, body, match.groupdict()))
        if parts.path == "/health":
            return as_json({"status": "ok", "stand_in": self.name})
        return self._not_found(self._request(looked_up, parts.path, parts.query, headers, body, {}))

    def _request(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, values: Mapping[str, str]
    ) -> Request:
        return Request(
            method=method,
            path=path,
            query={name: given[-1] for name, given in parse_qs(query, keep_blank_values=True).items()},
            headers={name.lower(): value for name, value in headers.items()},
            body=body,
            path_values=values,
        )

    def serve_until_told(self) -> None:
        """Serve until SIGTERM or SIGINT; requests under way are finished."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.start()
        announce(self.name, self.port)
        stop.wait()
        self.stop()

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _unknown_path(request: Request) -> Response:
    return as_json({"error": f"The stand-in has nothing at {request.method} {request.path}."}, status=404)


def _handler(stand_in: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "coditect-stand-in"
        sys_version = ""
        timeout = _IDLE_S
        disable_nagle_algorithm = True
        wbufsize = -1

        def _serve(self) -> None:
            started = time.perf_counter()
            try:
                body = read_body(self.rfile, self.headers)
            except BadBody as error:
                self.close_connection = True  # where the next request begins is not known
                answer = as_json({"error": str(error)}, status=error.status)
            else:
                answer = self._answer(body)
            self.send_response(answer.status)
            for name, value in {HEADER: stand_in.name, **answer.headers}.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Type", answer.content_type)
                self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            if self.command != "HEAD" and answer.status != 204:
                self.wfile.write(answer.body)
            self._log(answer.status, started)

        def _answer(self, body: bytes) -> Response:
            if stand_in.is_third_party and not is_on_loopback(self.headers.get("Host", "")):
                return as_json({"error": NOT_ON_LOOPBACK}, status=421)
            try:
                return stand_in.answer(self.command, self.path, dict(self.headers.items()), body)
            except Exception:
                # The edge of the process: whatever broke is logged whole, and the caller is told.
                logger.exception("The stand-in failed")
                return as_json({"error": "The stand-in failed: its log says why."}, status=500)

        def _log(self, status: int, started: float) -> None:
            path = urlsplit(self.path).path  # never the query, which may hold codes and tokens
            is_probe = path == "/health" or self.headers.get("User-Agent", "").startswith(_PROBERS)
            if not is_probe or status >= 400:
                milliseconds = round((time.perf_counter() - started) * 1000, 2)
                more = {"method": self.command, "path": path, "status": status, "ms": milliseconds}
                logger.info("%s %s %d", self.command, path, status, extra={"more": more})

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's own name
            logger.info(format, *args)

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Nothing: `_log` writes the line."""

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve  # noqa: N815 - names of the base class

    return Handler
