"""What runs, for people and for programs."""

import contextlib
from dataclasses import dataclass

from coditect.graph.values import Json, JsonObject
from coditect.local.data import flags_not_taken
from coditect.local.declared import NotDeclared, Pod
from coditect.local.demonstration import password_file
from coditect.local.edge.declared import Backend, Route
from coditect.local.edge.routes import CONSOLE_HOST
from coditect.local.failures import failed_needs, failures
from coditect.local.pages import DOCUMENTS, Place
from coditect.local.platform import Platform
from coditect.local.process import LOOPBACK, StartError
from coditect.local.standins.third_parties import THIRD_PARTIES
from coditect.local.unit import State, Unit

_DOCUMENTS = "The API's documents"


def status(platform: Platform) -> JsonObject:
    """Every process and address with its state, and what of the graph is not done here."""
    units = dict(platform.units)
    rows = addresses(platform)
    return {
        "stack": platform.deployed.stack,
        "processes": [_process(unit, platform) for unit in units.values()],
        "addresses": [row for row in rows if row["answers"] is not False],
        "prefixes": [row for row in rows if row["answers"] is False],
        "stand_ins": [dict(row) for row in stand_ins(platform)],
        "databases": list(platform.deployed.database.databases),
        "failures": [
            {"name": name, "problem": _with_needs(platform, name, problem)}
            for name, problem in failures(platform).items()
        ],
        "people": [dict(person) for person in platform.people],
        "password_file": str(password_file(platform.layout)),
        "console": console_address(platform),
        "authority": str(platform.authority.certificate),
        "debuggers": {name: f"{LOOPBACK}:{port}" for name, port in platform.debuggers().items()},
        "not_done_here": [*platform.proxy.not_said(), *_not_done(platform)],
    }


def console_address(platform: Platform) -> str:
    """Where the console is; a browser gets in by a link of `coditect open`."""
    port = platform.proxy.https_port
    return f"https://{CONSOLE_HOST}{'' if port == 443 else f':{port}'}/"


def addresses(platform: Platform) -> list[JsonObject]:
    """Each public address: host, path, the service that answers, its state, and what is there.

    `answers` is None while nobody has looked there, and False where only longer paths answer.
    """
    served = _served(platform)
    rows = [_row(platform, one, _place(platform, one)) for one in served]
    seen = {(row["host"], row["service"]) for row in rows if row["is_page"]}
    for row, one in zip(rows, served, strict=True):
        place = _place(platform, one, documents=True)
        found = platform.looked.at(place) if place else None
        if place and found and found.is_page and not row["is_page"] and (row["host"], row["service"]) not in seen:
            address = _url(platform, one.route, place.path)
            row |= {"address": address, "answers": True, "is_page": True, "about": _DOCUMENTS}
    return rows


def look(platform: Platform) -> None:
    """Ask every process that serves requests what is at its addresses, where that is not known."""
    places = [
        place
        for one in _served(platform)
        for place in (_place(platform, one), _place(platform, one, documents=True))
        if place is not None
    ]
    platform.looked.look(places)


@dataclass(frozen=True)
class _Served:
    """A route, and the pod that answers there."""

    route: Route
    backend: Backend
    pod: Pod


def _served(platform: Platform) -> list[_Served]:
    """One route for `/admin` and all below it. A pod that is declared no more is gone, and so is what led there."""
    edge = platform.proxy.edge
    patterns = {(route.hosts, route.path) for route in edge.routes}
    backends = {backend.name: backend for backend in edge.backends}
    found = []
    for route in edge.routes:
        if route.path.endswith("/*") and (route.hosts, route.path.removesuffix("/*")) in patterns:
            continue
        backend = backends[route.backend]
        with contextlib.suppress(NotDeclared):
            pod = platform.web_pod(backend.service, platform.active_colour(backend.service))
            found.append(_Served(route, backend, pod))
    return found


def _row(platform: Platform, served: _Served, place: Place | None) -> JsonObject:
    route, backend, pod = served.route, served.backend, served.pod
    unit = platform.units.get(pod.name)
    found = platform.looked.at(place) if place else None
    return {
        "address": _url(platform, route, route.path.removesuffix("*")),
        "host": route.hosts[0],
        "path": route.path,
        "application": pod.namespace,
        "service": backend.service,
        "backend": backend.name,
        "process": pod.name,
        "colour": pod.colour,
        "state": unit.state.value if unit else "stopped",
        "is_stand_in": not pod.is_built_here,
        "answers": found.answers if found else None,
        "is_page": found.is_page if found else None,
        "about": route.purpose or f"Other paths: {backend.description}",
    }


def _place(platform: Platform, served: _Served, *, documents: bool = False) -> Place | None:
    """Where to ask for a route's own path, or for the API's documents; None where no process is ready to be asked."""
    route = served.route
    path = route.path.removesuffix("*")
    if documents:
        if not (route.path.endswith("*") and DOCUMENTS.startswith(path)):
            return None
        path = DOCUMENTS
    unit = platform.units.get(served.pod.name)
    if unit is None or unit.state is not State.READY:
        return None
    return Place(host=route.hosts[0], path=path, port=platform.ports_of(served.pod)[0], pid=unit.server.pid)


def _url(platform: Platform, route: Route, path: str) -> str:
    port = platform.proxy.https_port
    return f"https://{route.hosts[0]}{'' if port == 443 else f':{port}'}{path}"


def stand_ins(platform: Platform) -> list[JsonObject]:
    """Third parties that are not real here, each with its own page."""
    return [
        {
            "name": party.name,
            "address": f"http://{LOOPBACK}:{platform.port_of(party.name)}/",
            "state": platform.units[party.name].state.value,
            "about": party.about,
        }
        for party in THIRD_PARTIES
        if party.name in platform.units
    ]


def _process(unit: Unit, platform: Platform) -> JsonObject:
    try:
        pid: Json = unit.server.pid
    except StartError:
        pid = None
    return {
        "name": unit.name,
        "state": unit.state.value,
        "pid": pid,
        "restarts": unit.restarts,
        "ready_after_s": None if unit.ready_after_s is None else round(unit.ready_after_s, 2),
        "problem": unit.problem,
        "needs_failed": [*failed_needs(platform, unit.name)],
        "log": str(unit.server.log),
    }


def _with_needs(platform: Platform, name: str, problem: str) -> str:
    needs = failed_needs(platform, name)
    return f"needs {', '.join(needs)}, which does not serve. {problem}" if needs else problem


def _not_done(platform: Platform) -> list[str]:
    flags = flags_not_taken(platform.deployed.database)
    found = [f"Cloud SQL flag: {name}" for name in flags]
    return [*found, "Cloud SQL's TLS: connections here are on the loopback address"]
