"""Artifact Registry, and who may push to it."""

import re
from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import Json, items, leaves, lookup, text
from infra.components.registry import RegistryArgs
from infra.settings import SettingsError
from tests.graphs import graph_of
from tools.images import builds

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


def policies_of(graph: Graph) -> dict[str, Json]:
    node = graph.find(REPOSITORY, "registry-repository")
    assert node.input("cleanupPolicyDryRun") is False
    return {text(policy, "id"): policy for policy in items(node.inputs, "cleanupPolicies")}


def test_old_images_without_a_tag_go_and_the_newest_fifty_stay(captured: Captured) -> None:
    policies = policies_of(captured("prod"))
    assert lookup(policies["keep-newest"], "mostRecentVersions", "keepCount") == 50
    assert lookup(policies["delete-untagged"], "action") == "DELETE"
    assert lookup(policies["delete-untagged"], "condition", "olderThan") == f"{30 * 86400}s"


def test_what_the_workflow_pushes_is_kept_by_its_tag_however_old_it_is(captured: Captured) -> None:
    kept = policies_of(captured("prod"))["keep-released"]
    assert kept == {
        "id": "keep-released",
        "action": "KEEP",
        "condition": {"tagState": "TAGGED", "tagPrefixes": ["release-"]},
    }


def test_no_image_that_a_stack_or_its_standby_names_can_be_cleaned_up(graph: Graph) -> None:
    """Either the clean-up does not look at it, or the workflow pushed it with a tag that is kept."""
    owner = graph_of("prod") if graph.stack == "dr" else graph
    repository = text(owner.find(REPOSITORY, "registry-repository").inputs, "repositoryId")
    deleting = [policy for policy in policies_of(owner).values() if text(policy, "action") == "DELETE"]
    looked_at = tuple(str(p) for policy in deleting for p in items(policy, "condition", "packageNamePrefixes"))
    assert deleting
    assert all(items(policy, "condition", "packageNamePrefixes") for policy in deleting)
    tagged = {service.image for build in builds() for service in build.services}
    named = {
        found
        for node in graph.resources
        for _, value in leaves(node.inputs)
        for found in re.findall(rf"/{repository}/([a-z0-9-]+)@sha256:", str(value))
    }
    assert {"cloud-sql-proxy", "gateway-backend", "ide-theia"} <= named or graph.stack == "local"
    assert {image for image in named if image.startswith(looked_at)} <= tagged


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
            built=("gateway-backend",),
            protect=True,
        )


def test_a_clean_up_that_would_look_at_everything_is_refused() -> None:
    with pytest.raises(SettingsError, match="named by their digest alone"):
        RegistryArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            location="us",
            key_id="key",
            readers={"nodes": "node@coditect-test.iam.gserviceaccount.com"},
            built=(),
            protect=True,
        )


def test_no_two_clean_up_policies_have_one_id(captured: Callable[[str], Graph]) -> None:
    for stack in ("dev", "staging", "prod", "local"):
        for repository in captured(stack).of_type("gcp:artifactregistry/repository:Repository"):
            ids = [text(policy, "id") for policy in items(repository.inputs, "cleanupPolicies")]
            assert len(ids) == len(set(ids)) > 0
