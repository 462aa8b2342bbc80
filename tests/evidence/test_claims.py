"""What the evidence claims is so, and what is not so it says: both from the graph, never from memory."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from coditect.evidence.frameworks import outlines
from coditect.evidence.gather import gather
from coditect.evidence.model import Evidence, FrameworkEvidence
from coditect.evidence.page import page
from coditect.graph.model import Graph, Node
from coditect.graph.values import Json
from coditect.policy import evaluate
from infra.settings import Settings
from policies.controls import Framework
from policies.rule import all_rules
from policies.rules.privacy import LONGEST_OBJECT_DAYS
from tests.policies.change import Absent, changed, steps

RULES = {rule.id: rule for rule in all_rules()}
TODAY = date(2026, 11, 24)
# Recommendations of the benchmark's edition 4.0.0, by section.
CIS_GCP = {
    "1": 17,
    "2": 16,
    "3": 10,
    "4": 12,
    "5": 2,
    "6.1": 3,
    "6.2": 8,
    "6.3": 7,
    "7": 4,
    "8": 1,
}
CIS_GCP_NUMBERS = (*(f"{section}.{n}" for section, most in CIS_GCP.items() for n in range(1, most + 1)), "6.4", "6.5")
CIS_GCP_NUMBERS += ("6.6", "6.7")


@pytest.fixture(scope="module")
def made_of(captured: Callable[[str], Graph], settings_of: Callable[[str], Settings]) -> Callable[[Graph], Evidence]:
    """The evidence of prod, with another graph."""

    def made(graph: Graph) -> Evidence:
        result = evaluate(graph, today=TODAY)
        return gather(graph, settings_of("prod"), result, result, commit="0" * 40, is_committed=True, today=TODAY)

    return made


@pytest.fixture(scope="module")
def prod(captured: Callable[[str], Graph]) -> Graph:
    return captured("prod")


def with_input(graph: Graph, name: str, path: str, to: "Json | Absent") -> Graph:
    node = next(node for node in graph.nodes.values() if node.name == name)
    inputs = changed(dict(node.inputs), steps(path), to)
    assert isinstance(inputs, dict)
    return replace(graph, nodes={**graph.nodes, node.urn: replace(node, inputs=inputs)})


def with_node(graph: Graph, type_: str, name: str, **inputs: Json) -> Graph:
    node = Node(
        urn=f"urn:pulumi:prod::coditect::{type_}::{name}",
        type=type_,
        name=name,
        is_component=False,
        inputs=inputs,
        outputs={},
        parent=None,
    )
    return replace(graph, nodes={**graph.nodes, node.urn: node})


def framework(evidence: Evidence, name: Framework) -> FrameworkEvidence:
    return next(each for each in evidence.frameworks if each.name == name.value)


def reason(evidence: Evidence, name: Framework, part: str) -> str:
    """Why a part is not covered, or only in part; empty where it is."""
    return " ".join(part_.reason for part_ in framework(evidence, name).uncovered if part_.number == part)


def standing(evidence: Evidence, name: Framework, number: str) -> str:
    return next(control.standing for control in framework(evidence, name).controls if control.number == number)


def test_every_recommendation_of_cis_gcp_is_answered_by_a_rule_or_listed_with_a_reason() -> None:
    outline = next(each for each in outlines() if each.framework is Framework.CIS_GCP)
    answered = {number for rule in all_rules() for number in rule.controls_of(Framework.CIS_GCP)}
    without_rules = outline.parts.keys() - {outline.part_of(number) for number in answered}

    listed = {number for number in CIS_GCP_NUMBERS if outline.part_of(number) in without_rules}
    assert set(CIS_GCP_NUMBERS) - answered - listed == set()
    assert answered - set(CIS_GCP_NUMBERS) == set()


@pytest.mark.parametrize("number", ["3.5", "3.6", "3.7", "8.3.4", "10.3.4"])
def test_no_rule_claims_what_does_not_apply_or_is_not_done(number: str) -> None:
    claimed = {claim for rule in all_rules() for claim in rule.controls_of(Framework.PCI)}

    assert {claim for claim in claimed if claim == number or claim.startswith(f"{number}.")} == set()


@pytest.mark.parametrize(
    ("rule", "unsaid"),
    [
        ("iam-custom-role", "leads further"),
        ("iam-audit-everything", "very read and write"),
        ("cluster-operators-networks", "reach the control plane."),
        ("data-region", "Personal data"),
        ("bucket-end", "erasure is complete"),
        ("backup-end", "erasure is complete"),
        ("sql-backup-end", "erasure is complete"),
    ],
)
def test_a_title_says_no_more_than_its_rule_looks_at(rule: str, unsaid: str) -> None:
    assert unsaid not in RULES[rule].title


def test_the_title_of_a_rule_about_objects_has_the_days_that_it_checks() -> None:
    assert LONGEST_OBJECT_DAYS == 104
    assert f"{LONGEST_OBJECT_DAYS} days" in RULES["bucket-end"].title


def test_a_control_plane_that_is_reached_by_name_is_said_to_be(
    prod: Graph, made_of: Callable[[Graph], Evidence]
) -> None:
    path = "controlPlaneEndpointsConfig.dnsEndpointConfig.allowExternalTraffic"
    opened, closed = (made_of(with_input(prod, "cluster-cluster", path, to)) for to in (True, False))

    assert "DNS endpoint that takes requests from any network" in reason(opened, Framework.CIS_GKE, "5.6")
    assert reason(closed, Framework.CIS_GKE, "5.6") == ""
    assert (standing(opened, Framework.CIS_GKE, "5.6.3"), standing(closed, Framework.CIS_GKE, "5.6.3")) == (
        "met in part",
        "met",
    )
    assert standing(opened, Framework.CIS_GKE, "5.6.1") == "met"
    assert "DNS endpoint" not in page(closed).partition('id="summary"')[0]


def test_logs_that_stand_anywhere_limit_what_is_said_of_countries(
    prod: Graph, made_of: Callable[[Graph], Evidence]
) -> None:
    anywhere = made_of(with_input(prod, "project-logs", "location", "global"))
    home = prod
    for bucket in ("project-logs", "project-audit-logs"):
        home = with_input(home, bucket, "location", "us-central1")

    assert "_Default in global" in reason(anywhere, Framework.GDPR, "44")
    assert standing(anywhere, Framework.GDPR, "44") == "met in part"
    assert standing(made_of(home), Framework.GDPR, "44") == "met"
    assert reason(made_of(home), Framework.GDPR, "44") == ""


def test_a_role_that_gives_others_is_named_with_what_it_holds(
    prod: Graph, made_of: Callable[[Graph], Evidence]
) -> None:
    role = "gcp:projects/iAMCustomRole:IAMCustomRole"
    giving = with_node(prod, role, "r", roleId="giver", permissions=["secretmanager.secrets.setIamPolicy"])
    reading = with_node(prod, role, "r", roleId="giver", permissions=["secretmanager.secrets.get"])

    said = reason(made_of(giving), Framework.SOC2, "CC6.3")
    assert "The role giver holds secretmanager.secrets.setIamPolicy" in said
    assert "The role giver" not in reason(made_of(reading), Framework.SOC2, "CC6.3")


def test_what_the_audit_log_leaves_out_is_said(prod: Graph, made_of: Callable[[Graph], Evidence]) -> None:
    whole = with_input(prod, "project-audit-sink", "exclusions", [])

    assert "Not every read is in the audit log" in reason(made_of(prod), Framework.PCI, "10.2")
    assert reason(made_of(whole), Framework.PCI, "10.2") == ""


def test_virtual_machines_are_counted_not_denied(prod: Graph, made_of: Callable[[Graph], Evidence]) -> None:
    without = reason(made_of(prod), Framework.CIS_GCP, "4")
    with_one = made_of(with_node(prod, "gcp:compute/instance:Instance", "bastion"))

    assert "no virtual machine of its own" in without
    assert "the stack declares some: bastion" in reason(with_one, Framework.CIS_GCP, "4")
    assert any("bastion" in limit for limit in with_one.limits)


def test_the_page_counts_the_days_until_the_last_copy_is_gone(
    prod: Graph, made_of: Callable[[Graph], Evidence]
) -> None:
    graph = prod
    # The downloads' bucket has no such rule: what is in it is nobody's.
    buckets = [
        node.name
        for node in prod.nodes.values()
        if node.type == "gcp:storage/bucket:Bucket" and node.name != "edge-buckets-downloads-files"
    ]
    for name in buckets:
        graph = with_input(graph, name, "lifecycleRules[0].condition.age", 90)
        graph = with_input(graph, name, "lifecycleRules[1].condition.daysSinceNoncurrentTime", 7)
        graph = with_input(graph, name, "softDeletePolicy.retentionDurationSeconds", 7 * 86_400)

    made = made_of(graph)
    assert made.days_until_erased == 104
    assert "its last copy is gone 104 days later" in page(made)
    sooner = made_of(with_input(graph, buckets[0], "softDeletePolicy.retentionDurationSeconds", 0))
    assert {copies.days for copies in sooner.copies if copies.resource == buckets[0]} == {97}


def test_a_bucket_whose_older_versions_never_end_keeps_data_for_ever(
    prod: Graph, made_of: Callable[[Graph], Evidence]
) -> None:
    path = "lifecycleRules"
    for_ever = [{"action": {"type": "Delete"}, "condition": {"age": 30, "withState": "LIVE"}}]

    made = made_of(with_input(prod, "backup-foundationdb", path, for_ever))  # type: ignore[arg-type]  # plain JSON

    assert made.days_until_erased is None
    assert "kept for ever: an erasure is never complete" in page(made)
    assert "bucket-end" in {finding.rule for finding in made.findings}


def test_days_of_copies_are_those_of_the_graph(prod: Graph, made_of: Callable[[Graph], Evidence]) -> None:
    graph = with_input(prod, "project-logs", "retentionDays", 21)
    graph = with_input(graph, "backup-volumes", "retentionPolicy.backupRetainDays", 77)

    days = {copies.resource: copies.days for copies in made_of(graph).copies}
    assert (days["project-logs"], days["backup-volumes"]) == (21, 77)
