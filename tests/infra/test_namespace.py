"""Namespaces: what pods may be there, and exactly who may talk to whom."""

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.graph.values import Json, JsonObject
from infra.catalog import CATALOG
from infra.catalog.names import Namespace, Need
from infra.catalog.third_parties import THIRD_PARTIES
from infra.components import foundationdb
from infra.components.namespace import PlatformNamespace
from infra.settings import Settings
from infra.settings.vocabulary import DatabaseAuthentication
from tests.infra.kubernetes_objects import KubernetesObject, at, listed, mapping, number, objects, of_kind, only
from tests.infra.kubernetes_side import GOOGLE_SERVICES, kubernetes_side, namespace_args

# namespace, app (or *), direction, the other end, port
Edge = tuple[str, str, str, str, int]

# As Google documents them; written out here so that a slip in the program shows.
LOAD_BALANCER = ("35.191.0.0/16", "130.211.0.0/22")
GOOGLE_APIS = ("199.36.153.8/30",)
DNS_CACHE = ("169.254.20.10/32",)


def items(value: Json) -> list[JsonObject]:
    return [mapping(item) for item in listed(value)]


def labels(selector: Json) -> JsonObject:
    return mapping(mapping(selector).get("matchLabels") or {})


def other_end(peer: JsonObject, here: str) -> str:
    if "ipBlock" in peer:
        return str(at(peer, "ipBlock", "cidr"))
    where = here
    if "namespaceSelector" in peer:
        where = str(labels(peer["namespaceSelector"])["kubernetes.io/metadata.name"])
    pods = labels(peer.get("podSelector") or {})
    return f"{where}/{pods.get('app') or pods.get('k8s-app') or '*'}"


def edges_of(policy: KubernetesObject) -> Iterator[Edge]:
    here = str(policy.namespace)
    spec = mapping(policy.manifest["spec"])
    subject = str(labels(spec["podSelector"]).get("app", "*"))
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in items(spec.get(direction) or []):
            ports = {int(number(port["port"])) for port in items(rule["ports"])}
            if "matches" in rule:
                ends = [str(match["name"]) for match in items(rule["matches"])]
            else:
                ends = [other_end(peer, here) for peer in items(rule[side])]
            for end in ends:
                for port in ports:
                    yield here, subject, direction, end, port


def edges_in(graph: Graph) -> set[Edge]:
    policies = [*of_kind(graph, "NetworkPolicy"), *of_kind(graph, "FQDNNetworkPolicy")]
    return {edge for policy in policies for edge in edges_of(policy)}


def edges_of_the_catalogue(google_services: str, nodes: str, database_port: int) -> set[Edge]:
    """Written down a second time, from the catalogue alone: a mistake would have to be made twice."""
    found: set[Edge] = set()
    for namespace in Namespace:
        here = namespace.value
        found |= {(here, "*", "egress", end, 53) for end in ("kube-system/kube-dns", "kube-system/node-local-dns")}
        found |= {(here, "*", "egress", cidr, 53) for cidr in DNS_CACHE}
    for service in CATALOG.services:
        here, name = service.namespace.value, service.name
        found |= {(here, name, "ingress", cidr, service.port) for cidr in LOAD_BALANCER}
        if service.metrics_port:
            found.add((here, name, "ingress", "gmp-system/*", service.metrics_port))
        for called in (CATALOG.service(c) for c in service.calls):
            found.add((here, name, "egress", f"{called.namespace}/{called.name}", called.port))
            found.add((called.namespace.value, called.name, "ingress", f"{here}/{name}", called.port))
        if Need.DATABASE in service.needs:
            found.add((here, name, "egress", google_services, database_port))
        if Need.CACHE in service.needs:
            found.add((here, name, "egress", google_services, 6378))
        if service.needs & {Need.DATABASE, Need.SIGNING_KEY}:
            found |= google(here, name)
        for party in THIRD_PARTIES:
            if party.need in service.needs:
                found |= {(here, name, "egress", host, 443) for host in party.hosts}
    return found | foundationdb_edges() | addon_edges(nodes)


def google(here: str, name: str) -> set[Edge]:
    return {(here, name, "egress", cidr, 443) for cidr in GOOGLE_APIS} | {
        (here, name, "egress", "169.254.169.252/32", 988),
        (here, name, "egress", "169.254.169.254/32", 80),
    }


def foundationdb_edges() -> set[Edge]:
    clients = ("ide-backend", "foundationdb", "foundationdb-backup", "foundationdb-configure")
    return (
        {("ide", "foundationdb", "ingress", f"ide/{client}", 4500) for client in clients}
        | {("ide", client, "egress", "ide/foundationdb", 4500) for client in clients}
        | google("ide", foundationdb.BACKUP)
    )


def addon_edges(nodes: str) -> set[Edge]:
    here = Namespace.ADDONS.value
    return {
        (here, "*", "egress", nodes, 443),
        (here, "*", "ingress", nodes, 10250),
        (here, "*", "ingress", "kube-system/konnectivity-agent", 10250),
    }


