"""Logs of all processes, together and in order of time as they come."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from coditect.local.layout import Layout, NotRunning

_POLL_S = 0.2
_LAST_BYTES = 64 * 1024


def log_files(layout: Layout, service: str | None) -> dict[str, Path]:
    """Log files by process. service: a process's name, or how it begins. Raises NotRunning where there is none."""
    files = {file.stem: file for file in sorted(layout.logs.glob("*.log"))}
    for name in ("postgres", "redis"):
        file = layout.root / name / f"{name}.log"
        if file.exists():
            files[name] = file
    chosen = {name: file for name, file in files.items() if service is None or name.startswith(service)}
    if not chosen:
        raise NotRunning(f"There is no log of {service or 'anything'} in {layout.logs}. There are: {', '.join(files)}.")
    return chosen


def last_lines(files: dict[str, Path], count: int) -> Iterator[tuple[str, str]]:
    """The last lines of each file, with the process's name."""
    for name, file in files.items():
        with file.open("rb") as stream:
            stream.seek(max(0, file.stat().st_size - _LAST_BYTES))
            for line in stream.read().decode(errors="replace").splitlines()[-count:]:
                yield name, line


def follow(files: dict[str, Path], show: Callable[[str, str], None]) -> None:
    """Show every line that is added from now on, until interrupted."""
    places = {name: file.stat().st_size for name, file in files.items()}
    while True:
        for name, file in files.items():
            size = file.stat().st_size
            if size < places[name]:  # started anew
                places[name] = 0
            if size > places[name]:
                with file.open("rb") as stream:
                    stream.seek(places[name])
                    added = stream.read()
                whole, _, _ = added.rpartition(b"\n")
                places[name] += len(whole) + 1 if whole else 0
                for line in whole.decode(errors="replace").splitlines():
                    show(name, line)
        time.sleep(_POLL_S)
