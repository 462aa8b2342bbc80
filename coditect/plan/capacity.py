"""Whether the declared pods fit the declared nodes, whole and with one zone lost.

Sources of the numbers:
- What a machine leaves for pods: Google, "Plan GKE Standard node sizes". Reserved CPU: 6 % of the first core, 1 % of
  the second, 0.5 % of the third and fourth, 0.25 % of the rest. Reserved memory: 25 % of the first 4 GiB, 20 % of the
  next 4, 10 % of the next 8, 6 % of the next 112, 2 % of the rest, and 100 MiB below which pods are evicted.
- What Google's own pods request: SYSTEM_PODS, each with where the figure was seen.
- What charts from elsewhere request: from the values the program gives them; a chart's own defaults cannot be read
  without its archive.
"""

from dataclasses import dataclass

from coditect.graph.model import Graph
from coditect.graph.pods import PodGroup, Requests, occasional, on_every_node, quantity, standing
from coditect.graph.values import Json, items, lookup, members, text

NODE_POOL = "gcp:container/nodePool:NodePool"
REMOTE_CHART = "kubernetes:helm.sh/v3:Release"


@dataclass(frozen=True, kw_only=True)
class SystemPod:
    """A pod of GKE's own. per_node: on every node; else `count` of it in the cluster."""

    name: str
    requests: Requests
    source: str
    count: int | None = None


_LISTING = "GKE 1.29 node listing in github.com/cryptnono/cryptnono/issues/34"
_PROMETHEUS = "manifests of github.com/GoogleCloudPlatform/prometheus-engine"
_ASSUMED = "no public figure: assumed, on the high side"


def _pod(name: str, cpu_m: int, memory_mib: int, source: str, count: int | None = None) -> SystemPod:
    return SystemPod(name=name, requests=Requests(cpu_m=cpu_m, memory_mib=memory_mib), source=source, count=count)


SYSTEM_PODS: tuple[SystemPod, ...] = (
    _pod("fluentbit-gke", 105, 230, _LISTING),
    _pod("gke-metadata-server", 100, 100, _LISTING),
    _pod("anetd (Dataplane V2)", 100, 150, _ASSUMED),
    _pod("node-local-dns", 25, 5, "nodelocaldns manifest of github.com/kubernetes/kubernetes"),
    _pod("pdcsi-node", 10, 20, _ASSUMED),
    _pod("gke-metrics-agent", 10, 110, _ASSUMED),
    _pod("gmp collector", 5, 36, _PROMETHEUS),
    _pod("secrets-store-csi and its Google provider", 100, 200, _ASSUMED),
    _pod("kube-dns", 260, 110, _LISTING, count=2),
    _pod("konnectivity-agent", 15, 60, _LISTING, count=2),
    _pod("konnectivity and kube-dns autoscalers", 30, 20, _LISTING, count=1),
    _pod("metrics-server, event exporter, backup agent, gmp operator", 150, 300, _ASSUMED, count=1),
)

# Compute Engine: vCPUs and GiB of a vCPU's share, by machine family.
_GIB_PER_CPU = {"n1-standard": 3.75, "e2-standard": 4.0}


@dataclass(frozen=True, kw_only=True)
class Pool:
    """A node pool. Counts are of the whole pool; allocatable is of one node."""

    name: str
    machine_type: str
    zones: int
    nodes: int
    most_nodes: int
    allocatable: Requests
    is_spot: bool


@dataclass(frozen=True, kw_only=True)
class Fit:
    """Requests against what some nodes offer. lacking: what is missing, nothing where all fits."""

    nodes: int
    offered: Requests
    requested: Requests

    @property
    def fits(self) -> bool:
        return self.requested.fits_in(self.offered)

    @property
    def lacking(self) -> Requests:
        short = self.requested - self.offered
        return Requests(cpu_m=max(0, short.cpu_m), memory_mib=max(0, short.memory_mib))


