"""`coditect logs`, `exec`, `open`, `top`, and the orders to a running platform: promote, run-job, chaos."""

import contextlib
import json
import os
import subprocess
import time
import webbrowser
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.live import Live
from rich.markup import escape
from rich.table import Table

from coditect.console import err, out
from coditect.graph.values import items, lookup, members, text
from coditect.local import browser
from coditect.local.command import current, layout_of
from coditect.local.control import ask
from coditect.local.layout import NotRunning
from coditect.local.log_lines import Entry, Level
from coditect.local.log_text import Lines
from coditect.local.logs import LogFile, chosen, follow, log_paths, merged
from coditect.local.traffic import traffic

_WINDOW = timedelta(seconds=10)
_REFRESH_S = 1.0


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
    return subprocess.run(  # noqa: S603 - what the person at this terminal typed
        list(command), env=environment, cwd=text(told, "directory"), check=False
    ).returncode


def open_site(*, state: Path | None) -> int:
    """Open the first address of each host in a browser; print them where there is none."""
    told = current(layout_of(state))
    addresses = [text(row, "address") for row in items(told, "addresses") if lookup(row, "path") == "/*"]
    if not addresses:
        raise NotRunning("No address answers here.")
    authority = text(told, "authority")
    arguments = browser.command(addresses, authority=Path(authority), profile=layout_of(state).root / "browser")
    if arguments is not None:
        browser.start(arguments)
        return 0
    err.print(f"There is no Chromium here. Your browser must trust {authority}, or be told to go on.", soft_wrap=True)
    if not webbrowser.open(addresses[0]):
        out.print("\n".join(addresses))
    return 0


def metrics(process: str | None, *, state: Path | None) -> int:
    """Print the metrics of all processes, or of one, in Prometheus' text format."""
    print(ask(layout_of(state).control, "metrics", process=process or ""))  # noqa: T201 - for a collector, unstyled
    return 0


def promote(service: str, changes: Mapping[str, str], *, state: Path | None) -> int:
    """Send a service's requests to its other colour."""
    colour = ask(layout_of(state).control, "promote", service=service, changes=dict(changes))
    out.print(f"{service} is {colour}")
    return 0


def run_job(name: str, *, state: Path | None) -> int:
    """Run a declared job now, and print the end of its log."""
    out.print(escape(str(ask(layout_of(state).control, "run-job", name=name))), soft_wrap=True)
    return 0


def chaos(fault: str, service: str, *, seconds: float, state: Path | None) -> int:
    """Break something on purpose, for a while."""
    out.print(str(ask(layout_of(state).control, "chaos", fault=fault, service=service, seconds=seconds)))
    return 0


def top(*, state: Path | None, is_once: bool) -> int:
    """Show traffic by service, and states of all processes, until interrupted."""
    layout = layout_of(state)

    def view() -> Table:
        table = Table(box=None, pad_edge=False)
        for column in ("service", "requests/s", "p50", "p95", "errors"):
            table.add_column(column, justify="left" if column == "service" else "right")
        for row in traffic(layout.access_log, now=datetime.now(UTC), window=_WINDOW):
            style = "red" if row.errors else ""
            table.add_row(
                row.backend,
                f"{row.per_s:.1f}",
                f"{row.p50_ms:.0f} ms",
                f"{row.p95_ms:.0f} ms",
                str(row.errors),
                style=style,
            )
        told = current(layout)
        table.add_section()
        for name, value in members(told, "counts").items():
            table.add_row(name, str(value))
        troubled = [text(p, "name") for p in items(told, "processes") if text(p, "state") != "ready"]
        table.add_row("processes", f"{len(items(told, 'processes')) - len(troubled)} ready")
        for name in troubled:
            table.add_row(f"  {name}", "not ready", style="red")
        return table

    if is_once or not out.is_terminal:
        out.print(view())
        return 0
    try:
        with Live(view(), console=out, refresh_per_second=2) as live:
            while True:
                time.sleep(_REFRESH_S)
                live.update(view())
    except KeyboardInterrupt:
        return 0
