"""The program as it was before anybody rehearsed it: what the rules find in it, and that they find it in any order."""

import lzma
from pathlib import Path

import pytest

from coditect.graph.model import Graph
from coditect.local.graph_cache import remembered
from coditect.rehearsal.acts import walk
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.project import fill_secrets
from coditect.rehearsal.rules import ALL
from coditect.rehearsal.shelf import MemoryShelf
from coditect.rehearsal.surroundings import Surroundings

BEFORE = Path(__file__).with_name("before")

# What nobody was told to bring about: groups and services were taken for given.
AROUND = {
    "dev": Surroundings(projects={"coditect-dev": 410000000001}, domain="coditect.com"),
    "prod": Surroundings(
        projects={"coditect-cloud-infra": 410000000003},
        domain="coditect.com",
        delegated_domains=frozenset({"coditect.com", "coditect.ai"}),
    ),
}
AROUND["dr"] = AROUND["prod"]

FOUND_EVERYWHERE = {
    "agent-role",
    "cmek-backup-for-gke",
    "domain-restricted-sharing",
    "endpoint-group-exists",
    "node-egress",
    "quota",
    "secret-version-mounted",
}
FOUND = {
    "dev": FOUND_EVERYWHERE | {"api-management-first", "certificate-active", "principal-exists"},
    "prod": FOUND_EVERYWHERE | {"api-management-first", "principal-exists"},
    "dr": FOUND_EVERYWHERE,
}


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Graph]:
    graphs: dict[str, Graph] = {}
    for stack in AROUND:
        file = tmp_path_factory.mktemp("before") / f"{stack}.json"
        file.write_bytes(lzma.decompress((BEFORE / f"{stack}.json.xz").read_bytes()))
        graph = remembered(file)
        assert graph is not None
        graphs[stack] = graph
    return graphs


def rehearsed(stack: str, graphs: dict[str, Graph], seed: int) -> Cloud:
    shelf = MemoryShelf()
    if stack == "dr":
        founding = Cloud(shelf, rules=(), surroundings=AROUND["prod"], cluster="prod")
        walk(graphs["prod"], founding, seed=0)
    cloud = Cloud(shelf, rules=ALL, surroundings=AROUND[stack], cluster=stack, goes_on=True)
    walk(graphs[stack], cloud, seed)
    return cloud


@pytest.mark.parametrize("stack", AROUND)
def test_the_program_of_then_is_refused_for_what_was_mended_since(stack: str, before: dict[str, Graph]) -> None:
    always: set[str] = set(FOUND[stack])
    for seed in range(20):
        always &= {refusal.rule for refusal in rehearsed(stack, before, seed).refusals}
    assert always == FOUND[stack]


@pytest.mark.parametrize(
    ("rule", "resource", "words"),
    [
        ("node-egress", "cluster-cluster", "nodes with no tag cannot reach the control plane"),
        ("secret-version-mounted", "license-backend-migrate", "which has no version"),
        ("endpoint-group-exists", "edge-backends-license-backend", "GKE has just seen its Service"),
        ("domain-restricted-sharing", "backup-access-log-writer", "group:cloud-storage-analytics@google.com"),
        ("principal-exists", "signing-administrator-", "group:platform-security@coditect.com does not exist"),
        ("agent-role", "backup-volumes", "roles/gkebackup.serviceAgent"),
        ("cmek-backup-for-gke", "backup-volumes", "@compute-system.iam.gserviceaccount.com may not use the key"),
        ("quota", "edge-armor-", "SECURITY_POLICY_CEVAL_RULES"),
    ],
)
def test_each_finding_names_the_resource_and_the_reason(
    rule: str, resource: str, words: str, before: dict[str, Graph]
) -> None:
    found = [r.reason for r in rehearsed("prod", before, seed=1).refusals if r.rule == rule]
    assert any(reason.startswith(resource) and words in reason for reason in found), found


def test_a_missing_dependency_shows_in_some_orders_and_not_in_others(before: dict[str, Graph]) -> None:
    with_nat_too_late = sum(
        any(refusal.rule == "node-way-out" for refusal in rehearsed("prod", before, seed).refusals)
        for seed in range(20)
    )
    assert 0 < with_nat_too_late < 20


def test_secrets_filled_by_people_are_what_the_pods_waited_for(before: dict[str, Graph]) -> None:
    cloud = rehearsed("prod", before, seed=1)
    assert fill_secrets(cloud) > 0
    again = Cloud(cloud.shelf, rules=ALL, surroundings=AROUND["prod"], cluster="prod", goes_on=True)
    walk(before["prod"], again, seed=1)
    assert "secret-version-mounted" not in {refusal.rule for refusal in again.refusals}
