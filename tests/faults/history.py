"""The recorded history of a run: every call that a client made, when it began and ended, and what it was told.

Client processes append JSON lines, one when a call begins and one when it ends, so that a call whose process died is
in the history too. Instants are seconds of CLOCK_MONOTONIC, which all processes of a Linux machine share.
"""

import json
import math
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict


class Operation(StrEnum):
    ACQUIRE = "acquire"
    HEARTBEAT = "heartbeat"
    RELEASE = "release"


class Outcome(StrEnum):
    """OK: 200. FULL: no seat. GONE: the session is not living, says the service. REFUSED: any other 4xx.
    UNAVAILABLE: 5xx, nothing was promised. LOST: no reply was read, so anything may have happened.
    """

    OK = "ok"
    FULL = "full"
    GONE = "gone"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call. license: the one the client's tenant has. session: granted, beaten or released. fence: as granted.

    ended: infinity when no reply was read: the service may still act on the call.
    """

    client: str
    operation: Operation
    hardware: str
    started: float
    ended: float
    outcome: Outcome
    license: str
    session: str | None = None
    fence: int | None = None

    @property
    def is_grant(self) -> bool:
        return self.operation is Operation.ACQUIRE and self.outcome is Outcome.OK


@dataclass(frozen=True, kw_only=True)
class SeatChange:
    """The seats bought became `seats` at some instant between started and ended."""

    license: str
    seats: int
    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class Span:
    """Something that lasted: Redis away or empty, from its loss until it answered again."""

    started: float
    ended: float


@dataclass(frozen=True, kw_only=True)
class History:
    """All calls of a run and what was done to the service meanwhile.

    ttl: seconds that a beat extends a lease by. seats: what was bought of each license at first.
    revoked: when staff began to revoke a session. acts_for: for how long after its start the service may still act on
    a call whose reply was lost; PostgreSQL refuses a grant that was decided more than 30 s before.
    """

    ttl: float
    calls: tuple[Call, ...]
    seats: Mapping[str, int]
    seat_changes: tuple[SeatChange, ...] = ()
    redis_losses: tuple[Span, ...] = ()
    revoked: Mapping[str, float] = field(default_factory=dict)
    acts_for: float = 31.0

    def seats_between(self, license_id: str, since: float, until: float) -> tuple[int, int]:
        """The fewest and the most seats that may have been bought at some instant of [since, until]."""
        standing, possible = self.seats[license_id], set[int]()
        for change in sorted(self.seat_changes, key=lambda change: change.started):
            if change.license != license_id:
                continue
            if change.ended < since:
                standing = change.seats
            elif change.started <= until:
                possible.add(change.seats)
        possible.add(standing)
        return min(possible), max(possible)


class _Line(BaseModel):
    """A line of a recording; `ended` and `outcome` are absent when a call begins."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    call: str
    client: str
    operation: Operation
    hardware: str
    started: float
    ended: float | None = None
    outcome: Outcome | None = None
    license: str
    session: str | None = None
    fence: int | None = None


class Recorder:
    """Writes the calls of one process; safe for its threads."""

    def __init__(self, path: Path) -> None:
        # Unbuffered, appended: what was written before a SIGKILL stays.
        self._file = path.open("ab", buffering=0)
        self._name = path.stem
        self._lock = threading.Lock()
        self._count = 0

    def begin(
        self,
        *,
        client: str,
        operation: Operation,
        license_id: str,
        hardware: str,
        session: str | None = None,
    ) -> "OpenCall":
        """A call begins now."""
        with self._lock:
            self._count += 1
            name = f"{self._name}-{self._count}"
        opened = OpenCall(
            recorder=self,
            line=_Line(
                call=name,
                client=client,
                operation=operation,
                license=license_id,
                hardware=hardware,
                session=session,
                started=time.monotonic(),
            ),
        )
        self.write(opened.line)
        return opened

    def write(self, line: _Line) -> None:
        # One write of a line is atomic enough: the file is this process's alone, and O_APPEND orders its threads.
        self._file.write(line.model_dump_json(exclude_none=True).encode() + b"\n")

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, kw_only=True)
class OpenCall:
    """A call under way."""

    recorder: Recorder
    line: _Line

    def end(self, outcome: Outcome, *, session: str | None = None, fence: int | None = None) -> Call:
        """Write down the reply. A call that is never ended counts as lost."""
        told = {"outcome": outcome, "ended": time.monotonic(), "session": session or self.line.session, "fence": fence}
        line = self.line.model_copy(update=told)
        self.recorder.write(line)
        return _call(line)


def read_calls(paths: Iterable[Path]) -> tuple[Call, ...]:
    """The calls of all recordings, by their start. Half a line at the end of a killed process's file is left out."""
    lines: dict[str, _Line] = {}
    for path in paths:
        for line in _whole_lines(path):
            lines[line.call] = line
    return tuple(sorted(map(_call, lines.values()), key=lambda call: call.started))


def _call(line: _Line) -> Call:
    outcome = line.outcome or Outcome.LOST
    return Call(
        client=line.client,
        operation=line.operation,
        license=line.license,
        hardware=line.hardware,
        started=line.started,
        ended=math.inf if line.ended is None or outcome is Outcome.LOST else line.ended,
        outcome=outcome,
        session=line.session,
        fence=line.fence,
    )


def _whole_lines(path: Path) -> Iterator[_Line]:
    for raw in path.read_bytes().split(b"\n"):
        try:
            yield _Line.model_validate(json.loads(raw))
        except json.JSONDecodeError:
            continue
