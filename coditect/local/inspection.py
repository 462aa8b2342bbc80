"""`coditect logs`, `exec` and `metrics`: what runs, seen from inside."""

import contextlib
import json
import os
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from coditect.console import err, out
from coditect.graph.values import members, text
from coditect.local.command import layout_of
from coditect.local.control import ask
from coditect.local.log_lines import Entry, Level
from coditect.local.log_text import Lines
from coditect.local.logs import LogFile, chosen, follow, log_paths, merged

_NOT_RUN = 127
"""As shells say that a command was not found."""


def logs(
    wanted: str | None,
    *,
    state: Path | None,
    is_following: bool,
    lines: int | None,
    level: Level,
    since: datetime | None,
    shows_all: bool,
    as_json: bool,
) -> int:
    """Print what the processes wrote, in order of time. lines: how many to begin with, None for all."""
    layout = layout_of(state)
    known = log_paths(layout)
    names = chosen([name for name, _ in known], wanted)
    files = [LogFile(name, path) for name, path in known if name in names]
    form = Lines(names)

    def keep(entry: Entry) -> bool:
        return entry.level.rank >= level.rank and (shows_all or not entry.is_probe)

    def show(entry: Entry) -> None:
        if as_json:
            print(json.dumps(entry.json()), flush=True)  # noqa: T201 - for a program, unstyled
        else:
            out.print(form.text(entry), soft_wrap=True)

    def fresh() -> None:
        opened = {file.path for file in files}
        for name, path in log_paths(layout):
            if path not in opened and (wanted is None or name.startswith(wanted)):
                files.append(LogFile(name, path))

    for entry in merged(files, keep=keep, count=lines, since=since):
        show(entry)
    if is_following:
        with contextlib.suppress(KeyboardInterrupt):
            follow(files, fresh, keep=keep, show=show)
    return 0


def execute(service: str, command: Sequence[str], *, state: Path | None) -> int:
    """Run a command with a service's environment, secrets and working directory. Returns its exit status."""
    told = ask(layout_of(state).control, "surroundings", service=service)
    environment = {name: str(value) for name, value in members(told, "environment").items()}
    environment |= {name: os.environ[name] for name in ("TERM", "COLUMNS") if name in os.environ}
    try:
        return subprocess.run(  # noqa: S603 - what the person at this terminal typed
            list(command), env=environment, cwd=text(told, "directory"), check=False
        ).returncode
    except OSError as error:
        err.print(f"{command[0]} cannot be run beside {service}: {error.strerror}.", soft_wrap=True, markup=False)
        return _NOT_RUN


def metrics(process: str | None, *, state: Path | None) -> int:
    """Print the metrics of all processes, or of one, in Prometheus' text format."""
    print(ask(layout_of(state).control, "metrics", process=process or ""), end="")  # noqa: T201 - for a collector, unstyled
    return 0
