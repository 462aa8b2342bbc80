"""`coditect top`: what passes through the edge, by service, and what does not run as it should."""

import json
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.live import Live
from rich.table import Table
from rich.text import Text

from coditect.console import out
from coditect.graph.values import Json, JsonObject, items, lookup, members, text
from coditect.local.command import current, layout_of
from coditect.local.layout import Layout
from coditect.local.tables import STATE_COLOURS
from coditect.local.traffic import Traffic, traffic

_WINDOW = timedelta(seconds=10)
_REFRESH_S = 1.0


def top(*, state: Path | None, is_once: bool, as_json: bool) -> int:
    """Show it until interrupted, or once: where it is asked for, and where nobody watches."""
    layout = layout_of(state)
    if is_once or not (as_json or out.is_terminal):
        _print(seen(layout), as_json=as_json)
        return 0
    with suppress(KeyboardInterrupt):
        if as_json:
            while True:
                _print(seen(layout), as_json=True)
                time.sleep(_REFRESH_S)
        with Live(_table(seen(layout)), console=out, refresh_per_second=2) as live:
            while True:
                time.sleep(_REFRESH_S)
                live.update(_table(seen(layout)))
    return 0


def seen(layout: Layout) -> JsonObject:
    """Every service behind the edge with its requests of the last seconds, counts, and processes that are not ready."""
    told = current(layout)
    routes = [*items(told, "addresses"), *items(told, "prefixes")]
    services = {text(row, "backend"): text(row, "service") for row in routes}
    states = {text(row, "service"): text(row, "state") for row in routes}
    measured = {row.backend: row for row in _traffic(layout, services)}
    rows: list[Json] = []
    for name in [*states, *(name for name in measured if name not in states)]:
        row = measured.get(name)
        rows.append(
            {
                "service": name,
                "state": states.get(name),
                "requests_per_s": round(row.per_s, 1) if row else 0.0,
                "p50_ms": row.p50_ms if row else None,
                "p95_ms": row.p95_ms if row else None,
                "errors": row.errors if row else 0,
            }
        )
    return {
        "window_s": _WINDOW.total_seconds(),
        "services": rows,
        "counts": members(told, "counts"),
        "processes": len(items(told, "processes")),
        "not_ready": [
            {"process": text(process, "name"), "state": text(process, "state")}
            for process in items(told, "processes")
            if text(process, "state") != "ready"
        ],
    }


def _traffic(layout: Layout, services: dict[str, str]) -> list[Traffic]:
    return traffic(layout.access_log, now=datetime.now(UTC), window=_WINDOW, services=services)


def _print(found: JsonObject, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(found), flush=True)  # noqa: T201 - for a program, unstyled
    else:
        out.print(_table(found))


def _table(found: JsonObject) -> Table:
    table = Table(box=None, pad_edge=False)
    for column in ("service", "state", "requests/s", "p50", "p95", "errors"):
        table.add_column(column, justify="left" if column in ("service", "state") else "right", no_wrap=True)
    for row in items(found, "services"):
        state, errors = text(row, "state"), lookup(row, "errors")
        table.add_row(
            text(row, "service"),
            Text(state, style=STATE_COLOURS.get(state, "")),
            str(lookup(row, "requests_per_s")),
            _milliseconds(lookup(row, "p50_ms")),
            _milliseconds(lookup(row, "p95_ms")),
            str(errors or ""),
            style="red" if errors else "",
        )
    table.add_section()
    for name, value in members(found, "counts").items():
        table.add_row(name, "", str(value))
    not_ready = items(found, "not_ready")
    table.add_row("processes", "", f"{int(str(lookup(found, 'processes'))) - len(not_ready)} ready")
    for process in not_ready:
        table.add_row(f"  {text(process, 'process')}", text(process, "state"), style="red")
    return table


def _milliseconds(value: Json) -> str:
    return "" if value is None else f"{float(str(value)):.0f} ms"
