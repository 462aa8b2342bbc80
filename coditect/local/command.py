"""What `coditect up`, `down`, `status` and their kin do. Progress is on standard error, results on standard output."""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import typer
from rich.markup import escape
from rich.table import Table

from coditect.console import err, out
from coditect.graph.values import Json, items, lookup, text
from coditect.local.claim import claimant, wait_unclaimed
from coditect.local.control import ControlError, ask
from coditect.local.layout import DEFAULT_STATE, Layout, NotRunning, StateError
from coditect.local.running import end_all

_END_S = 90.0
_COLOURS = {"ready": "green", "starting": "yellow", "failed": "red", "stopped": "dim"}


def layout_of(state: Path | None) -> Layout:
    """The state directory that a command works on."""
    return Layout(root=(state or DEFAULT_STATE).absolute())


def up(
    stack: str,
    *,
    state: Path | None,
    declared_replicas: bool,
    only: frozenset[str],
    reloads: bool,
    debugged: frozenset[str],
) -> int:
    """Run a stack here until Ctrl-C."""
    begun = time.monotonic()
    from coditect.local.build import build, remembered_graph
    from coditect.local.claim import Claim
    from coditect.local.platform import Platform
    from coditect.local.progress import Progress
    from coditect.local.reloading import adopt_on_change, reload_on_change
    from coditect.local.supervisor import Supervisor

    layout = layout_of(state)
    layout.prepare()

    progress = Progress(begun)

    def ready(platform: Platform) -> None:
        from coditect.local.status import status

        progress.finish()
        told = status(platform)
        out.print(addresses_table(told))
        for line in notes(told):
            out.print(line)
        adopt_on_change(platform, remembered=remembered_graph(layout, stack), said=progress.said, until=ended)
        if reloads:
            reload_on_change(platform, said=progress.said, until=ended)
        for line in failure_lines(told):
            out.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
        out.print(f"Ready after {time.monotonic() - begun:.1f} s{escape(but_for(told))}. Ctrl-C ends everything.")

    def made(said: Callable[[str], None], changed: Callable[[], None]) -> Platform:
        said(f"reading what {stack} declares")
        platform = build(
            stack,
            layout=layout,
            said=said,
            changed=changed,
            replicas=None if declared_replicas else 1,
            only=only,
            debugged=debugged,
        )
        progress.platform = platform
        said(f"starting what {len(platform.deployed.pods)} declared workloads need, then them")
        return platform

    ended = threading.Event()
    with Claim(layout), progress.showing():
        try:
            Supervisor(layout, made).run(said=progress.said, ready=ready)
        finally:
            ended.set()
    return 0


def down(*, state: Path | None) -> int:
    """End everything, whether or not a supervisor is there."""
    layout = layout_of(state)
    try:
        ask(layout.control, "end")
    except (NotRunning, ControlError):
        if reading := claimant(layout):  # it listens only when it has read what is declared
            with contextlib.suppress(ProcessLookupError):
                os.kill(reading, signal.SIGTERM)
    if layout.lock.exists():
        wait_unclaimed(layout, timeout_s=_END_S)
    left = end_all(layout.root) if layout.root.exists() else 0
    layout.control.unlink(missing_ok=True)
    err.print(f"ended {left} processes whose supervisor was gone" if left else "nothing runs any more")
    return 0


def reset(*, state: Path | None, is_agreed: bool) -> int:
    """End everything and delete databases, secrets, certificates and remembered ports, once a person agrees.

    Raises StateError where nobody can be asked, and for a directory that is no platform's.
    """
    from coditect.local.deletion import delete, what_goes

    layout = layout_of(state)
    goes = what_goes(layout)
    if goes is None:
        err.print(f"There is nothing in {layout.root} to delete.", soft_wrap=True)
        return 0
    databases = f", with the databases {', '.join(goes.databases)}" if goes.databases else ""
    where = " and ".join(str(directory) for directory in goes.directories)
    said = f"{where} ({goes.size_mib} MiB): secrets, certificates, mails, logs{databases}"
    if not is_agreed:
        if not sys.stdin.isatty():
            raise StateError(f"This deletes {said}. Nobody can be asked here: say so with `coditect reset --yes`.")
        err.print(f"This ends the platform and deletes {escape(said)}.", soft_wrap=True)
        if not typer.confirm("Delete it?", err=True):
            err.print("Nothing is deleted.")
            return 1
    down(state=state)
    delete(layout)
    err.print(f"deleted {where}", soft_wrap=True)
    return 0


