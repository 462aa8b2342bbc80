"""What `coditect plan` says, as values. The text and the JSON are two views of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from coditect.graph import request_path
from coditect.graph.inventory import Inventory
from coditect.graph.model import Graph, Node
from coditect.graph.pods import standing
from coditect.graph.values import text
from coditect.plan.capacity import Capacity, capacity
from coditect.plan.changes import Changes, compare
from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Zone
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class RouteRow:
    """One row of the catalogue, and where the graph really leads a request for it.

    problem: why it ends nowhere, or elsewhere than the catalogue says; None where all is well.
    """

    host: str
    path: str
    service: str
    namespace: str
    port: int
    container_port: int
    pods: int
    purpose: str
    problem: str | None = None


@dataclass(frozen=True, kw_only=True)
class Part:
    """A component with everything below it, counted. types: resources by type."""

    name: str
    type: str
    count: int
    types: Mapping[str, int]
    parts: tuple["Part", ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """parts: top-level components. loose: resources outside of any component, by type."""

    stack: str
    google_project: str
    region: str
    domains: tuple[str, str]
    resources: int
    components: int
    protected: int
    parts: tuple[Part, ...]
    loose: Mapping[str, int]
    routes: tuple[RouteRow, ...]
    capacity: Capacity
    changes: Changes


def plan(graph: Graph, settings: Settings, before: Inventory, catalog: Catalog = CATALOG) -> Plan:
    """The plan of a captured stack against an inventory."""
    return Plan(
        stack=graph.stack,
        google_project=settings.google.project,
        region=settings.google.region.value,
        domains=(settings.domains.site, settings.domains.apps),
        resources=graph.count,
        components=sum(node.is_component for node in graph.resources),
        protected=sum(node.protect for node in graph.resources),
        parts=_parts(graph, graph.root),
        loose=_loose(graph, graph.root),
        routes=route_rows(graph, settings, catalog),
        capacity=capacity(graph),
        changes=compare(before, Inventory.of(graph)),
    )


def _parts(graph: Graph, node: Node) -> tuple[Part, ...]:
    parts = [_part(graph, child) for child in graph.children(node) if child.is_component]
    # What is of one kind stands together.
    return tuple(sorted(parts, key=lambda part: (part.type, part.name)))


def _loose(graph: Graph, node: Node) -> Mapping[str, int]:
    """Resources directly below a node, by type."""
    return Counter(child.type for child in graph.children(node) if not child.is_component)


def _part(graph: Graph, node: Node) -> Part:
    own = _loose(graph, node)
    parts = _parts(graph, node)
    return Part(
        name=node.name,
        type=node.type.rpartition(":")[2],
        count=sum(own.values()) + sum(part.count for part in parts),
        types=own,
        parts=parts,
    )


def route_rows(graph: Graph, settings: Settings, catalog: Catalog) -> tuple[RouteRow, ...]:
    """Each routing row of the catalogue, walked through the graph."""
    domains = {Zone.SITE: settings.domains.site, Zone.APPS: settings.domains.apps}
    rules = _served_rules(graph)
    pods = {group.workload.urn: group.count for group in standing(graph)}
    rows = []
    for route in catalog.routes:
        host = f"{route.label}.{domains[route.zone]}" if route.label else domains[route.zone]
        service = catalog.service(route.service)
        row = RouteRow(
            host=host,
            path=route.path,
            service=route.service,
            namespace=service.namespace.value,
            port=route.port,
            container_port=0,
            pods=0,
            purpose=route.purpose,
        )
        rows.append(_walked(graph, rules, pods, row))
    return tuple(rows)


def _served_rules(graph: Graph) -> tuple[request_path.PathRule, ...]:
    """Rules of the URL maps that serve requests over TLS."""
    maps = {listener.url_map.urn: listener.url_map for listener in request_path.listeners(graph) if listener.is_tls}
    return tuple(rule for url_map in maps.values() for rule in request_path.path_rules(graph, url_map))


def _walked(graph: Graph, rules: tuple[request_path.PathRule, ...], pods: Mapping[str, int], row: RouteRow) -> RouteRow:
    backend = request_path.resolve(rules, row.host, row.path.removesuffix("*"))
    if backend is None:
        return replace(row, problem="the URL map refuses it")
    try:
        end = request_path.endpoint(graph, backend)
    except request_path.BrokenPath as broken:
        return replace(row, problem=str(broken))
    # Whose pods they are; what the Service itself is called is between it and the load balancer.
    name = text(end.service.inputs, "spec", "selector", "app")
    row = replace(row, container_port=end.container_port, pods=pods.get(end.workload.urn, 0))
    if (name, end.port) != (row.service, row.port):
        return replace(row, problem=f"leads to {name}:{end.port} instead")
    return row if row.pods else replace(row, problem="no pod runs behind it")
