"""Processes: all of them, and one with the end of its log."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from aiohttp import web
from prometheus_client.parser import text_string_to_metric_families

from coditect.graph.values import Json, text
from coditect.local.console.edge_log import numbers
from coditect.local.console.log_tail import readable, tail
from coditect.local.console.processes import Process, addresses, processes
from coditect.local.console.site import Site
from coditect.local.console.sorting import Column, by_address
from coditect.local.control import ControlError
from coditect.local.unit import State

_LINES = 200
_WINDOW = timedelta(minutes=1)
_COLUMNS: Mapping[str, Column[Process]] = {
    "name": Column(value=lambda process: process.name),
    "state": Column(value=lambda process: process.state),
    "restarts": Column(value=lambda process: process.restarts, is_falling_first=True),
    "ready": Column(value=lambda process: process.ready_after_s, is_falling_first=True),
    "memory": Column(value=lambda process: process.memory, is_falling_first=True),
}


def routes(site: Site) -> list[web.RouteDef]:
    async def listed(request: web.Request) -> web.Response:
        running = processes(await site.supervised.ask("overview"))
        name, state = request.query.get("name", "").strip(), request.query.get("state", "")
        fitting = [each for each in running if name.lower() in each.name.lower() and state in ("", each.state)]
        rows, sorting = by_address(request, fitting, _COLUMNS)
        return site.page(
            request,
            "processes.html",
            section="/processes",
            processes=rows,
            sorting=sorting,
            states=list(State),
            wanted=name,
            wanted_state=state,
        )

    async def one(request: web.Request) -> web.Response:
        told = await site.supervised.ask("overview")
        name = request.match_info["name"]
        found = next((process for process in processes(told) if process.name == name), None)
        if found is None:
            raise web.HTTPNotFound(text=f"No process is called {name}. A promotion may have ended it.")
        now = datetime.now(UTC)
        taken = [
            seen
            for seen in site.edge_log.newest()
            if seen.at >= now - _WINDOW and found.service and text(told, "backends", seen.backend) == found.service
        ]
        log = tail(found.log, count=_LINES)
        return site.page(
            request,
            "process.html",
            section="/processes",
            process=found,
            name=quote(name),
            log=readable(found.name, log.lines),
            is_log_cut=log.is_cut,
            traffic=numbers(taken, _WINDOW) if found.role == "web" else None,
            metrics=await _metrics(site, name),
            addresses=[address for address in addresses(told) if address.service in (found.service or found.name,)],
        )

    return [web.get("/processes", listed), web.get("/processes/{name}", one)]


async def _metrics(site: Site, name: str) -> list[tuple[str, str, float, int]]:
    """Families of a process's metrics: name, help, sum of all samples and how many; empty where it has none."""
    try:
        told: Json = await site.supervised.ask("metrics", process=name)
    except ControlError:
        return []
    found = []
    for family in text_string_to_metric_families(str(told) + "\n"):
        samples = [sample for sample in family.samples if not sample.name.endswith(("_bucket", "_created"))]
        if samples and family.name:
            found.append((family.name, family.documentation, sum(sample.value for sample in samples), len(samples)))
    return found
