"""What the picture shows, read from the graph and the catalogue; no coordinates yet."""

from collections import Counter
from dataclasses import dataclass

from coditect.graph import request_path
from coditect.graph.model import Graph, Node
from coditect.graph.pods import standing
from coditect.graph.values import Json, items, text
from coditect.plan.model import RouteRow, route_rows
from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Need
from infra.catalog.services import Service
from infra.catalog.third_parties import THIRD_PARTIES
from infra.settings import Settings

_PROTECTION = {"HSM": "hardware", "SOFTWARE": "software"}
_DRAWN = {"Workload", "Ide", "AgentFlow", "LocalChart", "Database", "Cache", "Signing", "SignIn", "Edge", "Backup"}
_TILE_NAMES = {"Dns": "DNS", "PlatformNamespace": "Namespaces", "Addons": "Add-ons"}


@dataclass(frozen=True, kw_only=True)
class Entrance:
    """A global address by its name, with the routes behind it, in the catalogue's order."""

    name: str
    routes: tuple[RouteRow, ...]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A service that is routed to. others: its further pods (workers, schedulers), in words."""

    name: str
    port: int
    pods: int
    others: str
    stores: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Room:
    """A namespace with its services."""

    namespace: str
    services: tuple[Running, ...]


@dataclass(frozen=True, kw_only=True)
class Store:
    """Something that services stand on. key: what `Running.stores` calls it. is_outside: another company's."""

    key: str
    name: str
    detail: str
    is_outside: bool = False


@dataclass(frozen=True, kw_only=True)
class Tile:
    """Components of one kind that no line of the picture leads to, with all they hold."""

    name: str
    resources: int


@dataclass(frozen=True, kw_only=True)
class Scene:
    stack: str
    project: str
    region: str
    resources: int
    nodes: str
    entrances: tuple[Entrance, ...]
    guards: tuple[str, ...]
    rooms: tuple[Room, ...]
    stores: tuple[Store, ...]
    tiles: tuple[Tile, ...]


def scene(graph: Graph, settings: Settings, catalog: Catalog = CATALOG) -> Scene:
    """The scene of a captured stack. Raises BrokenPath where a request would end nowhere."""
    rows = route_rows(graph, settings, catalog)
    pools = settings.cluster.pools
    zones = len(settings.google.zones)
    stores = _stores(graph)
    return Scene(
        stack=graph.stack,
        project=settings.google.project,
        region=settings.google.region.value,
        resources=graph.count,
        nodes=", ".join(f"{p.nodes_per_zone * zones} {p.machine_type}{' (spot)' if p.spot else ''}" for p in pools),
        entrances=_entrances(graph, rows),
        guards=_guards(graph),
        rooms=_rooms(graph, rows, catalog, {store.key for store in stores}),
        stores=stores,
        tiles=_tiles(graph),
    )


def _entrances(graph: Graph, rows: tuple[RouteRow, ...]) -> tuple[Entrance, ...]:
    """Hosts by the address that DNS gives them. A standby declares no records: there all addresses serve all hosts."""
    serving = {listener.address for listener in request_path.listeners(graph) if listener.is_tls}
    names = {
        text(node.outputs, "address"): text(node.inputs, "name")
        for node in graph.of_type("gcp:compute/globalAddress:GlobalAddress")
        if text(node.outputs, "address") in serving
    }
    records = {
        text(record.inputs, "name").rstrip("."): str(items(record.inputs, "rrdatas")[0])
        for record in graph.of_type("gcp:dns/recordSet:RecordSet")
        if record.input("type") == "A" and items(record.inputs, "rrdatas")
    }
    found: dict[str, list[RouteRow]] = {}
    for row in rows:
        name = names.get(records.get(row.host, ""), "every address")
        found.setdefault(name, []).append(row)
    return tuple(Entrance(name=name, routes=tuple(routes)) for name, routes in found.items())


def _guards(graph: Graph) -> tuple[str, ...]:
    """What every request passes before it is routed."""
    policies = graph.of_type("gcp:compute/sSLPolicy:SSLPolicy")
    versions = {text(policy.inputs, "minTlsVersion").removeprefix("TLS_").replace("_", ".") for policy in policies}
    armor = graph.of_type("gcp:compute/securityPolicy:SecurityPolicy")
    certificates = graph.of_type("gcp:certificatemanager/certificate:Certificate")
    # A standby answers with production's certificates: the names are the same.
    count = str(len(certificates)) if certificates else "production's"
    return (
        f"TLS {' and '.join(sorted(versions))}, {count} certificates",
        f"Cloud Armor, {len(armor)} policies",
        f"{len(graph.of_type(request_path.BACKEND_SERVICE))} backend services",
    )


