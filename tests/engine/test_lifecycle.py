"""Every stack on the real engine, from nothing to nothing. The providers are stand-ins, the rest is not."""

from pathlib import Path

import pytest

from coditect.graph.capture import run_entry
from coditect.graph.configuration import STAND_IN_SECRET
from coditect.graph.values import text
from tests.engine.conftest import PROTECTED_STACKS, UNPROTECTED_STACKS, Deployed
from tests.engine.harness import Deployment, EngineError
from tests.engine.programs import released, unprotected, with_property
from tests.graphs import graph_of

pytestmark = pytest.mark.engine

DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"
CLUSTER = "gcp:container/cluster:Cluster"

on_protected_stacks = pytest.mark.parametrize("deployed", PROTECTED_STACKS, indirect=True)
# A standby takes over the database of the stack it stands in for: its own program declares none.
on_stacks_with_a_protected_database = pytest.mark.parametrize(
    "deployed", [stack for stack in PROTECTED_STACKS if stack != "dr"], indirect=True
)
on_unprotected_stacks = pytest.mark.parametrize("deployed", UNPROTECTED_STACKS, indirect=True)


def protected(deployment: Deployment) -> set[str]:
    """Type and id of what the state protects."""
    return {
        f"{text(r, 'type')} {text(r, 'id')}" for r in deployment.resources() if r.get("protect") and r.get("custom")
    }


def existing(deployment: Deployment) -> set[str]:
    """Type and id of all that the stack has in the cloud."""
    return {f"{thing.type} {thing.id}" for thing in deployment.made()}


def test_the_first_up_creates_exactly_what_the_graph_declares(deployed: Deployed) -> None:
    graph = graph_of(deployed.deployment.stack)
    declared = {node.urn for node in graph.nodes.values() if not node.is_component and ":providers:" not in node.type}
    assert {urn for _, urn in deployed.first.changes()} == declared
    assert {operation for operation, _ in deployed.first.changes()} == {"create"}
    assert {thing.urn for thing in deployed.deployment.made()} <= declared


def test_a_second_up_changes_nothing(going_on: Deployment) -> None:
    assert going_on.up(run_entry).changes() == []


def test_a_refresh_finds_nothing_changed(going_on: Deployment) -> None:
    assert going_on.refresh(run_entry).changes() == []


def test_no_secret_stands_in_the_state_in_clear(deployed: Deployed) -> None:
    deployment = deployed.deployment
    secrets = {secret for secret in deployment.plaintexts() if len(secret) >= 8}
    assert any(STAND_IN_SECRET in secret for secret in secrets), "no provider gave a secret: this test proves nothing"
    state = deployment.state_file.read_text()
    assert [secret for secret in secrets if secret in state] == []


def test_a_released_digest_changes_exactly_its_workload(going_on: Deployment, tmp_path: Path) -> None:
    digest = f"sha256:{'5' * 64}"
    directory = tmp_path / "releases"
    directory.mkdir()
    run = going_on.up(released(going_on.stack, "license-backend", digest, directory))
    parents = {text(r, "urn"): text(r, "parent") for r in going_on.resources()}
    changed = {urn for _, urn in run.changes()}
    assert changed
    assert {parents[urn].rpartition("::")[2] for urn in changed} == {"license-backend"}
    deployments = [t for t in going_on.cloud.things("kubernetes:apps/v1:Deployment") if digest in str(t.inputs)]
    assert {thing.urn for thing in deployments} <= changed
    assert deployments


@on_stacks_with_a_protected_database
def test_moving_the_database_is_refused_and_it_stays_as_it_was(going_on: Deployment) -> None:
    before = existing(going_on)
    with pytest.raises(EngineError, match="marked for protection"):
        going_on.up(with_property(DATABASE, "region", "europe-west1"))
    assert protected(going_on) <= existing(going_on)
    assert {thing for thing in before if thing.startswith(DATABASE)} <= existing(going_on)


@on_protected_stacks
def test_destroying_a_protected_stack_is_refused_and_no_data_is_lost(going_on: Deployment) -> None:
    holding = protected(going_on)
    assert any(thing.startswith(CLUSTER) for thing in holding)
    with pytest.raises(EngineError, match="cannot be deleted"):
        going_on.destroy(run_entry)
    assert holding <= existing(going_on)


@on_protected_stacks
def test_once_protection_is_lifted_the_stack_is_destroyed_in_order(going_on: Deployment) -> None:
    # The stand-in cloud refuses to delete what is still used, so a wrong order fails here.
    going_on.up(unprotected())
    going_on.destroy(run_entry)
    assert {thing.type for thing in going_on.made()} == set()
    assert going_on.resources() == []


@on_unprotected_stacks
def test_a_stack_without_protection_is_destroyed_as_it_is(going_on: Deployment) -> None:
    assert protected(going_on) == set()
    retained = {f"{text(r, 'type')} {text(r, 'id')}" for r in going_on.resources() if r.get("retainOnDelete")}
    going_on.destroy(run_entry)
    assert going_on.resources() == []
    assert existing(going_on) <= retained
