"""The nodes that Google makes before any of ours: they need what ours need, and stand in the way of nobody's quota."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import items, text
from infra.settings import Settings, StackName
from tests.graphs import STACKS
from tests.infra.waiting import awaited

CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
FIREWALL = "gcp:compute/firewall:Firewall"
Captured = Callable[[str], Graph]

# What Compute Engine counts as SSD_TOTAL_GB: "Persistent disk SSD (GB)", pd-balanced among them.
SSD = {"pd-balanced", "pd-ssd"}


def named(graph: Graph, urns: frozenset[str]) -> set[str]:
    return {graph.nodes[urn].name for urn in urns}


def machines(graph: Graph) -> tuple[Node, ...]:
    return graph.of_type(CLUSTER, NODE_POOL)


def test_the_first_nodes_carry_the_tag_that_the_egress_rules_are_about(graph: Graph) -> None:
    allowing = [
        node for node in graph.of_type(FIREWALL) if node.input("direction") == "EGRESS" and items(node.inputs, "allows")
    ]
    assert allowing
    for machine in machines(graph):
        tags = set(items(machine.inputs, "nodeConfig", "tags"))
        for rule in allowing:
            assert tags & set(items(rule.inputs, "targetTags")), f"{rule.name} lets no node of {machine.name} out"


def test_no_node_is_made_before_it_can_get_out(graph: Graph) -> None:
    way_out = {node.urn for node in graph.of_type(FIREWALL, "gcp:compute/routerNat:RouterNat")}
    for machine in machines(graph):
        assert way_out <= awaited(graph, machine), named(graph, frozenset(way_out - awaited(graph, machine)))


def test_no_node_is_made_before_googles_names_lead_the_private_way(captured: Captured) -> None:
    for stack in STACKS:
        graph = captured(stack)
        names = {
            node.urn
            for node in graph.of_type("gcp:dns/managedZone:ManagedZone", "gcp:dns/recordSet:RecordSet")
            if node.name.startswith("network-private-google")
        }
        # A standby stands in its owner's VPC, where they are already.
        assert bool(names) is (stack != StackName.DR)
        for machine in machines(graph):
            assert names <= awaited(graph, machine), stack


def test_no_node_is_made_before_its_account_may_be_a_node(graph: Graph) -> None:
    (role,) = (
        node
        for node in graph.of_type("gcp:projects/iAMMember:IAMMember")
        if node.input("role") == "roles/container.defaultNodeServiceAccount"
    )
    for machine in machines(graph):
        assert role.urn in awaited(graph, machine)


def test_a_rule_that_is_added_later_does_not_make_the_clusters_subnet_unknown(graph: Graph) -> None:
    """What a preview cannot know, it shows as changed; a changed subnet replaces the cluster."""
    (cluster,) = graph.of_type(CLUSTER)
    for own in ("network", "subnetwork"):
        waits = {graph.nodes[urn].type for urn in cluster.property_dependencies.get(own, ())}
        assert waits <= {"gcp:compute/network:Network", "gcp:compute/subnetwork:Subnetwork"}


def test_the_first_nodes_take_no_ssd_and_little_disk(graph: Graph) -> None:
    (cluster,) = graph.of_type(CLUSTER)
    assert text(cluster.inputs, "nodeConfig", "diskType") not in SSD
    size = cluster.input("nodeConfig", "diskSizeGb")
    assert isinstance(size, int | float)
    assert size <= 50


@pytest.mark.parametrize(("stack", "most"), [("dev", 250), ("staging", 500), ("prod", 750), ("dr", 750)])
def test_the_ssd_of_a_stack_stays_below_what_is_asked_for(
    captured: Captured, settings_of: Callable[[str], Settings], stack: str, most: int
) -> None:
    """In GiB, at the floor of the autoscaler. A new project has 250 or 500 in a region; production asks for more."""
    graph, settings = captured(stack), settings_of(stack)
    pools = sum(pool.nodes_per_zone * pool.disk_gib for pool in settings.cluster.pools) * len(settings.google.zones)
    volumes = settings.ide.foundationdb_replicas * settings.ide.foundationdb_disk_gib
    workspaces = next(
        node.input("spec", "replicas")
        for node in graph.of_type("kubernetes:apps/v1:StatefulSet")
        if "theia" in node.name
    )
    assert isinstance(workspaces, int | float)
    assert pools + volumes + workspaces * settings.ide.theia_disk_gib <= most
