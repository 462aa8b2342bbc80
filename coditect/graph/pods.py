"""Which pods a graph declares, how many, and what they request."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, items, lookup, members, text

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
DAEMON_SET = "kubernetes:apps/v1:DaemonSet"
JOB = "kubernetes:batch/v1:Job"
CRON_JOB = "kubernetes:batch/v1:CronJob"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"

_QUANTITY = re.compile(r"^([0-9.]+)([a-zA-Z]*)$")
# Kubernetes' own suffixes (resource quantities); memory is counted in bytes.
_FACTORS = {
    "": 1.0,
    "m": 0.001,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
}


@dataclass(frozen=True, kw_only=True)
class Requests:
    """cpu_m: thousandths of a core. memory_mib: MiB."""

    cpu_m: int = 0
    memory_mib: int = 0

    def __add__(self, other: "Requests") -> "Requests":
        return Requests(cpu_m=self.cpu_m + other.cpu_m, memory_mib=self.memory_mib + other.memory_mib)

    def __sub__(self, other: "Requests") -> "Requests":
        return Requests(cpu_m=self.cpu_m - other.cpu_m, memory_mib=self.memory_mib - other.memory_mib)

    def __mul__(self, times: int) -> "Requests":
        return Requests(cpu_m=self.cpu_m * times, memory_mib=self.memory_mib * times)

    def fits_in(self, other: "Requests") -> bool:
        return self.cpu_m <= other.cpu_m and self.memory_mib <= other.memory_mib


@dataclass(frozen=True, kw_only=True)
class PodGroup:
    """Equal pods. count: how many there always are; 0 for what runs now and then. each: requests of one pod."""

    workload: Node
    namespace: str
    count: int
    each: Requests

    @property
    def total(self) -> Requests:
        return self.each * self.count


def standing(graph: Graph) -> tuple[PodGroup, ...]:
    """Pods that are always there: Deployments and StatefulSets with replicas, at the floor of their autoscalers."""
    floors = {
        (text(a.inputs, "metadata", "namespace"), text(a.inputs, "spec", "scaleTargetRef", "name")): a
        for a in graph.of_type(AUTOSCALER)
    }
    groups = []
    for node in graph.of_type(DEPLOYMENT, STATEFUL_SET):
        autoscaler = floors.get((text(node.inputs, "metadata", "namespace"), text(node.inputs, "metadata", "name")))
        declared = node.input("spec", "replicas")
        floor = autoscaler.input("spec", "minReplicas") if autoscaler is not None else declared
        count = floor if isinstance(floor, int) else 1
        if count:
            groups.append(_group(node, node.input("spec", "template", "spec"), count))
    return tuple(groups)


def on_every_node(graph: Graph) -> tuple[PodGroup, ...]:
    """Pods of our own DaemonSets: one on each node."""
    return tuple(_group(node, node.input("spec", "template", "spec"), 1) for node in graph.of_type(DAEMON_SET))


def occasional(graph: Graph) -> tuple[PodGroup, ...]:
    """Pods of Jobs and CronJobs, one each while they run."""
    return tuple(
        [_group(node, node.input("spec", "template", "spec"), 0) for node in graph.of_type(JOB)]
        + [
            _group(node, node.input("spec", "jobTemplate", "spec", "template", "spec"), 0)
            for node in graph.of_type(CRON_JOB)
        ]
    )


def _group(node: Node, spec: Json, count: int) -> PodGroup:
    return PodGroup(
        workload=node, namespace=text(node.inputs, "metadata", "namespace"), count=count, each=requests_of(spec)
    )


def requests_of(pod_spec: Json) -> Requests:
    """What the scheduler reserves for a pod: containers and native sidecars together, or the largest init container."""
    running = Requests()
    for container in [*items(pod_spec, "containers"), *_sidecars(pod_spec)]:
        running += _requests(container)
    largest = Requests()
    for container in items(pod_spec, "initContainers"):
        if text(container, "restartPolicy") != "Always":
            one = _requests(container)
            largest = Requests(cpu_m=max(largest.cpu_m, one.cpu_m), memory_mib=max(largest.memory_mib, one.memory_mib))
    return Requests(cpu_m=max(running.cpu_m, largest.cpu_m), memory_mib=max(running.memory_mib, largest.memory_mib))


def _sidecars(pod_spec: Json) -> Iterator[Json]:
    for container in items(pod_spec, "initContainers"):
        if text(container, "restartPolicy") == "Always":
            yield container


def _requests(container: Json) -> Requests:
    declared = members(container, "resources", "requests")
    return Requests(
        cpu_m=round(quantity(lookup(declared, "cpu")) * 1000),
        memory_mib=round(quantity(lookup(declared, "memory")) / 2**20),
    )


def quantity(value: Json) -> float:
    """A Kubernetes quantity as a number: `250m` is 0.25, `1Gi` is 2**30. Raises ValueError for anything else."""
    if value is None:
        return 0.0
    match = _QUANTITY.match(str(value))
    if match is None or match[2] not in _FACTORS:
        raise ValueError(f"{value!r} is no Kubernetes quantity: write one like 250m or 512Mi.")
    return float(match[1]) * _FACTORS[match[2]]
