"""The first page: the way of a request through what runs, with what passes there now."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from aiohttp import web

from coditect.graph.values import items, text
from coditect.local.console.edge_log import Numbers, Route, by_route, numbers
from coditect.local.console.formatting import duration, rate
from coditect.local.console.live_picture import filled, slots
from coditect.local.console.processes import Address, addresses, processes, routed
from coditect.local.console.site import Site
from coditect.local.console.sorting import Column, by_address

_WINDOW = timedelta(minutes=1)
_MARKS = {"ready": ("✓ ready", "good"), "starting": ("… starting", "waiting"), "failed": ("✗ failed", "bad")}

_COLUMNS: Mapping[str, Column[tuple[Route, str, Numbers]]] = {
    "route": Column(value=lambda row: f"{row[0].host}{row[0].path}"),
    "service": Column(value=lambda row: row[1] or None),
    "requests": Column(value=lambda row: row[2].count, is_falling_first=True),
    "duration": Column(value=lambda row: row[2].p95_ms, is_falling_first=True),
    "errors": Column(value=lambda row: row[2].errors, is_falling_first=True),
}


def routes(site: Site) -> list[web.RouteDef]:
    async def overview(request: web.Request) -> web.Response:
        told = await site.supervised.ask("overview")
        running = processes(told)
        routes_told = routed(told)
        svg = await site.picture.svg()
        now = datetime.now(UTC)
        recent = [seen for seen in site.edge_log.newest() if seen.at >= now - _WINDOW]
        drawn = [Route(*key.split(" ")[1:]) for key in slots(svg) if key.startswith("route ")]
        measured = by_route(recent, drawn, now=now, window=_WINDOW)
        words = {f"route {route.host} {route.path}": _words(found) for route, found in measured.items()}
        states = {address.service: address.state for address in routes_told}
        words |= {f"service {service}": _MARKS.get(state, (state, "")) for service, state in states.items()}
        rows = [(route, _service(route, routes_told), found) for route, found in measured.items()]
        rows, sorting = by_address(request, rows, _COLUMNS, anchor="by-route")
        return site.page(
            request,
            "overview.html",
            section="/",
            picture=filled(svg, words),
            routes=rows,
            sorting=sorting,
            total=numbers(recent, _WINDOW),
            processes=running,
            troubled=[process for process in running if process.state != "ready"],
            addresses=addresses(told),
            stack=text(told, "stack"),
            people=[(text(person, "email"), text(person, "is")) for person in items(told, "people")],
            password_file=text(told, "password_file"),
            not_done=[str(line) for line in items(told, "not_done_here")],
        )

    return [web.get("/", overview)]


def _service(route: Route, routed_to: list[Address]) -> str:
    return next(
        (a.service for a in routed_to if a.host == route.host and Route(a.host, a.path).start == route.start), ""
    )


def _words(found: Numbers) -> tuple[str, str]:
    """A route's label: nothing where nothing passed, so that what passes is seen."""
    if not found.count:
        return "", ""
    errors = f" · {found.errors} ✗" if found.errors else ""
    return f"{rate(found.per_s)} · {duration(found.p95_ms)}{errors}", "bad" if found.errors else ""