def _rooms(graph: Graph, rows: tuple[RouteRow, ...], catalog: Catalog, stores: set[str]) -> tuple[Room, ...]:
    routed = {row.service: row for row in rows}
    rooms: dict[str, list[Running]] = {}
    for service in catalog.services:
        if (row := routed.get(service.name)) is not None:
            rooms.setdefault(service.namespace.value, []).append(
                Running(
                    name=service.name,
                    port=row.port,
                    pods=row.pods,
                    others=_others(graph, service),
                    stores=tuple(need for need in _needs(service) if need in stores),
                )
            )
    return tuple(Room(namespace=name, services=tuple(services)) for name, services in rooms.items())


def _others(graph: Graph, service: Service) -> str:
    counts = {text(group.workload.inputs, "metadata", "name"): group.count for group in standing(graph)}
    known = [(process.name, counts.get(f"{service.name}-{process.name}", 0)) for process in service.processes]
    words = [f"{count} {name}{'s' if count > 1 else ''}" for name, count in known if count]
    return f"and {', '.join(words)}" if words else ""


def _needs(service: Service) -> tuple[str, ...]:
    keys = [need.value for need in sorted(service.needs)]
    # FoundationDB is the Cloud IDE's own store, inside the cluster: the catalogue has it as part of the chart.
    return (*keys, "foundationdb") if service.name == "ide-backend" else tuple(keys)


def _stores(graph: Graph) -> tuple[Store, ...]:
    """In the order in which lines from the rooms cross least."""
    outside = [
        Store(key=party.need.value, name=party.name, detail=party.purpose, is_outside=True)
        for party in THIRD_PARTIES
        if party.need is not None and party.need is not Need.SIGN_IN
    ]
    volumes = [
        Store(
            key="foundationdb",
            name="FoundationDB",
            detail=f"{in_pods(node.input('spec', 'replicas'))} in the cluster, daily backup",
        )
        for node in graph.of_type("kubernetes:apps/v1:StatefulSet")
        if "foundationdb" in node.name
    ]
    return (
        *outside,
        Store(key=Need.SIGN_IN.value, name="Identity Platform", detail="e-mail, Google, GitHub, second factor"),
        Store(key=Need.DATABASE.value, name="Cloud SQL", detail=_database(graph)),
        *(
            Store(key=Need.CACHE.value, name="Memorystore", detail=_cache(cache))
            for cache in graph.of_type("gcp:redis/instance:Instance")
        ),
        Store(key=Need.SIGNING_KEY.value, name="Cloud KMS", detail=_signing(graph)),
        *volumes,
    )


def _database(graph: Graph) -> str:
    instances = graph.of_type("gcp:sql/databaseInstance:DatabaseInstance")
    # Those that were restored stand behind those they took the place of: the last one serves.
    serving = [node for node in instances if node.input("masterInstanceName") is None][-1]
    tier = text(serving.inputs, "settings", "tier").removeprefix("db-custom-").split("-")
    is_regional = serving.input("settings", "availabilityType") == "REGIONAL"
    size = (
        f"{tier[0]} vCPU, {int(tier[1]) / 1024:g} GiB" if len(tier) == 2 else text(serving.inputs, "settings", "tier")
    )
    name = serving.input("name")
    replicas = [text(node.inputs, "region") for node in instances if node.input("masterInstanceName") == name]
    return ", ".join(
        ["PostgreSQL 16", size, "two zones" if is_regional else "one zone", *(f"replica in {r}" for r in replicas)]
    )


def _cache(cache: Node) -> str:
    tier = "two zones" if cache.input("tier") == "STANDARD_HA" else "one zone"
    return f"Redis, {cache.input('memorySizeGb')} GiB, {tier}, noeviction"


def _signing(graph: Graph) -> str:
    for key in graph.of_type("gcp:kms/cryptoKey:CryptoKey"):
        if key.input("purpose") == "ASYMMETRIC_SIGN":
            protection = text(key.inputs, "versionTemplate", "protectionLevel")
            return f"RSA-4096 key that signs leases, in {_PROTECTION[protection]}"
    return "production's key that signs leases"


def _tiles(graph: Graph) -> tuple[Tile, ...]:
    counts: Counter[str] = Counter()
    for component in graph.children(graph.root):
        kind = component.type.rpartition(":")[2]
        if component.is_component and kind not in _DRAWN:
            counts[kind] += sum(not node.is_component for node in graph.descendants(component))
    tiles = [Tile(name=_TILE_NAMES.get(kind, kind), resources=count) for kind, count in counts.items() if count]
    return tuple(sorted(tiles, key=lambda tile: tile.name))


def in_pods(count: Json) -> str:
    """The number in words."""
    return "1 pod" if count == 1 else f"{count} pods"
