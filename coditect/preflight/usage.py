"""What a graph needs of each quota: one small counter for each metric."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from coditect.graph.model import Graph, Node
from coditect.graph.pods import STATEFUL_SET, quantity
from coditect.graph.values import items, lookup, members, text

_CLUSTER = "gcp:container/cluster:Cluster"
_POOL = "gcp:container/nodePool:NodePool"
_STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
_SSD = frozenset({"pd-ssd", "pd-balanced"})
"""Disk types that count as SSD (Compute Engine, "Allocation quotas": Persistent disk SSD)."""
_BOOT_DISK_GIB = 100
"""Boot disk of a node whose pool names no size (GKE, "Configuring a custom boot disk")."""
_GIB = 2**30
# Machine families whose vCPUs are counted under CPUS; every other family has a quota of its own, which is asked for as
# soon as settings name one. Source: Compute Engine, "Allocation quotas", CPU quota.
_PLAIN_FAMILIES = frozenset({"n1", "e2"})


class Scale(Enum):
    """FIRST: what a first `up` makes. MOST: every pool at its ceiling, and the nodes an upgrade adds."""

    FIRST = "first"
    MOST = "most"


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A quota in a place. region: empty for the whole project."""

    metric: str
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class _Nodes:
    """Equal machines of one pool. is_temporary: the pool that every cluster begins with, gone before another comes."""

    region: str
    count: int
    machine_type: str
    disk_type: str
    disk_gib: int
    is_temporary: bool

    @property
    def cpus(self) -> int:
        """vCPUs of all. Raises ValueError for a machine type whose quota is not CPUS."""
        family, _, size = self.machine_type.partition("-")
        last = size.rpartition("-")[2]
        if family not in _PLAIN_FAMILIES or not last.isdigit():
            raise ValueError(
                f"{self.machine_type}: no quota is known for its vCPUs. Add it to usage.py and quotas.yaml."
            )
        return int(last) * self.count


Counter = Callable[[Graph, Scale], Iterator[tuple[str, int]]]
"""Yields regions (empty for the project) with amounts; amounts of one region are summed."""


def usage(graph: Graph, scale: Scale = Scale.FIRST) -> Mapping[Claim, int]:
    """What a stack needs of each quota, in the quota's unit."""
    found: dict[Claim, int] = {}
    for metric, count in _COUNTERS.items():
        for region, amount in count(graph, scale):
            claim = Claim(metric=metric, region=region)
            found[claim] = found.get(claim, 0) + amount
    return found


def _nodes(graph: Graph, scale: Scale) -> Iterator[_Nodes]:
    for cluster in graph.of_type(_CLUSTER):
        zones = max(1, len(items(cluster.inputs, "nodeLocations")))
        first = _machines(cluster, "nodeConfig", _whole(cluster, "initialNodeCount") * zones, is_temporary=True)
        yield first
        for pool in graph.of_type(_POOL):
            zones = max(1, len(items(pool.inputs, "nodeLocations")))
            count = _whole(pool, "initialNodeCount") * zones
            if scale is Scale.MOST:
                ceiling = _whole(pool, "autoscaling", "maxNodeCount") * zones
                count = max(count, ceiling) + _whole(pool, "upgradeSettings", "maxSurge")
            yield _machines(pool, "nodeConfig", count, is_temporary=False)


def _machines(node: Node, config: str, count: int, *, is_temporary: bool) -> _Nodes:
    return _Nodes(
        region=text(node.inputs, "location"),
        count=count,
        machine_type=text(node.inputs, config, "machineType"),
        disk_type=text(node.inputs, config, "diskType"),
        disk_gib=_whole(node, config, "diskSizeGb") or _BOOT_DISK_GIB,
        is_temporary=is_temporary,
    )


def _whole(node: Node, *keys: str) -> int:
    value = node.input(*keys)
    return int(value) if isinstance(value, int | float) else 0


def _by_nodes(amount: Callable[[_Nodes], int]) -> Counter:
    """The temporary pool is gone before the others come: the larger of the two counts."""

    def count(graph: Graph, scale: Scale) -> Iterator[tuple[str, int]]:
        for region in sorted({nodes.region for nodes in _nodes(graph, scale)}):
            there = [nodes for nodes in _nodes(graph, scale) if nodes.region == region]
            yield (
                region,
                max(
                    sum(amount(nodes) for nodes in there if nodes.is_temporary),
                    sum(amount(nodes) for nodes in there if not nodes.is_temporary),
                ),
            )

    return count


def _ssd(graph: Graph, scale: Scale) -> Iterator[tuple[str, int]]:
    yield from _by_nodes(lambda nodes: nodes.count * nodes.disk_gib if nodes.disk_type in _SSD else 0)(graph, scale)
    yield from _volumes(graph, is_ssd=True)


def _standard(graph: Graph, scale: Scale) -> Iterator[tuple[str, int]]:
    yield from _by_nodes(lambda nodes: nodes.count * nodes.disk_gib if nodes.disk_type not in _SSD else 0)(graph, scale)
    yield from _volumes(graph, is_ssd=False)