@dataclass(frozen=True, kw_only=True)
class Capacity:
    """ours: pods of this repository and its charts. daemons: of our own DaemonSets, one a node.

    largest_occasional: of the Jobs and CronJobs, the one that asks for most; they run one at a time.
    unmeasured_charts: remote charts whose values name no requests: their pods are not in any sum.
    """

    pools: tuple[Pool, ...]
    ours: tuple[PodGroup, ...]
    daemons: tuple[PodGroup, ...]
    largest_occasional: Requests
    charts: Requests
    unmeasured_charts: tuple[str, ...]

    @property
    def nodes(self) -> int:
        return sum(pool.nodes for pool in self.pools)

    @property
    def whole(self) -> Fit:
        return self._fit({pool.name: pool.nodes for pool in self.pools})

    @property
    def one_zone_lost(self) -> Fit:
        """The nodes that stay when the zone with most of them is gone, before the autoscaler adds any."""
        return self._fit({pool.name: pool.nodes - -(-pool.nodes // pool.zones) for pool in self.pools})

    @property
    def one_zone_lost_grown(self) -> Fit:
        """The same once the autoscaler has added all it may in the zones that stay."""
        return self._fit({pool.name: pool.most_nodes - -(-pool.most_nodes // pool.zones) for pool in self.pools})

    def _fit(self, nodes: dict[str, int]) -> Fit:
        offered, count = Requests(), sum(nodes.values())
        for pool in self.pools:
            offered += pool.allocatable * nodes[pool.name]
        each = sum((group.each for group in self.daemons), Requests())
        requested = sum((group.total for group in self.ours), Requests()) + self.charts + self.largest_occasional
        return Fit(nodes=count, offered=offered, requested=requested + system_requests(count) + each * count)


def system_requests(nodes: int) -> Requests:
    """What GKE's own pods request on so many nodes."""
    total = Requests()
    for pod in SYSTEM_PODS:
        total += pod.requests * (pod.count if pod.count is not None else nodes)
    return total


def capacity(graph: Graph) -> Capacity:
    """The stack's pods and nodes. Raises ValueError for a machine type of unknown size."""
    sums, unmeasured = Requests(), []
    for chart in graph.of_type(REMOTE_CHART):
        found = _requests_in(members(chart.inputs, "values"))
        sums += found
        if found == Requests():
            unmeasured.append(text(chart.inputs, "chart").rpartition("/")[2] or chart.name)
    jobs = [group.each for group in occasional(graph)]
    return Capacity(
        pools=tuple(_pools(graph)),
        ours=standing(graph),
        daemons=on_every_node(graph),
        largest_occasional=Requests(
            cpu_m=max((j.cpu_m for j in jobs), default=0), memory_mib=max((j.memory_mib for j in jobs), default=0)
        ),
        charts=sums,
        unmeasured_charts=tuple(unmeasured),
    )


def _pools(graph: Graph) -> list[Pool]:
    pools = []
    for node in graph.of_type(NODE_POOL):
        zones = max(1, len(items(node.inputs, "nodeLocations")))
        fewest, most = node.input("autoscaling", "minNodeCount"), node.input("autoscaling", "maxNodeCount")
        declared = node.input("nodeCount") or node.input("initialNodeCount")
        count = next(number for number in (fewest, declared, 1) if isinstance(number, int))
        machine_type = text(node.inputs, "nodeConfig", "machineType")
        pools.append(
            Pool(
                name=text(node.inputs, "name") or node.name,
                machine_type=machine_type,
                zones=zones,
                nodes=count * zones,
                most_nodes=(most if isinstance(most, int) else count) * zones,
                allocatable=allocatable(machine_type),
                is_spot=node.input("nodeConfig", "spot") is True,
            )
        )
    return pools


def allocatable(machine_type: str) -> Requests:
    """What GKE leaves for pods on one machine. Raises ValueError when the machine type's size is not known."""
    family, _, size = machine_type.rpartition("-")
    if family not in _GIB_PER_CPU or not size.isdigit():
        raise ValueError(
            f"Machine type {machine_type!r} is of unknown size, so nobody can say whether the pods fit. Use one of: "
            f"{', '.join(sorted(_GIB_PER_CPU))} with 1 to 16 vCPUs, or add it to coditect/plan/capacity.py."
        )
    cpus = int(size)
    gib = cpus * _GIB_PER_CPU[family]
    reserved_cpu = _tiered(cpus, ((1, 60), (1, 10), (2, 5), (float("inf"), 2.5)))
    reserved_mib = _tiered(gib, ((4, 256), (4, 204.8), (8, 102.4), (112, 61.44), (float("inf"), 20.48)))
    return Requests(cpu_m=round(cpus * 1000 - reserved_cpu), memory_mib=round(gib * 1024 - reserved_mib - 100))


def _tiered(amount: float, tiers: tuple[tuple[float, float], ...]) -> float:
    """tiers: width of each, and what is reserved for each unit in it."""
    reserved = 0.0
    for width, each in tiers:
        inside = min(amount, width)
        reserved += inside * each
        amount -= inside
    return reserved


def _requests_in(value: Json) -> Requests:
    """Sum of all `resources.requests` in a chart's values, times the `replicaCount` or `replicas` beside them."""
    if isinstance(value, list):
        return sum((_requests_in(member) for member in value), Requests())
    if not isinstance(value, dict):
        return Requests()
    total = sum((_requests_in(member) for key, member in value.items() if key != "resources"), Requests())
    requests = members(value, "resources", "requests")
    own = Requests(
        cpu_m=round(quantity(lookup(requests, "cpu")) * 1000),
        memory_mib=round(quantity(lookup(requests, "memory")) / 2**20),
    )
    replicas = value.get("replicaCount", value.get("replicas", 1))
    return total + own * (replicas if isinstance(replicas, int) else 1)
