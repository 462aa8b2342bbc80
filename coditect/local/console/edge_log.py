"""The edge's access log, followed: the last requests, and what each route of the picture carries."""

import json
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coditect.graph.values import Json, lookup, text
from coditect.local.traffic import nearest_rank

_FIRST_BYTES = 1024 * 1024
_KEPT = 3000


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One request as the edge saw it. backend: empty where the edge itself answered."""

    at: datetime
    method: str
    host: str
    path: str
    status: int
    duration_ms: float
    backend: str
    request_id: str


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """What passed through in a window. p95_ms: None where nothing did. errors: answers of 500 and more."""

    count: int
    per_s: float
    p95_ms: float | None
    errors: int


@dataclass(frozen=True)
class Route:
    """A host and how paths begin, as the picture names it: `/`, `/admin` or `/api/*`."""

    host: str
    path: str

    @property
    def start(self) -> str:
        """How its paths begin, without a slash at the end."""
        return self.path.removesuffix("*").rstrip("/")

    def fits(self, request: Request) -> bool:
        is_below = request.path == self.start or request.path.startswith(f"{self.start}/")
        return request.host == self.host and is_below


class EdgeLog:
    """The last requests of a log that grows. Not thread-safe: one event loop reads it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._place: int | None = None
        self._rest = b""
        self._requests: deque[Request] = deque(maxlen=_KEPT)

    def newest(self) -> list[Request]:
        """The last ones, newest first."""
        self._read()
        return list(reversed(self._requests))

    def _read(self) -> None:
        if not self._file.exists():
            return
        size = self._file.stat().st_size
        if self._place is None:
            self._place = max(0, size - _FIRST_BYTES)
        elif size < self._place:  # begun anew
            self._place, self._rest = 0, b""
        with self._file.open("rb") as stream:
            stream.seek(self._place)
            content = self._rest + stream.read()
            self._place = stream.tell()
        whole, end, rest = content.rpartition(b"\n")
        self._rest = rest
        for line in whole.splitlines() if end else ():
            request = _request(line)
            if request is not None:
                self._requests.append(request)


def _request(line: bytes) -> Request | None:
    """None for a line that was cut in the middle."""
    try:
        row: Json = json.loads(line)
        return Request(
            at=datetime.fromisoformat(text(row, "time")).astimezone(UTC),
            method=text(row, "method"),
            host=text(row, "host").partition(":")[0],
            path=text(row, "path"),
            status=int(str(lookup(row, "status"))),
            duration_ms=float(str(lookup(row, "duration_ms"))),
            backend=text(row, "backend"),
            request_id=text(row, "request_id"),
        )
    except ValueError:
        return None


def numbers(requests: Sequence[Request], window: timedelta) -> Numbers:
    """The numbers of requests that all fell into the window."""
    durations = sorted(request.duration_ms for request in requests)
    return Numbers(
        count=len(requests),
        per_s=len(requests) / window.total_seconds(),
        p95_ms=nearest_rank(durations, 0.95) if durations else None,
        errors=sum(request.status >= 500 for request in requests),  # a status, as HTTP classes them
    )


def by_route(
    requests: Iterable[Request], routes: Sequence[Route], *, now: datetime, window: timedelta
) -> dict[Route, Numbers]:
    """Numbers of every route; a request counts for the longest path that fits it."""
    taken: dict[Route, list[Request]] = {route: [] for route in routes}
    longest = sorted(routes, key=lambda route: len(route.path.removesuffix("*")), reverse=True)
    for request in requests:
        route = next((route for route in longest if route.fits(request)), None)
        if route is not None and request.at >= now - window:
            taken[route].append(request)
    return {route: numbers(found, window) for route, found in taken.items()}
