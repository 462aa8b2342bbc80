"""Who may open a connection to whom, derived from the catalogue. What is not an edge here is refused."""

from dataclasses import dataclass
from enum import StrEnum

from infra.catalog import Catalog
from infra.catalog.names import Namespace, Need
from infra.catalog.services import Service
from infra.catalog.third_parties import THIRD_PARTIES
from infra.components import foundationdb

# Google's documented sources of the load balancer's requests and health checks.
LOAD_BALANCER = ("35.191.0.0/16", "130.211.0.0/22")
# private.googleapis.com: Google's APIs by addresses that never leave Google's network.
GOOGLE_APIS = ("199.36.153.8/30",)
# Where pods with Workload Identity get their tokens; the second is what Dataplane V2 sees.
METADATA_PROXY = ("169.254.169.252/32", 988)
METADATA_SERVER = ("169.254.169.254/32", 80)
# NodeLocal DNSCache listens on this address of every node.
DNS_CACHE = ("169.254.20.10/32",)

DNS_PORT = 53
HTTPS_PORT = 443
# Through which the Cloud SQL Auth Proxy reaches an instance.
DATABASE_PROXY_PORT = 3307
# Memorystore with transit encryption.
CACHE_PORT = 6378
# Admission webhooks of cert-manager and prometheus-operator, which the control plane calls.
WEBHOOK_PORT = 10250

_GOOGLE_NEEDS = frozenset({Need.DATABASE, Need.SIGNING_KEY, Need.BACKUP_BUCKET})


class Direction(StrEnum):
    INGRESS = "Ingress"
    EGRESS = "Egress"


class Protocol(StrEnum):
    TCP = "TCP"
    UDP = "UDP"


@dataclass(frozen=True, kw_only=True)
class Pods:
    """Pods by label, in a namespace. labels: empty for all of them. namespace: empty for the edge's own."""

    labels: tuple[tuple[str, str], ...]
    namespace: str = ""


