"""Walks the graph as a request does.

Forwarding rule, proxy, URL map, backend service, network endpoint group, Kubernetes Service, workload, container port:
each step follows what the resources themselves say, so a broken link is found here and not by a customer.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, items, lookup, members, text
from explained import ExplainedError

FORWARDING_RULE = "gcp:compute/globalForwardingRule:GlobalForwardingRule"
HTTPS_PROXY = "gcp:compute/targetHttpsProxy:TargetHttpsProxy"
HTTP_PROXY = "gcp:compute/targetHttpProxy:TargetHttpProxy"
URL_MAP = "gcp:compute/uRLMap:URLMap"
BACKEND_SERVICE = "gcp:compute/backendService:BackendService"
BACKEND_BUCKET = "gcp:compute/backendBucket:BackendBucket"
SERVICE = "kubernetes:core/v1:Service"
WORKLOADS = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")
NEG_ANNOTATION = "cloud.google.com/neg"


class BrokenPath(ExplainedError):  # noqa: N818 - reads as what it is
    """A request would end here. The message names the link that is missing."""


@dataclass(frozen=True, kw_only=True)
class Listener:
    """An address and port that the world may open. redirects: it only answers with another address."""

    rule: Node
    proxy: Node
    url_map: Node
    address: str
    port: int
    is_tls: bool
    redirects: bool


@dataclass(frozen=True, kw_only=True)
class PathRule:
    """A path pattern of the URL map under some hosts. path `/*`: everything that no other pattern takes."""

    hosts: tuple[str, ...]
    path: str
    backend: Node


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a backend service's requests end.

    neg: name of the network endpoint groups, one in each of `zones`.
    port: of the Kubernetes Service; container_port: of the container that listens.
    """

    backend: Node
    neg: str
    zones: tuple[str, ...]
    service: Node
    port: int
    workload: Node
    container: str
    container_port: int


def listeners(graph: Graph) -> tuple[Listener, ...]:
    """Every forwarding rule with its proxy and URL map. Raises BrokenPath."""
    found = []
    for rule in graph.of_type(FORWARDING_RULE):
        proxy = _follow(graph, rule, text(rule.inputs, "target"), (HTTPS_PROXY, HTTP_PROXY))
        url_map = _follow(graph, proxy, text(proxy.inputs, "urlMap"), (URL_MAP,))
        found.append(
            Listener(
                rule=rule,
                proxy=proxy,
                url_map=url_map,
                address=_address(graph, text(rule.inputs, "ipAddress")),
                port=int(str(rule.input("portRange")).partition("-")[0]),
                is_tls=proxy.type == HTTPS_PROXY,
                redirects=bool(members(url_map.inputs, "defaultUrlRedirect")),
            )
        )
    return tuple(found)


def path_rules(graph: Graph, url_map: Node) -> tuple[PathRule, ...]:
    """Every pattern of a URL map that leads to a backend service, in its own order. Raises BrokenPath.

    What leads to a bucket ends there, at no pod: `bucket_hosts`.
    """
    matchers = {text(matcher, "name"): matcher for matcher in items(url_map.inputs, "pathMatchers")}
    found = []
    for host_rule in items(url_map.inputs, "hostRules"):
        hosts = tuple(str(host) for host in items(host_rule, "hosts"))
        name = text(host_rule, "pathMatcher")
        if name not in matchers:
            raise BrokenPath(
                f"{url_map.name} sends {', '.join(hosts)} to path matcher {name!r}, which it does not have."
            )
        for path, target in _patterns(matchers[name]):
            backend = _follow(graph, url_map, target, (BACKEND_SERVICE, BACKEND_BUCKET))
            if backend.type == BACKEND_SERVICE:
                found.append(PathRule(hosts=hosts, path=path, backend=backend))
    return tuple(found)


def bucket_hosts(graph: Graph, url_map: Node) -> Mapping[str, Node]:
    """The backend bucket that answers all of a host, by host. Raises BrokenPath."""
    defaults = {
        text(matcher, "name"): text(matcher, "defaultService") for matcher in items(url_map.inputs, "pathMatchers")
    }
    found: dict[str, Node] = {}
    for host_rule in items(url_map.inputs, "hostRules"):
        target = defaults.get(text(host_rule, "pathMatcher"), "")
        backend = _follow(graph, url_map, target, (BACKEND_SERVICE, BACKEND_BUCKET))
        if backend.type == BACKEND_BUCKET:
            found |= {str(host): backend for host in items(host_rule, "hosts")}
    return found


