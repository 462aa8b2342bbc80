"""The end of a process's log, as it stands and as a person reads it."""

from dataclasses import dataclass
from pathlib import Path

from coditect.local.log_lines import Entry, parsed
from coditect.local.log_text import clock, details

_LAST_BYTES = 128 * 1024


@dataclass(frozen=True, kw_only=True)
class Tail:
    """lines: the last ones. is_cut: there are earlier ones."""

    lines: tuple[str, ...]
    is_cut: bool


def tail(file: Path, *, count: int) -> Tail:
    """At most so many whole lines; none where there is no log yet."""
    if not file.exists():
        return Tail(lines=(), is_cut=False)
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(max(0, size - _LAST_BYTES))
        lines = stream.read().decode(errors="replace").splitlines()
    if size > _LAST_BYTES:
        lines = lines[1:]
    return Tail(lines=tuple(lines[-count:]), is_cut=len(lines) > count or size > _LAST_BYTES)


@dataclass(frozen=True, kw_only=True)
class Line:
    """time: of day; empty where none is known. level: lower case. beside, below: what the line carries besides."""

    time: str
    level: str
    message: str
    beside: str
    below: tuple[str, ...]


def readable(process: str, lines: tuple[str, ...]) -> list[Line]:
    """The lines of a process as entries, without passed checks of health, as `coditect logs` shows them."""
    found = []
    before: Entry | None = None
    for line in lines:
        before = parsed(process, line, before)
        if before.is_probe:
            continue
        beside, below = details(before)
        found.append(
            Line(
                time=clock(before),
                level=before.level.value,
                message=before.message,
                beside="  ".join(beside),
                below=tuple(below),
            )
        )
    return found
