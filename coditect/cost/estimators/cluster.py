"""GKE: the cluster's fee, nodes with their boot disks, and the disks of stateful pods."""

from collections.abc import Iterator
from decimal import Decimal

from coditect.cost.book import HOURS
from coditect.cost.estimate import Free, Gap, Line, Pricing, Unpriced
from coditect.cost.estimators.places import CLUSTER, cluster_region, region_of
from coditect.graph.model import Graph, Node
from coditect.graph.pods import STATEFUL_SET, quantity
from coditect.graph.values import items, lookup, text
from coditect.plan.capacity import NODE_POOL, capacity

STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
SERVICE = "kubernetes:core/v1:Service"


def cluster(node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """Fee: 0.10 an hour. What GKE meters besides has no price here."""
    yield pricing.fixed("Control plane", HOURS, "gke.cluster-fee")
    if node.input("monitoringConfig", "managedPrometheus", "enabled") is True:
        yield Unpriced.SAMPLES.gap()
    if node.input("enableFqdnNetworkPolicy") is True:
        yield Unpriced.FQDN_POLICIES.gap()


def node_pool(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap]:
    """Nodes at the floor of the autoscaler, per zone times zones, and their boot disks.

    A machine is priced by its vCPUs: within a family the price is linear (coditect/cost/prices.yaml).
    """
    name = text(node.inputs, "name") or node.name
    pool = next(pool for pool in capacity(graph).pools if pool.name == name)
    region = region_of(text(node.inputs, "location"))
    family, _, vcpus = pool.machine_type.rpartition("-")
    count, cpus = Decimal(pool.nodes), Decimal(pool.nodes) * Decimal(vcpus)
    if pool.is_spot:
        yield pricing.fixed(f"{pool.nodes} spot {pool.machine_type}", cpus * HOURS, f"compute.{family}.spot", region)
    else:
        item = f"compute.{family}.{pricing.compute.value}"
        yield pricing.fixed(f"{pool.nodes} {pool.machine_type}", cpus, item, region)
    gib, disk = node.input("nodeConfig", "diskSizeGb"), text(node.inputs, "nodeConfig", "diskType")
    if isinstance(gib, int | float) and disk:
        yield pricing.fixed(f"{pool.nodes} boot disks", count * Decimal(str(gib)), f"disk.{disk}", region)
    else:
        yield Gap(what="Boot disks: size or type is left to Google")


def stateful_set(node: Node, graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """One disk a replica and claim."""
    replicas = node.input("spec", "replicas")
    count = Decimal(replicas if isinstance(replicas, int) else 1)
    kinds = {
        text(c.inputs, "metadata", "name"): text(c.inputs, "parameters", "type") for c in graph.of_type(STORAGE_CLASS)
    }
    claims = items(node.inputs, "spec", "volumeClaimTemplates")
    for claim in claims:
        gib = Decimal(int(quantity(lookup(claim, "spec", "resources", "requests", "storage")))) / 2**30
        name = text(claim, "metadata", "name")
        kind = kinds.get(text(claim, "spec", "storageClassName"))
        if kind is None:
            yield Gap(what=f"{count} disks {name} of {gib:g} GiB: their storage class is not in the graph")
        else:
            yield pricing.fixed(
                f"{count} disks {name} of {gib:g} GiB", count * gib, f"disk.{kind}", cluster_region(graph)
            )
    if not claims:
        yield Free(why="It runs on the nodes, and keeps nothing.")


def service(node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Gap | Free]:
    """A Service costs nothing unless Google makes a load balancer for it."""
    if text(node.inputs, "spec", "type") == "LoadBalancer":
        yield Gap(what="A load balancer of its own: priced are those of the edge alone")
    else:
        yield Free(why="Addresses inside the cluster cost nothing.")


ESTIMATORS = {CLUSTER: cluster, NODE_POOL: node_pool, STATEFUL_SET: stateful_set, SERVICE: service}
