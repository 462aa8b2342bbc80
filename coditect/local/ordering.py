"""`coditect promote`, `run-job` and `chaos`: an order to the running platform, and what becomes of it."""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from rich.markup import escape

from coditect.console import err, out, working
from coditect.graph.values import Json, JsonObject, items, text
from coditect.local.breaking import Broken, order, requests
from coditect.local.command import layout_of
from coditect.local.control import ask
from coditect.local.fault import Fault
from coditect.local.layout import Layout
from explained.exits import Exit

_POLL_S = 0.2


def promote(service: str, changes: Mapping[str, str], *, state: Path | None, as_json: bool) -> int:
    """Send a service's requests to its other colour."""
    layout = layout_of(state)
    begun = time.monotonic()
    with _moving(f"promoting {service}", layout, service):
        colour = str(ask(layout.control, "promote", service=service, changes=dict(changes)))
    took = time.monotonic() - begun
    _tell(f"{service} is {colour}, after {took:.1f} s", {"service": service, "colour": colour}, took, as_json=as_json)
    return 0


def run_job(name: str, *, state: Path | None, as_json: bool) -> int:
    """Run a declared job now, and print the end of its log."""
    layout = layout_of(state)
    begun = time.monotonic()
    with _moving(f"running {name}", layout, name):
        log = str(ask(layout.control, "run-job", name=name))
    took = time.monotonic() - begun
    _tell(f"{log}\nComplete after {took:.1f} s.", {"job": name, "log": log}, took, as_json=as_json)
    return 0


def chaos(fault: Fault, target: str, *, seconds: float, state: Path | None, waits: bool, as_json: bool) -> int:
    """Break something on purpose, and with `waits` see it recover. Returns FINDINGS when it did not."""
    layout = layout_of(state)
    if not waits:
        out.print(escape(order(layout, fault, target, seconds=seconds)), soft_wrap=True)
        return 0
    broken = Broken(layout, fault, target, seconds=seconds)
    try:
        with working(broken.done) as step:
            for seen in broken.looks():
                step(f"{seen.after_s:.0f} s; {requests(seen)}")
    except KeyboardInterrupt:
        err.print("It goes on: the platform undoes the fault by itself.")
        return Exit.STOPPED
    if as_json:
        lasted = None if fault is Fault.KILL else seconds
        found = {"fault": fault, "process": broken.name, "seconds": lasted, **asdict(seen)}
        print(json.dumps(found))  # noqa: T201 - for a program, unstyled
    else:
        out.print(escape(broken.outcome(seen)), soft_wrap=True)
    return Exit.CLEAN if seen.is_as_before else Exit.FINDINGS


@contextmanager
def _moving(what: str, layout: Layout, name: str) -> Iterator[None]:
    """Says what is waited for: how long it takes, and the processes of that name that are not ready yet."""
    ended = threading.Event()
    begun = time.monotonic()

    def follow(step: Callable[[str], None]) -> None:
        while not ended.wait(_POLL_S):
            with suppress(OSError, ValueError):  # nothing is written yet
                told: Json = json.loads(layout.state.read_text())
                waited = [
                    f"{text(process, 'name')} is {text(process, 'state')}, "
                    for process in items(told, "processes")
                    if text(process, "name").startswith(name) and text(process, "state") != "ready"
                ]
                step(f"{''.join(waited)}{time.monotonic() - begun:.0f} s")

    with working(what) as step:
        following = threading.Thread(target=follow, args=(step,), daemon=True)
        following.start()
        try:
            yield
        finally:
            ended.set()
            following.join()


def _tell(said: str, found: JsonObject, took_s: float, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps({**found, "seconds": round(took_s, 2)}))  # noqa: T201 - for a program, unstyled
    else:
        out.print(escape(said), soft_wrap=True)
