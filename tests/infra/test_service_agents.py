"""Google's own accounts: each that is made on request has the role it works by before anything relies on it."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from infra.settings import StackName
from tests.graphs import STACKS
from tests.infra.waiting import awaited

IDENTITY = "gcp:projects/serviceIdentity:ServiceIdentity"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
KEY_MEMBER = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
Captured = Callable[[str], Graph]

# https://cloud.google.com/iam/docs/service-agents: by service, where its agent lives and the role it is granted on the
# project. Of Secret Manager's the page says: none.
DOCUMENTED = {
    "artifactregistry.googleapis.com": ("gcp-sa-artifactregistry", "roles/artifactregistry.serviceAgent"),
    "gkebackup.googleapis.com": ("gcp-sa-gkebackup", "roles/gkebackup.serviceAgent"),
    "pubsub.googleapis.com": ("gcp-sa-pubsub", "roles/pubsub.serviceAgent"),
    "redis.googleapis.com": ("cloud-redis", "roles/redis.serviceAgent"),
    "secretmanager.googleapis.com": ("gcp-sa-secretmanager", None),
    "sqladmin.googleapis.com": ("gcp-sa-cloud-sql", "roles/cloudsql.serviceAgent"),
}


def roles_of_agents(graph: Graph) -> dict[str, list[Node]]:
    """Grants of the project to Google's agents, by the domain the agent lives in."""
    found: dict[str, list[Node]] = {}
    for node in graph.of_type(PROJECT_MEMBER):
        name, _, domain = text(node.inputs, "member").removeprefix("serviceAccount:").partition("@")
        if name.startswith("service-"):
            found.setdefault(domain.removesuffix(".iam.gserviceaccount.com"), []).append(node)
    return found


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != StackName.DR])
def test_every_agent_that_is_asked_for_gets_its_documented_role_once(captured: Captured, stack: str) -> None:
    graph = captured(stack)
    asked_for = {text(node.inputs, "service") for node in graph.of_type(IDENTITY)}
    wanted = {DOCUMENTED[service][0]: [DOCUMENTED[service][1]] for service in asked_for}
    granted = {domain: [node.input("role") for node in nodes] for domain, nodes in roles_of_agents(graph).items()}
    assert granted == {domain: roles for domain, roles in wanted.items() if roles != [None]}


def test_a_standby_owns_no_role_that_the_stack_it_stands_in_for_lives_by(captured: Captured) -> None:
    assert roles_of_agents(captured("dr")) == {}


@pytest.mark.parametrize("stack", STACKS)
def test_taking_a_stack_down_leaves_googles_agents_their_roles(captured: Captured, stack: str) -> None:
    for nodes in roles_of_agents(captured(stack)).values():
        assert all(node.retain_on_delete for node in nodes)


@pytest.mark.parametrize("stack", STACKS)
def test_no_agent_gets_a_key_before_it_has_its_role(captured: Captured, stack: str) -> None:
    graph = captured(stack)
    roles = roles_of_agents(graph)
    for grant in graph.of_type(KEY_MEMBER):
        domain = text(grant.inputs, "member").partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        for role in roles.get(domain, ()):
            assert role.urn in awaited(graph, grant), f"{grant.name} does not wait for {role.name}"


@pytest.mark.parametrize("stack", STACKS)
def test_no_plan_of_backups_is_made_before_all_who_make_them_may_use_its_key(captured: Captured, stack: str) -> None:
    """About Backup for GKE CMEK encryption: the service, the agent in the cluster, and Compute Engine."""
    graph = captured(stack)
    (plan,) = graph.of_type("gcp:gkebackup/backupPlan:BackupPlan")
    key = text(plan.inputs, "backupConfig", "encryptionKey", "gcpKmsEncryptionKey")
    users = {
        text(grant.inputs, "member").partition("@")[2].removesuffix(".iam.gserviceaccount.com")
        for grant in graph.of_type(KEY_MEMBER)
        if grant.input("cryptoKeyId") == key and grant.urn in awaited(graph, plan)
    }
    assert users >= {"gcp-sa-gkebackup", "container-engine-robot", "compute-system"}


@pytest.mark.parametrize("stack", STACKS)
def test_no_grant_of_a_role_can_make_a_key_unknown_to_a_preview(captured: Captured, stack: str) -> None:
    """A preview takes what waits by value on something new for changed: a database with another key is another one."""
    graph = captured(stack)
    for node in (*graph.of_type(KEY_MEMBER), *graph.of_type("gcp:gkebackup/backupPlan:BackupPlan")):
        by_value = {urn for urns in node.property_dependencies.values() for urn in urns}
        assert not by_value & {role.urn for roles in roles_of_agents(graph).values() for role in roles}
        if node.type.endswith("BackupPlan"):
            assert "backup-volumes-key-compute" not in {graph.nodes[urn].name for urn in by_value}
