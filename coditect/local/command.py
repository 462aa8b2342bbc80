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
from rich.text import Text

from coditect.console import err, out
from coditect.graph.values import Json, items, text
from coditect.local.claim import claimant, wait_unclaimed
from coditect.local.control import ControlError, ask
from coditect.local.layout import DEFAULT_STATE, Layout, NotRunning, StateError
from coditect.local.running import end_all
from coditect.local.tables import address_lines, but_for, closing_lines, failure_lines, process_table, whole_lines
from explained.exits import Exit

_END_S = 90.0


def layout_of(state: Path | None) -> Layout:
    """The state directory that a command works on: where a link leads, so that a link can be named too."""
    return Layout(root=Path(os.path.realpath(state or DEFAULT_STATE)))


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
        from coditect.local.console.orders import console_link
        from coditect.local.status import look, status

        progress.finish()
        look(platform)
        # The link lets a browser in: it goes to who is looking, and into no log.
        told = {**status(platform), "console": console_link(platform) if sys.stdout.isatty() else "coditect open"}
        _print(*address_lines(told, width=out.width), *closing_lines(told))
        adopt_on_change(platform, remembered=remembered_graph(layout, stack), said=progress.said, until=ended)
        if reloads:
            reload_on_change(platform, said=progress.said, until=ended)
        for line in failure_lines(told):
            out.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
        out.print(
            f"Ready after {time.monotonic() - begun:.1f} s{escape(but_for(told))}. Ctrl-C ends everything.",
            soft_wrap=True,
        )

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
            raise StateError(
                f"This deletes {said}. Nobody can be asked here: say so with `coditect reset --yes`."
            ).of_usage()
        err.print(f"This ends the platform and deletes {escape(said)}.", soft_wrap=True)
        if not typer.confirm("Delete it?", err=True):
            err.print("Nothing is deleted.")
            return Exit.STOPPED
    down(state=state)
    left = delete(layout)
    err.print(f"deleted {where}", soft_wrap=True)
    if left:
        err.print(f"left in {layout.root}, for no platform made it: {escape(', '.join(left))}", soft_wrap=True)
    return 0


def show_status(*, state: Path | None, as_json: bool, shows_all: bool) -> int:
    """Returns 0 where everything is ready, 1 otherwise. shows_all: every route, and what is not done here."""
    told = current(layout_of(state))
    states = {text(process, "state") for process in items(told, "processes")}
    if as_json:
        out.print_json(json.dumps(told))
    else:
        out.print(process_table(told))
        _print("", *address_lines(told, width=out.width, shows_all=shows_all))
        _print(*(whole_lines(told) if shows_all else closing_lines(told)))
        for line in failure_lines(told):
            out.print(f"[red]✗[/] {escape(line)}", soft_wrap=True)
    return Exit.CLEAN if states == {"ready"} and not items(told, "failures") else Exit.FINDINGS


def current(layout: Layout) -> Json:
    """What runs now, from the supervisor. Raises NotRunning."""
    return ask(layout.control, "status")


def _print(*lines: Text | str) -> None:
    """Lines that no console breaks: an address must stay one that can be copied."""
    for line in lines:
        out.print(line, soft_wrap=True, markup=False)