def show_status(*, state: Path | None, as_json: bool) -> int:
    """Exits with 0 where everything is ready, 1 otherwise."""
    told = current(layout_of(state))
    states = {text(process, "state") for process in items(told, "processes")}
    if as_json:
        out.print_json(json.dumps(told))
    else:
        out.print(process_table(told))
        out.print(addresses_table(told))
        for line in notes(told):
            out.print(line)
        for line in failure_lines(told):
            out.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
    return 0 if states == {"ready"} and not items(told, "failures") else 1


def current(layout: Layout) -> Json:
    """What runs now, from the supervisor. Raises NotRunning."""
    return ask(layout.control, "status")


def process_table(told: Json) -> Table:
    """Processes with their state."""
    table = Table(box=None, pad_edge=False)
    for column in ("process", "state", "pid", "restarts", "ready after"):
        table.add_column(column)
    for process in items(told, "processes"):
        state = text(process, "state")
        after = lookup(process, "ready_after_s")
        table.add_row(
            text(process, "name"),
            f"[{_COLOURS.get(state, '')}]{state}[/]",
            str(lookup(process, "pid") or ""),
            str(lookup(process, "restarts") or ""),
            "" if after is None else f"{after} s",
        )
    return table


def addresses_table(told: Json) -> Table:
    """Public addresses, who answers, and what is there."""
    table = Table(box=None, pad_edge=False)
    for column in ("address", "answers", "state", "what is there"):
        table.add_column(column, overflow="fold")
    for row in items(told, "addresses"):
        state = text(row, "state")
        colour = text(row, "colour")
        who = text(row, "service") + (f" ({colour})" if colour else "")
        about = text(row, "about") + ("  [yellow]stand-in[/]" if lookup(row, "is_stand_in") else "")
        table.add_row(text(row, "address"), who, f"[{_COLOURS.get(state, '')}]{state}[/]", about)
    for row in items(told, "stand_ins"):
        state = text(row, "state")
        about = f"{text(row, 'about')}  [yellow]stand-in[/]"
        table.add_row(text(row, "address"), text(row, "name"), f"[{_COLOURS.get(state, '')}]{state}[/]", about)
    return table


def notes(told: Json) -> list[str]:
    """What a person must know beside the tables."""
    authority = _near(text(told, "authority"))
    trust = (
        f"Certificates are signed by {authority}, which is installed nowhere. "
        f"curl --cacert {authority} https://…; a browser asks once, or takes it as an authority."
    )
    lines = ["", trust]
    people = [f"{text(person, 'email')} ({text(person, 'is')})" for person in items(told, "people")]
    if people:
        lines.append(f"Sign in as {', '.join(people)}; everyone's password is in {_near(text(told, 'password_file'))}.")
    not_done = [str(line) for line in items(told, "not_done_here")]
    if not_done:
        lines.append("Declared, and not done here: " + "; ".join(not_done) + ".")
    return lines


def failure_lines(told: Json) -> list[str]:
    """What does not serve, and what would need it, one line each."""
    lines = []
    for failed in items(told, "failures"):
        name, problem = text(failed, "name"), text(failed, "problem").partition("\n")[0]
        lines.append(problem if problem.startswith(name) else f"{name}: {problem}")
    for process in items(told, "processes"):
        needs = ", ".join(str(need) for need in items(process, "needs_failed"))
        if needs and text(process, "state") == "ready":
            lines.append(f"{text(process, 'name')} runs, but needs {needs}, which does not serve.")
    return lines


def but_for(told: Json) -> str:
    """The end of a sentence that says that all is well; empty where nothing failed."""
    names = [text(one, "name") for one in items(told, "failures")]
    return f", but for {', '.join(names)}" if names else ""


def _near(path: str) -> str:
    """A path as one would type it here: from the current directory where it lies below that."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path
