"""What passes through the edge now: requests a second, latencies and errors by service, from its access log."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coditect.graph.values import lookup, text

_LAST_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """One backend's requests. per_s: over the window. Times in milliseconds.

    errors: replies of 500 and more, and requests that nobody answered before the client left.
    """

    backend: str
    requests: int
    per_s: float
    p50_ms: float
    p95_ms: float
    errors: int


def traffic(
    access_log: Path, *, now: datetime, window: timedelta, services: Mapping[str, str] | None = None
) -> list[Traffic]:
    """Each backend's requests in the window before `now`; empty where there were none.

    services: names to gather backends under, by backend; several may have one name.
    """
    by_backend: dict[str, list[tuple[float, int]]] = {}
    for at, backend, duration, status in _requests(access_log):
        if at >= now - window:
            name = (services or {}).get(backend, backend)
            by_backend.setdefault(name, []).append((duration, status))
    return [_summary(backend, rows, window) for backend, rows in sorted(by_backend.items())]


def _summary(backend: str, rows: list[tuple[float, int]], window: timedelta) -> Traffic:
    durations = sorted(duration for duration, _ in rows)
    return Traffic(
        backend=backend,
        requests=len(rows),
        per_s=len(rows) / window.total_seconds(),
        p50_ms=nearest_rank(durations, 0.5),
        p95_ms=nearest_rank(durations, 0.95),
        errors=sum(status >= 500 or status == 0 for _, status in rows),  # a status, as HTTP classes them
    )


def nearest_rank(durations: list[float], share: float) -> float:
    """The nearest rank: a duration that was really measured."""
    return durations[max(0, -(-int(share * 100) * len(durations) // 100) - 1)]


def _requests(access_log: Path) -> Iterator[tuple[datetime, str, float, int]]:
    if not access_log.exists():
        return
    with access_log.open("rb") as stream:
        stream.seek(max(0, access_log.stat().st_size - _LAST_BYTES))
        for line in stream.read().splitlines():
            try:
                row = json.loads(line)
                at = datetime.fromisoformat(text(row, "time")).astimezone(UTC)
                duration, status = float(str(lookup(row, "duration_ms"))), int(str(lookup(row, "status")))
            except ValueError:  # the first or the last line, cut in the middle
                continue
            yield at, text(row, "backend") or "nobody", duration, status
