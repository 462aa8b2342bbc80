"""Seats by license, live: how many are held, by whom, and on which machine."""

from dataclasses import dataclass

from aiohttp import web

from coditect.graph.values import Json, items, lookup, text
from coditect.local.console.site import Site


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who holds a seat. Times in Unix seconds."""

    email: str
    hostname: str
    machine: str
    acquired: float
    heartbeat: float


@dataclass(frozen=True, kw_only=True)
class License:
    tenant: str
    id: str
    status: str
    total: int
    holders: tuple[Holder, ...]


def routes(site: Site) -> list[web.RouteDef]:
    async def shown(request: web.Request) -> web.Response:
        return site.page(request, "seats.html", section="/seats", licenses=licenses(await site.supervised.ask("seats")))

    return [web.get("/seats", shown)]


def licenses(rows: Json) -> list[License]:
    """Licenses in the order of the supervisor's rows, which are one for each held seat."""
    by_id: dict[str, list[Json]] = {}
    for row in items(rows):
        by_id.setdefault(text(row, "license"), []).append(row)
    return [
        License(
            tenant=text(found[0], "tenant"),
            id=license_id,
            status=text(found[0], "status"),
            total=int(str(lookup(found[0], "total"))),
            holders=tuple(_holder(row) for row in found if lookup(row, "acquired") is not None),
        )
        for license_id, found in by_id.items()
    ]


def _holder(row: Json) -> Holder:
    return Holder(
        email=text(row, "holder"),
        hostname=text(row, "hostname"),
        machine=text(row, "machine"),
        acquired=float(str(lookup(row, "acquired"))),
        heartbeat=float(str(lookup(row, "heartbeat"))),
    )
