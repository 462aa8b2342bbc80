"""Requests: the last ones at the edge, and one with its spans."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from coditect.graph.values import Json, text
from coditect.local.console.edge_log import Request
from coditect.local.console.processes import addresses
from coditect.local.console.site import Site
from coditect.local.console.sorting import Column, by_address
from coditect.local.console.traces import Trace
from coditect.local.console.waterfall import bars

_SHOWN = 50
_TRACES = 500
# Envoy writes the id of its access log into its span.
_REQUEST_ID = "guid:x-request-id"
_NO_SPANS = (
    "No spans of this request are here. They are kept in memory: only the last ones, "
    "and none from before the console's last start."
)
STATUSES = ("2xx", "3xx", "4xx", "5xx")


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A request, who answered it, and its trace if there is one."""

    request: Request
    service: str
    trace_id: str


_COLUMNS: Mapping[str, Column[Seen]] = {
    "time": Column(value=lambda seen: seen.request.at, is_falling_first=True),
    "status": Column(value=lambda seen: seen.request.status, is_falling_first=True),
    "duration": Column(value=lambda seen: seen.request.duration_ms, is_falling_first=True),
}


def routes(site: Site) -> list[web.RouteDef]:
    async def listed(request: web.Request) -> web.Response:
        told = await site.supervised.ask("overview")
        service, status = request.query.get("service", ""), request.query.get("status", "")
        all_seen = _seen(site.edge_log.newest(), told, site.traces.recent(_TRACES))
        found = [
            seen
            for seen in all_seen
            if service in ("", seen.service) and status in ("", f"{seen.request.status // 100}xx")
        ]
        rows, sorting = by_address(request, found, _COLUMNS, default="-time")
        return site.page(
            request,
            "requests.html",
            section="/requests",
            rows=rows[:_SHOWN],
            sorting=sorting,
            count=len(found),
            has_any=bool(all_seen),
            services=sorted({seen.service for seen in all_seen if seen.service}),
            statuses=STATUSES,
            service=service,
            status_class=status,
            example=next((address for address in addresses(told) if not address.is_stand_in), None),
        )

    async def one(request: web.Request) -> web.Response:
        trace = site.traces.trace(request.match_info["trace_id"])
        if trace is None:
            raise web.HTTPNotFound(text=_NO_SPANS)
        return site.page(request, "trace.html", section="/requests", trace=trace, bars=bars(trace))

    async def asked(request: web.Request) -> web.Response:
        trace_id = _trace_ids(site.traces.recent(_TRACES)).get(request.match_info["request_id"])
        if trace_id is None:
            raise web.HTTPNotFound(text=f"{_NO_SPANS} New ones come within a second: load the page anew.")
        raise web.HTTPSeeOther(f"/requests/{trace_id}")

    return [
        web.get("/requests", listed),
        web.get("/requests/{trace_id:[0-9a-f]{32}}", one),
        web.get("/requests/asked/{request_id:[0-9a-f-]{36}}", asked),
    ]


def _seen(requests: list[Request], told: Json, traces: list[Trace]) -> list[Seen]:
    ids = _trace_ids(traces)
    return [
        Seen(
            request=request,
            service=text(told, "backends", request.backend),
            trace_id=ids.get(request.request_id, ""),
        )
        for request in requests
    ]


def _trace_ids(traces: list[Trace]) -> dict[str, str]:
    """The trace of each request's id."""
    return {
        span.attributes[_REQUEST_ID]: trace.trace_id
        for trace in traces
        for span in trace.spans
        if _REQUEST_ID in span.attributes
    }