def _volumes(graph: Graph, *, is_ssd: bool) -> Iterator[tuple[str, int]]:
    """Disks of the stateful pods, in the region of their cluster."""
    region = next((text(cluster.inputs, "location") for cluster in graph.of_type(_CLUSTER)), "")
    types = {
        text(node.inputs, "metadata", "name"): text(node.inputs, "parameters", "type")
        for node in graph.of_type(_STORAGE_CLASS)
    }
    for node in graph.of_type(STATEFUL_SET):
        for claim in items(node.inputs, "spec", "volumeClaimTemplates"):
            size = quantity(lookup(claim, "spec", "resources", "requests", "storage"))
            # GKE's own default class makes balanced disks.
            kind = types.get(text(claim, "spec", "storageClassName"), "pd-balanced")
            if (kind in _SSD) is is_ssd:
                yield region, _whole(node, "spec", "replicas") * round(size / _GIB)


def _all_cpus(graph: Graph, scale: Scale) -> Iterator[tuple[str, int]]:
    for _, amount in _by_nodes(lambda nodes: nodes.cpus)(graph, scale):
        yield "", amount


def _of_type(type_: str, *, regional: bool = False, **wanted: str) -> Counter:
    """One for each resource of a type whose inputs have these values."""

    def count(graph: Graph, _: Scale) -> Iterator[tuple[str, int]]:
        for node in graph.of_type(type_):
            if all(text(node.inputs, key) == value for key, value in wanted.items()):
                yield (text(node.inputs, "region") if regional else ""), 1

    return count


def _in_use(graph: Graph, _: Scale) -> Iterator[tuple[str, int]]:
    addresses = {
        text(n.inputs, "ipAddress") for n in graph.of_type("gcp:compute/globalForwardingRule:GlobalForwardingRule")
    }
    yield "", len(addresses - {""})


def _endpoint_groups(graph: Graph, _: Scale) -> Iterator[tuple[str, int]]:
    """GKE makes them; the backend services name them."""
    groups = {
        text(backend, "group")
        for node in graph.of_type("gcp:compute/backendService:BackendService")
        for backend in items(node.inputs, "backends")
    }
    for group in sorted(groups - {""}):
        zone = group.partition("/zones/")[2].partition("/")[0]
        yield zone.rpartition("-")[0], 1


def _rules(*, only_expressions: bool) -> Counter:
    def count(graph: Graph, _: Scale) -> Iterator[tuple[str, int]]:
        for policy in graph.of_type("gcp:compute/securityPolicy:SecurityPolicy"):
            rules = items(policy.inputs, "rules")
            yield "", sum(1 for rule in rules if not only_expressions or members(rule, "match", "expr"))

    return count


def _memory(graph: Graph, _: Scale) -> Iterator[tuple[str, int]]:
    for node in graph.of_type("gcp:redis/instance:Instance"):
        yield text(node.inputs, "region"), _whole(node, "memorySizeGb")


_EXTERNAL = "gcp:compute/globalAddress:GlobalAddress"
_COUNTERS: Mapping[str, Counter] = {
    "SSD_TOTAL_GB": _ssd,
    "DISKS_TOTAL_GB": _standard,
    "CPUS": _by_nodes(lambda nodes: nodes.cpus),
    "CPUS_ALL_REGIONS": _all_cpus,
    "INSTANCES": _by_nodes(lambda nodes: nodes.count),
    "REGIONAL_STATIC_ADDRESSES": _of_type("gcp:compute/address:Address", regional=True, addressType="EXTERNAL"),
    "GLOBAL_STATIC_ADDRESSES": _of_type(_EXTERNAL, addressType="EXTERNAL"),
    "GLOBAL_IN_USE_ADDRESSES": _in_use,
    "NETWORKS": _of_type("gcp:compute/network:Network"),
    "SUBNETWORKS": _of_type("gcp:compute/subnetwork:Subnetwork"),
    "FIREWALLS": _of_type("gcp:compute/firewall:Firewall"),
    "ROUTERS": _of_type("gcp:compute/router:Router"),
    "GLOBAL_EXTERNAL_MANAGED_FORWARDING_RULES": _of_type(
        "gcp:compute/globalForwardingRule:GlobalForwardingRule", loadBalancingScheme="EXTERNAL_MANAGED"
    ),
    "GLOBAL_EXTERNAL_MANAGED_BACKEND_SERVICES": _of_type(
        "gcp:compute/backendService:BackendService", loadBalancingScheme="EXTERNAL_MANAGED"
    ),
    "TARGET_HTTP_PROXIES": _of_type("gcp:compute/targetHttpProxy:TargetHttpProxy"),
    "TARGET_HTTPS_PROXIES": _of_type("gcp:compute/targetHttpsProxy:TargetHttpsProxy"),
    "URL_MAPS": _of_type("gcp:compute/uRLMap:URLMap"),
    "HEALTH_CHECKS": _of_type("gcp:compute/healthCheck:HealthCheck"),
    "SSL_POLICIES": _of_type("gcp:compute/sSLPolicy:SSLPolicy"),
    "NETWORK_ENDPOINT_GROUPS": _endpoint_groups,
    "SECURITY_POLICIES": _of_type("gcp:compute/securityPolicy:SecurityPolicy"),
    "SECURITY_POLICY_RULES": _rules(only_expressions=False),
    "SECURITY_POLICY_CEVAL_RULES": _rules(only_expressions=True),
    "SERVICE_ACCOUNTS": _of_type("gcp:serviceaccount/account:Account"),
    "REDIS_CAPACITY_GB": _memory,
}
COUNTED = frozenset(_COUNTERS)
"""The metrics that are counted: exactly those of quotas.yaml."""