def _patterns(matcher: Json) -> Iterator[tuple[str, str]]:
    for rule in items(matcher, "pathRules"):
        target = text(rule, "service") or _weighted(rule)
        for path in items(rule, "paths"):
            yield str(path), target
    for rule in items(matcher, "routeRules"):
        target = text(rule, "service") or _weighted(rule)
        for match in items(rule, "matchRules"):
            prefix = text(match, "prefixMatch")
            yield text(match, "fullPathMatch") or text(match, "pathTemplateMatch") or f"{prefix.rstrip('/')}/*", target
    default = text(matcher, "defaultService") or _weighted({"routeAction": members(matcher, "defaultRouteAction")})
    if default:
        yield "/*", default


def _weighted(rule: Json) -> str:
    """The backend that most requests of a weighted action go to."""
    weighted = items(rule, "routeAction", "weightedBackendServices")
    if not weighted:
        return ""
    return text(max(weighted, key=lambda backend: float(str(lookup(backend, "weight") or 0))), "backendService")


def resolve(rules: tuple[PathRule, ...], host: str, path: str) -> Node | None:
    """The backend service that answers; None where the URL map refuses. The longest pattern wins, as Google has it."""
    under = [rule for rule in rules if host in rule.hosts] or [
        rule for rule in rules if any(h.startswith("*.") and host.endswith(h[1:]) for h in rule.hosts)
    ]
    matching = [rule for rule in under if _matches(rule.path, path)]
    return max(matching, key=lambda rule: len(rule.path)).backend if matching else None


def _matches(pattern: str, path: str) -> bool:
    if pattern.endswith("/*"):
        return path.startswith(pattern[:-1])
    return path == pattern


def endpoint(graph: Graph, backend: Node) -> Endpoint:
    """Follows a backend service to the container port. Raises BrokenPath."""
    groups = [text(b, "group") for b in items(backend.inputs, "backends")]
    names = {group.rpartition("/")[2] for group in groups}
    if len(names) != 1:
        raise BrokenPath(
            f"{backend.name} must send to network endpoint groups of one name, and sends to: {sorted(names) or 'none'}."
        )
    neg = names.pop()
    service, port = _service_of(graph, neg, backend)
    workload = _workload_of(graph, service)
    container, container_port = _listening(workload, service, port)
    return Endpoint(
        backend=backend,
        neg=neg,
        zones=tuple(sorted(group.split("/zones/")[1].split("/")[0] for group in groups if "/zones/" in group)),
        service=service,
        port=port,
        workload=workload,
        container=container,
        container_port=container_port,
    )


def _service_of(graph: Graph, neg: str, backend: Node) -> tuple[Node, int]:
    for service in graph.of_type(SERVICE):
        annotation = text(service.inputs, "metadata", "annotations", NEG_ANNOTATION)
        exposed = members(json.loads(annotation), "exposed_ports") if annotation else {}
        for port, group in exposed.items():
            if text(group, "name") == neg:
                return service, int(port)
    raise BrokenPath(f"{backend.name} sends to {neg}, but no Kubernetes Service has its pods registered there.")


def _workload_of(graph: Graph, service: Node) -> Node:
    selector = members(service.inputs, "spec", "selector")
    namespace = service.input("metadata", "namespace")
    for workload in graph.of_type(*WORKLOADS):
        labels = members(workload.inputs, "spec", "template", "metadata", "labels")
        if workload.input("metadata", "namespace") == namespace and selector and selector.items() <= labels.items():
            return workload
    raise BrokenPath(f"Service {service.name} selects {selector} in {namespace}, and no workload there has such pods.")


def _listening(workload: Node, service: Node, port: int) -> tuple[str, int]:
    """The container whose port the Service's port leads to, by number or by name."""
    for entry in items(service.inputs, "spec", "ports"):
        if lookup(entry, "port") != port:
            continue
        target = lookup(entry, "targetPort") or port
        for container in items(workload.inputs, "spec", "template", "spec", "containers"):
            for opened in items(container, "ports"):
                number = lookup(opened, "containerPort")
                if isinstance(number, int) and target in (number, text(opened, "name")):
                    return text(container, "name"), number
        raise BrokenPath(
            f"Service {service.name} leads port {port} to {target!r}: no container of {workload.name} opens it."
        )
    raise BrokenPath(f"Service {service.name} has port {port} in its endpoint groups, but not among its ports.")


def _follow(graph: Graph, origin: Node, reference: str, types: tuple[str, ...]) -> Node:
    """The node that an id or a self link means."""
    for node in graph.of_type(*types):
        if reference and reference in (node.id, text(node.outputs, "selfLink")):
            return node
    raise BrokenPath(f"{origin.name} points at {reference or 'nothing'}, which is none of: {', '.join(types)}.")


def _address(graph: Graph, reference: str) -> str:
    """A forwarding rule names its address by value or by reference."""
    for node in graph.of_type("gcp:compute/globalAddress:GlobalAddress"):
        if reference in (node.id, text(node.outputs, "selfLink")):
            return text(node.outputs, "address")
    return reference