def test_pods_may_open_exactly_the_connections_that_the_catalogue_declares(
    stack: str, graph: Graph, settings_of: Callable[[str], Settings]
) -> None:
    settings = settings_of(stack)
    by_password = settings.database.authentication is DatabaseAuthentication.PASSWORD
    declared = edges_of_the_catalogue(
        settings.network.google_services_cidr, settings.network.nodes_cidr, 5432 if by_password else 3307
    )
    assert edges_in(graph) - declared == set()
    assert declared - edges_in(graph) == set()


@pytest.mark.parametrize("namespace", list(Namespace))
def test_a_namespace_denies_every_connection_that_no_policy_names(namespace: Namespace) -> None:
    denied = [o for o in of_kind(kubernetes_side(), "NetworkPolicy") if o.name == "default-deny"]
    policy = next(o for o in denied if o.namespace == namespace)
    assert policy.manifest["spec"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.parametrize("namespace", list(Namespace))
def test_a_namespace_enforces_pod_security_restricted(namespace: Namespace) -> None:
    found = mapping(at(only(kubernetes_side(), "Namespace", namespace).manifest, "metadata", "labels"))
    assert {v for k, v in found.items() if k.startswith("pod-security.kubernetes.io/")} == {"restricted"}
    assert {"pod-security.kubernetes.io/" + mode for mode in ("enforce", "audit", "warn")} <= set(found)


def test_a_policy_for_all_pods_of_a_peer_never_leaves_out_its_namespace() -> None:
    """A peer with neither a label nor a namespace would be every pod of the own namespace."""
    for policy in of_kind(kubernetes_side(), "NetworkPolicy"):
        spec = mapping(policy.manifest["spec"])
        for direction, side in (("ingress", "from"), ("egress", "to")):
            for rule in items(spec.get(direction) or []):
                assert all(peer.keys() & {"ipBlock", "podSelector", "namespaceSelector"} for peer in items(rule[side]))
                assert items(rule["ports"]), f"{policy.name} allows every port"


def test_no_policy_opens_the_whole_internet() -> None:
    assert not [edge for edge in edges_in(kubernetes_side()) if edge[3].endswith("/0")]


def test_a_new_need_of_a_service_opens_its_edge_and_no_other() -> None:
    services = tuple(
        replace(s, needs=s.needs | {Need.STRIPE}) if s.name == "license-backend" else s for s in CATALOG.services
    )
    args = namespace_args(Namespace.LICENSE, replace(CATALOG, services=services))
    with_stripe = edges_in(capture("prod", program=lambda: PlatformNamespace("namespace-license", args)))
    before = edges_in(
        capture("prod", program=lambda: PlatformNamespace("namespace-license", namespace_args(Namespace.LICENSE)))
    )
    assert with_stripe - before == {("license-platform", "license-backend", "egress", "api.stripe.com", 443)}
    assert before <= with_stripe


def test_without_a_proxy_pods_reach_postgresql_itself() -> None:
    args = replace(namespace_args(Namespace.GATEWAY), database_port=5432)
    there = edges_in(capture("prod", program=lambda: PlatformNamespace("namespace-gateway", args)))
    assert ("gateway", "gateway-backend", "egress", GOOGLE_SERVICES, 5432) in there
    assert not [edge for edge in there if edge[4] == 3307]


def test_a_quota_holds_both_colours_of_every_service_at_its_ceiling() -> None:
    quota = next(o for o in of_kind(kubernetes_side(), "ResourceQuota") if o.namespace == "gateway")
    services = CATALOG.services_in(Namespace.GATEWAY)
    most_pods = sum(2 * s.max_replicas + sum(p.replicas for p in s.processes) for s in services)
    most_cpu = sum(2 * s.max_replicas * s.resources.cpu_request_m for s in services)
    assert int(str(at(quota.manifest, "spec", "hard", "pods"))) >= most_pods
    assert int(str(at(quota.manifest, "spec", "hard", "requests.cpu")).removesuffix("m")) >= most_cpu


@pytest.mark.parametrize("kind", ["services.loadbalancers", "services.nodeports"])
def test_no_namespace_may_have_a_way_in_of_its_own(kind: str) -> None:
    quotas = of_kind(kubernetes_side(), "ResourceQuota")
    assert {o.namespace for o in quotas} == {n.value for n in Namespace}
    assert {at(quota.manifest, "spec", "hard", kind) for quota in quotas} == {"0"}


def test_what_is_started_by_hand_gets_a_request_and_a_limit() -> None:
    for defaults in of_kind(kubernetes_side(), "LimitRange"):
        assert at(defaults.manifest, "spec", "limits", 0, "defaultRequest", "memory")
        assert at(defaults.manifest, "spec", "limits", 0, "default", "cpu")


def test_everything_of_a_namespace_waits_for_it() -> None:
    graph = capture("prod", program=lambda: PlatformNamespace("namespace-ide", namespace_args(Namespace.IDE)))
    waiting = [o for o in objects(graph) if o.kind != "Namespace"]
    assert waiting
    assert all("namespace-ide-namespace" in o.waits_for for o in waiting)
