"""Artifact Registry, and who may push to it."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import items, lookup, text
from infra.components.registry import RegistryArgs
from infra.settings import SettingsError

REPOSITORY = "gcp:artifactregistry/repository:Repository"
MEMBER = "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember"
Captured = Callable[[str], Graph]


def test_a_tag_cannot_be_moved_and_images_are_scanned_and_encrypted_with_our_key(captured: Captured) -> None:
    node = captured("prod").find(REPOSITORY, "registry-repository")
    assert node.input("format") == "DOCKER"
    assert node.input("dockerConfig") == {"immutableTags": True}
    assert node.input("vulnerabilityScanningConfig", "enablementConfig") == "INHERITED"
    key, location = text(node.inputs, "kmsKeyName"), text(node.inputs, "location")
    assert f"/locations/{location}/" in key, "a key elsewhere is refused"


def test_old_images_go_and_the_newest_fifty_stay(captured: Captured) -> None:
    node = captured("prod").find(REPOSITORY, "registry-repository")
    policies = {text(p, "action"): p for p in items(node.inputs, "cleanupPolicies")}
    assert lookup(policies["KEEP"], "mostRecentVersions", "keepCount") == 50
    assert lookup(policies["DELETE"], "condition") == {"tagState": "UNTAGGED", "olderThan": f"{30 * 86400}s"}
    assert node.input("cleanupPolicyDryRun") is False


def test_nodes_pull_one_account_pushes_and_no_one_else_has_a_role(graph: Graph) -> None:
    assert {(n.name, n.input("role")) for n in graph.of_type(MEMBER)} == {
        ("registry-reader-nodes", "roles/artifactregistry.reader"),
        ("delivery-images-writer", "roles/artifactregistry.writer"),
    }
    assert not {text(n.inputs, "member") for n in graph.of_type(MEMBER)} & {"allUsers", "allAuthenticatedUsers"}


def test_the_standby_pulls_productions_images_from_where_a_lost_region_does_not_take_them(captured: Captured) -> None:
    graph = captured("dr")
    assert not graph.of_type(REPOSITORY)
    prod = captured("prod").find(REPOSITORY, "registry-repository")
    assert text(prod.inputs, "location") == "us"
    repository = text(graph.find(MEMBER, "registry-reader-nodes").inputs, "repository")
    assert repository.endswith("/locations/us/repositories/coditect-prod-images")


def test_a_registry_that_nobody_may_pull_from_is_refused() -> None:
    with pytest.raises(SettingsError, match="no node could pull"):
        RegistryArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            location="us",
            key_id="key",
            readers={},
            protect=True,
        )
