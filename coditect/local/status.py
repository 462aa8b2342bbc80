"""What runs, for people and for programs."""

from coditect.graph.values import Json, JsonObject
from coditect.local.data import flags_not_taken
from coditect.local.demonstration import password_file
from coditect.local.failures import failed_needs, failures
from coditect.local.platform import Platform
from coditect.local.process import LOOPBACK, StartError
from coditect.local.standins.third_parties import THIRD_PARTIES
from coditect.local.unit import Unit


def status(platform: Platform) -> JsonObject:
    """Every process and address with its state, and what of the graph is not done here."""
    units = dict(platform.units)
    return {
        "stack": platform.deployed.stack,
        "processes": [_process(unit, platform) for unit in units.values()],
        "addresses": [dict(row) for row in addresses(platform)],
        "stand_ins": [dict(row) for row in stand_ins(platform)],
        "databases": list(platform.deployed.database.databases),
        "failures": [
            {"name": name, "problem": _with_needs(platform, name, problem)}
            for name, problem in failures(platform).items()
        ],
        "people": [dict(person) for person in platform.people],
        "password_file": str(password_file(platform.layout)),
        "authority": str(platform.authority.certificate),
        "not_done_here": [*platform.proxy.not_said(), *_not_done(platform)],
    }


def addresses(platform: Platform) -> list[JsonObject]:
    """Each public address: host, path, the service that answers, its state, and what to do there."""
    backends = {backend.name: backend for backend in platform.proxy.edge.backends}
    rows: list[JsonObject] = []
    patterns = {(route.hosts, route.path) for route in platform.proxy.edge.routes}
    for route in platform.proxy.edge.routes:
        if route.path.endswith("/*") and (route.hosts, route.path.removesuffix("/*")) in patterns:
            continue  # one row for `/admin` and all below it
        backend = backends[route.backend]
        pod = platform.web_pod(backend.service, platform.active_colour(backend.service))
        unit = platform.units.get(pod.name)
        rows.append(
            {
                "address": f"https://{route.hosts[0]}{_port(platform)}{route.path.removesuffix('*')}",
                "path": route.path,
                "service": backend.service,
                "colour": pod.colour,
                "state": unit.state.value if unit else "stopped",
                "is_stand_in": not pod.is_built_here,
                "about": route.purpose or f"Other paths: {backend.description}",
            }
        )
    return rows


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


def _port(platform: Platform) -> str:
    return "" if platform.proxy.https_port == 443 else f":{platform.proxy.https_port}"


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
