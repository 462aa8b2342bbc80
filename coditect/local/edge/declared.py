"""The load balancer that the graph declares: certificates, hosts, path rules, backends, checks, security policies."""

from collections.abc import Iterator
from dataclasses import dataclass

from coditect.graph.model import Graph, Node
from coditect.graph.request_path import HTTPS_PROXY, BrokenPath, PathRule, bucket_hosts, endpoint, listeners, path_rules
from coditect.graph.values import Json, items, lookup, members, text

_HEALTH_CHECK = "gcp:compute/healthCheck:HealthCheck"
_POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
_MAP_ENTRY = "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry"
_SSL_POLICY = "gcp:compute/sSLPolicy:SSLPolicy"


@dataclass(frozen=True, kw_only=True)
class HealthCheck:
    """Times in seconds, thresholds in checks."""

    path: str
    host: str
    interval_s: int
    timeout_s: int
    healthy: int
    unhealthy: int


@dataclass(frozen=True, kw_only=True)
class ArmorRule:
    """One rule of a security policy. expression: of the rules language; empty where it tells addresses instead."""

    priority: int
    action: str
    description: str
    expression: str
    addresses: tuple[str, ...]
    count: int | None
    interval_s: int | None


@dataclass(frozen=True, kw_only=True)
class Backend:
    """A backend service and where its requests end.

    service: the Kubernetes Service's name, which pods belong to. headers: added to every reply.
    """

    name: str
    description: str
    service: str
    container_port: int
    timeout_s: int
    drain_s: int
    headers: tuple[tuple[str, str], ...]
    keeps_cookie_s: int | None
    check: HealthCheck
    rules: tuple[ArmorRule, ...]
    gateway_failures: int | None
    ejection_s: int
    max_ejected_percent: int


@dataclass(frozen=True, kw_only=True)
class Route:
    """Hosts, a path pattern (`/x` or `/x/*`), and the name of the backend that answers.

    purpose: what the URL map's own tests call it; empty where no test names it.
    """

    hosts: tuple[str, ...]
    path: str
    backend: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class Edge:
    """certificates: hosts by certificate name. redirect_code: of port 80. min_tls: as the SSL policy names it."""

    https_port: int
    http_port: int
    min_tls: str
    certificates: dict[str, tuple[str, ...]]
    routes: tuple[Route, ...]
    backends: tuple[Backend, ...]
    not_said: tuple[str, ...]

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host once, in the URL map's order."""
        return tuple(dict.fromkeys(host for route in self.routes for host in route.hosts))


def edge(graph: Graph) -> Edge:
    """Follow the forwarding rules. Raises BrokenPath."""
    found = listeners(graph)
    secure = [listener for listener in found if listener.is_tls]
    plain = [listener for listener in found if listener.redirects]
    if not secure or not plain:
        raise BrokenPath(f"{graph.stack} must have a forwarding rule with TLS and one that redirects to it.")
    proxies = {listener.proxy.urn: listener.proxy for listener in secure}
    if len(proxies) != 1:
        raise BrokenPath(f"{graph.stack} has {len(proxies)} HTTPS proxies: one machine has one.")
    proxy = next(iter(proxies.values()))
    rules = path_rules(graph, secure[0].url_map)
    backends = {rule.backend.urn: rule.backend for rule in rules}
    return Edge(
        https_port=secure[0].port,
        http_port=plain[0].port,
        min_tls=_tls(graph, proxy),
        certificates=_certificates(graph, proxy),
        routes=tuple(
            Route(
                hosts=rule.hosts,
                path=rule.path,
                backend=text(rule.backend.inputs, "name"),
                purpose=_purpose(secure[0].url_map, rule),
            )
            for rule in rules
        ),
        backends=tuple(_backend(graph, node) for node in backends.values()),
        not_said=tuple(_not_said(graph, proxy, secure[0].url_map)),
    )


def _purpose(url_map: Node, rule: PathRule) -> str:
    """The description of the URL map's test whose host and path this rule takes."""
    for test in items(url_map.inputs, "tests"):
        path = text(test, "path")
        fits = path == "/" if rule.path == "/*" else path == rule.path or path == f"{rule.path[:-2]}/example"
        if fits and text(test, "host") == rule.hosts[0]:
            return text(test, "description")
    return ""


def _tls(graph: Graph, proxy: Node) -> str:
    assert proxy.type == HTTPS_PROXY
    for policy in graph.of_type(_SSL_POLICY):
        if text(proxy.inputs, "sslPolicy") in (policy.id, text(policy.outputs, "selfLink")):
            return text(policy.inputs, "minTlsVersion")
    raise BrokenPath(f"{proxy.name} has no SSL policy: it would take TLS 1.0.")


