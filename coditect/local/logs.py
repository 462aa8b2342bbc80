"""Logs of all processes as one, in order of time: what was written so far, and what comes."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from coditect.local.layout import Layout, NotRunning
from coditect.local.log_lines import Entry, parsed
from coditect.naming import unknown

_POLL_S = 0.2
_FIRST_BYTES = 256 * 1024
# Without a time to go back to: what stands before so much is not "the last lines" of anything.
_MOST_BYTES = 16 * 1024 * 1024
# The edge writes requests beside what it says of itself.
_ACCESS = "edge"

Keep = Callable[[Entry], bool]


class LogFile:
    """One file of a process, read from any place on, through truncation and replacement."""

    def __init__(self, process: str, path: Path) -> None:
        self.process = process
        self.path = path
        self._stream = path.open("rb")
        self._last: Entry | None = None

    def recent(self, *, keep: Keep, count: int | None, since: datetime | None) -> list[Entry]:
        """The last entries that `keep` takes: so many, and none before `since`. None for all. Reading goes on there."""
        size = _FIRST_BYTES
        end = os.fstat(self._stream.fileno()).st_size
        while True:
            self._stream.seek(max(0, end - size))
            if size < end:
                self._stream.readline()  # cut in the middle
            self._last = None
            entries = list(self._entries())
            begun = next((entry.time for entry in entries if entry.time is not None), None)
            kept = [entry for entry in entries if keep(entry) and _is_after(entry, since)]
            is_enough = count is not None and len(kept) >= count
            is_back = size >= _MOST_BYTES if since is None else begun is not None and begun < since
            if size >= end or is_enough or is_back:
                return kept if count is None else kept[-count:] if count else []
            size *= 4

    def new(self) -> list[Entry]:
        """What was added since it was read last."""
        entries = list(self._entries())
        try:
            now = self.path.stat()
        except FileNotFoundError:  # being replaced
            return entries
        mine = os.fstat(self._stream.fileno())
        if now.st_ino != mine.st_ino:
            self._stream.close()
            self._stream = self.path.open("rb")
            entries += self._entries()
        elif now.st_size < self._stream.tell():
            self._stream.seek(0)
            entries += self._entries()
        return entries

    def _entries(self) -> Iterator[Entry]:
        """To the end of the last whole line."""
        while True:
            place = self._stream.tell()
            line = self._stream.readline()
            if not line.endswith(b"\n"):
                self._stream.seek(place)
                return
            self._last = parsed(self.process, line.decode(errors="replace").rstrip("\r\n"), self._last)
            yield self._last


def log_paths(layout: Layout) -> list[tuple[str, Path]]:
    """Every log there is, with the name that `status` gives its process; jobs' have the job's."""
    found = [(file.stem, file) for file in sorted(layout.logs.glob("*.log"))]
    if layout.access_log.exists():
        found.append((_ACCESS, layout.access_log))
    for name in ("postgres", "redis"):
        file = layout.root / name / f"{name}.log"
        if file.exists():
            found.append((name, file))
    return found


def chosen(names: list[str], wanted: str | None) -> set[str]:
    """Processes of that name, or of a service of that name. Raises NotRunning with the names there are."""
    if not names:
        raise NotRunning("There are no logs here. Start a platform with `coditect up`, or name its --state DIR.")
    if wanted is None:
        return set(names)
    found = {name for name in names if name == wanted} or {name for name in names if name.startswith(f"{wanted}-")}
    if not found:
        raise NotRunning(unknown(wanted, names, what="log of")).of_usage()
    return found


def merged(files: list[LogFile], *, keep: Keep, count: int | None, since: datetime | None) -> list[Entry]:
    """The last `count` entries of all files, in order of time."""
    entries = [entry for file in files for entry in file.recent(keep=keep, count=count, since=since)]
    in_order = _in_order(entries)
    return in_order if count is None else in_order[-count:] if count else []


def follow(files: list[LogFile], fresh: Callable[[], object], *, keep: Keep, show: Callable[[Entry], None]) -> None:
    """Show every entry that is added from now on, until interrupted. fresh: adds files that have come to be."""
    while True:
        fresh()
        for entry in _in_order([entry for file in files for entry in file.new() if keep(entry)]):
            show(entry)
        time.sleep(_POLL_S)


def _in_order(entries: list[Entry]) -> list[Entry]:
    """By time. The sort is stable: lines that share the time of the one before stay with it."""
    return sorted(entries, key=lambda entry: entry.time.timestamp() if entry.time else 0.0)


def _is_after(entry: Entry, since: datetime | None) -> bool:
    return since is None or (entry.time is not None and entry.time >= since)
