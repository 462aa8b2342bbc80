"""What stacks need of a new project's quotas, and that the table of quotas can be relied on."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import JsonObject, items, members
from coditect.preflight.errors import PreflightError
from coditect.preflight.quotas import PATH, Need, needs, table
from coditect.preflight.usage import Claim, Scale, usage
from infra.settings import Settings

Captured = Callable[[str], Graph]
SettingsOf = Callable[[str], Settings]
CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"


def node(type_: str, name: str, inputs: JsonObject) -> Node:
    return Node(
        urn=f"urn:pulumi:toy::coditect::{type_}::{name}",
        type=type_,
        name=name,
        is_component=False,
        inputs=inputs,
        outputs={},
        parent=None,
    )


def graph(*nodes: Node) -> Graph:
    return Graph(stack="toy", project="coditect", nodes={one.urn: one for one in nodes})


def cluster(**config: str | int) -> Node:
    inputs: JsonObject = {
        "location": "us-east1",
        "initialNodeCount": 1,
        "nodeLocations": ["us-east1-b", "us-east1-c", "us-east1-d"],
        "nodeConfig": {"machineType": "n1-standard-4", "diskType": "pd-balanced", **config},
    }
    return node(CLUSTER, "cluster", inputs)


def pool(*, first: int, most: int, machine: str = "n1-standard-2") -> Node:
    inputs: JsonObject = {
        "location": "us-east1",
        "initialNodeCount": first,
        "nodeLocations": ["us-east1-b", "us-east1-c", "us-east1-d"],
        "autoscaling": {"maxNodeCount": most},
        "upgradeSettings": {"maxSurge": 1},
        "nodeConfig": {"machineType": machine, "diskType": "pd-ssd", "diskSizeGb": 50},
    }
    return node(POOL, "pool", inputs)


def needed(metric: str, *graphs: Graph, region: str = "") -> Need:
    return next(need for need in needs(graphs) if need.quota.metric == metric and need.region == region)


def test_a_pool_is_counted_in_every_zone_as_it_begins_and_as_large_as_it_may_grow() -> None:
    ssd = needed("SSD_TOTAL_GB", graph(cluster(), pool(first=2, most=4)), region="us-east1")
    # Two nodes in three zones; four, and one more while an upgrade runs.
    assert (ssd.first, ssd.most) == (6 * 50, 13 * 50)
    cpus = needed("CPUS", graph(cluster(), pool(first=2, most=4)), region="us-east1")
    assert (cpus.first, cpus.most) == (12, 26)


def test_the_pool_that_every_cluster_begins_with_counts_where_it_is_the_larger_one() -> None:
    small = pool(first=1, most=1)
    # Three nodes of 100 GiB (GKE's own size) and four vCPUs, gone before the three of 50 GiB and two vCPUs come.
    assert needed("SSD_TOTAL_GB", graph(cluster(), small), region="us-east1").first == 300
    assert needed("CPUS", graph(cluster(), small), region="us-east1").first == 12


def test_a_standard_disk_is_no_ssd() -> None:
    standing = graph(cluster(diskType="pd-standard"), pool(first=1, most=1))
    assert needed("SSD_TOTAL_GB", standing, region="us-east1").first == 150
    assert needed("DISKS_TOTAL_GB", standing, region="us-east1").first == 300


def test_a_machine_whose_quota_nobody_knows_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="c3-standard-4"):
        usage(graph(cluster(), pool(first=1, most=1, machine="c3-standard-4")))


def test_production_needs_its_nodes_and_the_disks_of_its_stateful_pods(
    captured: Captured, settings_of: SettingsOf
) -> None:
    settings = settings_of("prod")
    nodes = sum(p.nodes_per_zone * p.disk_gib for p in settings.cluster.pools) * len(settings.google.zones)
    volumes = settings.ide.foundationdb_replicas * settings.ide.foundationdb_disk_gib + 3 * settings.ide.theia_disk_gib
    ssd = needed("SSD_TOTAL_GB", captured("prod"), region=settings.google.region.value)
    assert ssd.first == nodes + volumes
    assert not ssd.fits


def test_a_project_shares_its_own_quotas_among_its_stacks_and_regions_have_theirs(captured: Captured) -> None:
    prod, dr = captured("prod"), captured("dr")
    both = {(need.quota.metric, need.region): need.first for need in needs((prod, dr))}
    for claim, amount in usage(prod).items():
        there = usage(dr).get(claim, 0)
        assert both[claim.metric, claim.region] == amount + there
        assert not claim.region or not there, f"{claim.metric} of both in {claim.region}"


def test_rules_with_an_expression_are_counted_among_all_rules(captured: Captured) -> None:
    prod = captured("prod")
    rules = [r for p in prod.of_type("gcp:compute/securityPolicy:SecurityPolicy") for r in items(p.inputs, "rules")]
    asked = usage(prod)
    assert asked[Claim(metric="SECURITY_POLICY_RULES")] == len(rules)
    with_expression = sum("expr" in members(rule, "match") for rule in rules)
    assert 0 < asked[Claim(metric="SECURITY_POLICY_CEVAL_RULES")] == with_expression < len(rules)


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "dr"])
def test_every_deployed_stack_needs_something_of_every_quota(stack: str, captured: Captured) -> None:
    found = usage(captured(stack), Scale.MOST)
    amounts = {quota.metric: sum(n for c, n in found.items() if c.metric == quota.metric) for quota in table().quotas}
    # A standby stands in production's network; a disk that is no SSD may or may not be there.
    assert {metric for metric, amount in amounts.items() if not amount} <= {"NETWORKS", "DISKS_TOTAL_GB"}


def test_a_request_names_a_quota_as_google_does() -> None:
    known = table()
    assert known.of("SECURITY_POLICY_CEVAL_RULES").id == "SECURITY-POLICY-CEVAL-RULES-per-project"
    assert known.of("CPUS").id == "CPUS-per-project-region"
    assert known.of("REGIONAL_STATIC_ADDRESSES").id == "STATIC-ADDRESSES-per-project-region"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("default: 250", "default: -1", "greater than or equal to 0"),
        ("metric: CPUS\n", "metric: CORES\n", "CORES, CPUS"),
        ("sources: [iam]", "sources: [hearsay]", "hearsay, iam"),
        ("quotas:", "quotas: [", "cannot be used"),
    ],
)
def test_a_table_that_cannot_be_relied_on_is_refused(old: str, new: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "quotas.yaml"
    path.write_text(PATH.read_text().replace(old, new))
    with pytest.raises(PreflightError, match=says):
        table(path)


def test_what_fits_now_and_not_later_does_not_fit() -> None:
    quota = table().of("CPUS")
    now = Need(quota=quota, region="us-east1", first=quota.default, most=quota.default)
    assert now.fits
    assert not replace(now, most=quota.default + 1).fits


@pytest.mark.parametrize("sharing", [("dev",), ("staging",), ("prod", "dr")])
def test_what_is_asked_for_is_enough_for_every_node_that_the_settings_allow(
    sharing: tuple[str, ...], captured: Captured
) -> None:
    for need in needs([captured(stack) for stack in sharing]):
        assert need.most <= need.quota.granted, need.quota.metric