@dataclass(frozen=True, kw_only=True)
class Ranges:
    cidrs: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Hosts:
    """Names on the internet. GKE allows the addresses that the cluster's DNS gives for them."""

    names: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Edge:
    """One allowed kind of connection, and one policy object.

    subject: label `app` of the pods it is about; empty for every pod of the namespace.
    role: further label of the subject; empty for all of its pods.
    """

    name: str
    subject: str
    direction: Direction
    peers: tuple[Pods | Ranges | Hosts, ...]
    ports: tuple[tuple[Protocol, int], ...]
    role: str = ""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Ranges and ports of the stack.

    google_services_cidr: where Cloud SQL and Memorystore have their private addresses.
    nodes_cidr: where the control plane's private endpoint is.
    database_port: what pods connect to; the proxy's, or PostgreSQL's own where there is no proxy.
    """

    google_services_cidr: str
    nodes_cidr: str
    database_port: int = DATABASE_PROXY_PORT


def edges(catalog: Catalog, namespace: Namespace, around: Surroundings) -> tuple[Edge, ...]:
    """Every connection that pods of a namespace may open or accept."""
    found = [_dns()]
    for service in catalog.services_in(namespace):
        found += _incoming(catalog, service)
        found += _outgoing(catalog, service, around)
    if namespace is Namespace.IDE:
        found += _foundationdb()
    if namespace is Namespace.ADDONS:
        found += _addons(around)
    return tuple(found)


def _dns() -> Edge:
    return Edge(
        name="all-to-dns",
        subject="",
        direction=Direction.EGRESS,
        peers=(
            Pods(namespace="kube-system", labels=(("k8s-app", "kube-dns"),)),
            Pods(namespace="kube-system", labels=(("k8s-app", "node-local-dns"),)),
            Ranges(cidrs=DNS_CACHE),
        ),
        ports=((Protocol.UDP, DNS_PORT), (Protocol.TCP, DNS_PORT)),
    )


def _incoming(catalog: Catalog, service: Service) -> list[Edge]:
    found = [
        _ingress(service, "load-balancer", Ranges(cidrs=LOAD_BALANCER), service.port),
        *(
            _ingress(service, caller.name, Pods(namespace=caller.namespace, labels=_app(caller.name)), service.port)
            for caller in catalog.callers_of(service)
        ),
    ]
    if service.metrics_port is not None:
        # Managed Prometheus: its collectors run in Google's own namespace.
        found.append(_ingress(service, "prometheus", Pods(namespace="gmp-system", labels=()), service.metrics_port))
    return found


def _outgoing(catalog: Catalog, service: Service, around: Surroundings) -> list[Edge]:
    services = Ranges(cidrs=(around.google_services_cidr,))
    found = [
        _egress(
            service.name,
            called.name,
            (Pods(namespace=called.namespace, labels=(*_app(called.name), ("role", "web"))),),
            called.port,
        )
        for called in map(catalog.service, service.calls)
    ]
    if Need.DATABASE in service.needs:
        found.append(_egress(service.name, "database", (services,), around.database_port))
    if Need.CACHE in service.needs:
        found.append(_egress(service.name, "cache", (services,), CACHE_PORT))
    if service.needs & _GOOGLE_NEEDS:
        found += _google(service.name)
    found += [
        _egress(service.name, party.need, (Hosts(names=party.hosts),), HTTPS_PORT)
        for party in THIRD_PARTIES
        if party.need in service.needs and party.need is not None
    ]
    return found


def _google(subject: str) -> list[Edge]:
    """What a pod needs that calls a Google API as its own account."""
    return [
        _egress(subject, "google-apis", (Ranges(cidrs=GOOGLE_APIS),), HTTPS_PORT),
        _egress(subject, "metadata-proxy", (Ranges(cidrs=(METADATA_PROXY[0],)),), METADATA_PROXY[1]),
        _egress(subject, "metadata-server", (Ranges(cidrs=(METADATA_SERVER[0],)),), METADATA_SERVER[1]),
    ]


def _foundationdb() -> list[Edge]:
    store, port = foundationdb.FOUNDATIONDB, foundationdb.FOUNDATIONDB_PORT
    server = Pods(labels=_app(store))
    clients = (foundationdb.CLIENT, foundationdb.BACKUP, foundationdb.CONFIGURE, store)
    return [
        Edge(
            name=f"{store}-from-clients",
            subject=store,
            direction=Direction.INGRESS,
            peers=tuple(Pods(labels=_app(client)) for client in clients),
            ports=((Protocol.TCP, port),),
        ),
        *(_egress(client, store, (server,), port) for client in clients),
        *_google(foundationdb.BACKUP),
    ]


def _addons(around: Surroundings) -> list[Edge]:
    """Controllers talk to the Kubernetes API and are called back by it; nothing else."""
    nodes = Ranges(cidrs=(around.nodes_cidr,))
    return [
        _egress("", "kubernetes-api", (nodes,), HTTPS_PORT),
        Edge(
            name="all-from-kubernetes-api",
            subject="",
            direction=Direction.INGRESS,
            # The control plane calls through GKE's own tunnel, whose ends are pods.
            peers=(nodes, Pods(namespace="kube-system", labels=(("k8s-app", "konnectivity-agent"),))),
            ports=((Protocol.TCP, WEBHOOK_PORT),),
        ),
    ]


def _app(name: str) -> tuple[tuple[str, str], ...]:
    return (("app", name),)


def _ingress(service: Service, source: str, peer: Pods | Ranges, port: int) -> Edge:
    return Edge(
        name=f"{service.name}-from-{source}",
        subject=service.name,
        role="web",
        direction=Direction.INGRESS,
        peers=(peer,),
        ports=((Protocol.TCP, port),),
    )


def _egress(subject: str, target: str, peers: tuple[Pods | Ranges | Hosts, ...], port: int) -> Edge:
    return Edge(
        name=f"{subject or 'all'}-to-{target}",
        subject=subject,
        direction=Direction.EGRESS,
        peers=peers,
        ports=((Protocol.TCP, port),),
    )