def _certificates(graph: Graph, proxy: Node) -> dict[str, tuple[str, ...]]:
    wanted = text(proxy.inputs, "certificateMap").rpartition("/")[2]
    hosts: dict[str, list[str]] = {}
    for entry in graph.of_type(_MAP_ENTRY):
        if text(entry.inputs, "map") == wanted and text(entry.inputs, "hostname"):
            for certificate in items(entry.inputs, "certificates"):
                hosts.setdefault(str(certificate).rpartition("/")[2], []).append(text(entry.inputs, "hostname"))
    if not hosts:
        raise BrokenPath(f"{proxy.name} uses the certificate map {wanted or 'nothing'}, which has no entry.")
    return {name: tuple(names) for name, names in hosts.items()}


def _backend(graph: Graph, node: Node) -> Backend:
    end = endpoint(graph, node)
    outliers = lookup(node.inputs, "outlierDetection")
    cookie = node.input("affinityCookieTtlSec") if text(node.inputs, "sessionAffinity") == "GENERATED_COOKIE" else None
    return Backend(
        name=text(node.inputs, "name"),
        description=text(node.inputs, "description"),
        service=text(end.service.inputs, "spec", "selector", "app"),
        container_port=end.container_port,
        timeout_s=_whole(node.input("timeoutSec"), 30),
        drain_s=_whole(node.input("connectionDrainingTimeoutSec"), 0),
        headers=tuple(_header(str(line)) for line in items(node.inputs, "customResponseHeaders")),
        keeps_cookie_s=_whole(cookie, 0) or None,
        check=_check(graph, node),
        rules=_rules(graph, node),
        gateway_failures=_whole(lookup(outliers, "consecutiveGatewayFailure"), 0) or None,
        ejection_s=_whole(lookup(outliers, "baseEjectionTime", "seconds"), 30),
        max_ejected_percent=_whole(lookup(outliers, "maxEjectionPercent"), 10),
    )


def _header(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip(), value.strip()


def _check(graph: Graph, backend: Node) -> HealthCheck:
    wanted = text(backend.inputs, "healthChecks")
    for node in graph.of_type(_HEALTH_CHECK):
        if wanted in (node.id, text(node.outputs, "selfLink")):
            http = members(node.inputs, "httpHealthCheck")
            return HealthCheck(
                path=text(http, "requestPath") or "/",
                host=text(http, "host"),
                interval_s=_whole(node.input("checkIntervalSec"), 5),
                timeout_s=_whole(node.input("timeoutSec"), 5),
                healthy=_whole(node.input("healthyThreshold"), 2),
                unhealthy=_whole(node.input("unhealthyThreshold"), 2),
            )
    raise BrokenPath(f"{backend.name} has no health check: a pod that fails would still get requests.")


def _rules(graph: Graph, backend: Node) -> tuple[ArmorRule, ...]:
    wanted = text(backend.inputs, "securityPolicy")
    for node in graph.of_type(_POLICY):
        if wanted and wanted in (node.id, text(node.outputs, "selfLink")):
            rules = [_rule(rule) for rule in items(node.inputs, "rules") if lookup(rule, "preview") is not True]
            return tuple(sorted(rules, key=lambda rule: rule.priority))
    return ()


def _rule(rule: Json) -> ArmorRule:
    threshold = lookup(rule, "rateLimitOptions", "rateLimitThreshold")
    return ArmorRule(
        priority=_whole(lookup(rule, "priority"), 0),
        action=text(rule, "action"),
        description=text(rule, "description"),
        expression=text(rule, "match", "expr", "expression"),
        addresses=tuple(str(range_) for range_ in items(rule, "match", "config", "srcIpRanges")),
        count=_whole(lookup(threshold, "count"), 0) or None,
        interval_s=_whole(lookup(threshold, "intervalSec"), 0) or None,
    )


def _not_said(graph: Graph, proxy: Node, url_map: Node) -> Iterator[str]:
    if text(proxy.inputs, "quicOverride") == "ENABLE":
        yield "HTTP/3: clients get HTTP/2 and HTTP/1.1 here"
    for host, bucket in bucket_hosts(graph, url_map).items():
        yield f"https://{host}: files of the bucket {text(bucket.inputs, 'bucketName')}; here it is an unknown host"


def _whole(value: Json, absent: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else absent
