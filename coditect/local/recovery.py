"""What a fault does to the running platform, and when everything is as it was: asked from outside, again and again."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from coditect.graph.values import Json, items, lookup, text
from coditect.local.control import ask
from coditect.local.layout import Layout
from coditect.local.through_edge import Answered, get
from coditect.local.traffic import traffic

_POLL_S = 0.25
_TIMEOUT_S = 2.0
_LIMIT_S = 60.0
# An answer that takes this much longer than before the fault is not yet as it was. Faults add a second.
_SLOWER_S = 0.5


@dataclass(frozen=True, kw_only=True)
class Seen:
    """From the beginning of a fault until now. Times in seconds and milliseconds.

    restarts: of the process, since it was first started. troubled: processes that were not ready at some moment.
    requests, failed, p95_ms: of what passed through the edge to the service, or to all where it is behind none.
    """

    after_s: float
    is_as_before: bool
    restarts: int
    troubled: tuple[str, ...]
    requests: int
    failed: int
    p95_ms: float


class Watch:
    """Looks at the platform before a fault, and compares it afterwards.

    target: a process or a service, as the fault takes it.
    """

    def __init__(self, layout: Layout, target: str) -> None:
        self._layout = layout
        told = ask(layout.control, "status")
        rows = [*items(told, "addresses"), *items(told, "prefixes")]
        named = [row for row in rows if target in (text(row, "service"), text(row, "process"))]
        self.process = text(named[0], "process") if named else target
        self._services = {text(row, "backend"): text(row, "service") for row in rows}
        self._service = text(named[0], "service") if named else None
        ours = [row for row in rows if not lookup(row, "is_stand_in")]
        self._addresses = [text(row, "address") for row in (named or ours) if lookup(row, "answers")]
        self._authority = Path(text(told, "authority"))
        self._not_ready = self._silent()
        self._restarts = self._state()[1]
        self._slow_s = max((answer.took_s for answer in self._answers()), default=0.0) + _SLOWER_S
        self._begun = time.monotonic()
        self._begun_at = datetime.now(UTC)
        self._troubled: dict[str, None] = {}

    def begin(self) -> None:
        """The fault begins now."""
        self._begun, self._begun_at = time.monotonic(), datetime.now(UTC)

    def looks(self, *, lasts_s: float, restarts: bool) -> Iterator[Seen]:
        """What is seen until everything is as before the fault, or a minute after its end.

        restarts: the process must have.
        """
        seen = self._seen(restarts=restarts, lasts_s=lasts_s)
        yield seen
        while not seen.is_as_before and seen.after_s <= lasts_s + _LIMIT_S:
            time.sleep(_POLL_S)
            seen = self._seen(restarts=restarts, lasts_s=lasts_s)
            yield seen

    def _seen(self, *, restarts: bool, lasts_s: float) -> Seen:
        # Only what is asked after the end of the fault shows that it is over.
        is_over = time.monotonic() - self._begun >= lasts_s
        state, count = self._state()
        silent = [name for name in self._silent() if name not in self._not_ready]
        answers = self._answers()
        self._troubled |= dict.fromkeys(silent)
        is_served = all(not answer.is_failure and answer.took_s < self._slow_s for answer in answers)
        is_started = state in ("ready", "") and (count > self._restarts or not restarts)
        after_s = time.monotonic() - self._begun
        passed = traffic(
            self._layout.access_log,
            now=datetime.now(UTC),
            window=datetime.now(UTC) - self._begun_at + timedelta(milliseconds=1),
            services={name: service if self._service else "" for name, service in self._services.items()},
        )
        row = next((row for row in passed if row.backend == (self._service or "")), None)
        return Seen(
            after_s=round(after_s, 2),
            is_as_before=is_over and is_started and is_served and not silent,
            restarts=count,
            troubled=tuple(self._troubled),
            requests=row.requests if row else 0,
            failed=row.errors if row else 0,
            p95_ms=row.p95_ms if row else 0.0,
        )

    def _state(self) -> tuple[str, int]:
        """The process's state and restarts, from the file that the supervisor writes at every change."""
        written: Json = json.loads(self._layout.state.read_text())
        for process in items(written, "processes"):
            if text(process, "name") == self.process:
                return text(process, "state"), int(str(lookup(process, "restarts")))
        return "", 0

    def _silent(self) -> list[str]:
        return [str(name) for name in items(ask(self._layout.control, "silent"))]

    def _answers(self) -> list[Answered]:
        with ThreadPoolExecutor(max(len(self._addresses), 1)) as pool:
            return list(
                pool.map(lambda page: get(page, authority=self._authority, timeout_s=_TIMEOUT_S), self._addresses)
            )
