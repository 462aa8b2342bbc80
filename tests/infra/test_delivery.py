"""Delivery: which workflow may deploy, and what the deploying account may do."""

import re
from collections.abc import Callable

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import items, text
from infra.components.delivery import DeliveryArgs
from infra.components.delivery_permissions import GRANTABLE_ROLES, PERMISSIONS
from infra.settings import SettingsError
from infra.settings.traffic import Delivery as DeliverySettings

PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
Captured = Callable[[str], Graph]


def test_only_jobs_of_our_repository_by_number_in_the_stacks_environment_on_main_are_let_in(captured: Captured) -> None:
    provider = captured("prod").find(PROVIDER, "delivery-github")
    assert provider.input("attributeCondition") == (
        'assertion.repository_id == "410000001" && assertion.repository_owner_id == "41000001" && '
        'assertion.environment == "prod" && assertion.ref == "refs/heads/main"'
    )


def test_nothing_is_trusted_for_its_name_that_somebody_else_may_come_to_have(graph: Graph) -> None:
    for provider in graph.of_type(PROVIDER):
        trusted = (text(provider.inputs, "attributeCondition"), *map(str, mapped(provider)))
        assert not [
            expression
            for expression in trusted
            if re.search(r"assertion\.(repository|repository_owner|actor)\b", expression)
        ]


def mapped(provider: Node) -> list[object]:
    mapping = provider.input("attributeMapping")
    assert isinstance(mapping, dict)
    return list(mapping.values())


def test_only_that_repositorys_environment_may_act_as_the_two_accounts(captured: Captured) -> None:
    graph = captured("prod")
    mapping = graph.find(PROVIDER, "delivery-github").input("attributeMapping")
    assert mapping == {
        "google.subject": "assertion.sub",
        "attribute.repository_environment": 'assertion.repository_id + "/" + assertion.environment',
    }
    for name in ("images", "deploy"):
        node = graph.find(ACCOUNT_MEMBER, f"delivery-{name}-github")
        assert node.input("role") == "roles/iam.workloadIdentityUser"
        assert re.fullmatch(
            r"principalSet://iam\.googleapis\.com/projects/\d+/locations/global/workloadIdentityPools/"
            r"coditect-prod-github/attribute\.repository_environment/410000001/prod",
            text(node.inputs, "member"),
        )


def test_the_pushing_account_has_no_role_in_the_project(graph: Graph) -> None:
    pushing = text(
        graph.find("gcp:artifactregistry/repositoryIamMember:RepositoryIamMember", "delivery-images-writer").inputs,
        "member",
    )
    assert pushing not in {text(n.inputs, "member") for n in graph.of_type(PROJECT_MEMBER)}


def test_no_account_has_a_basic_or_administering_role_in_the_project(graph: Graph) -> None:
    wide = re.compile(r"(owner|editor|viewer|[aA]dmin)$")
    roles = {text(n.inputs, "role") for n in graph.of_type(PROJECT_MEMBER)}
    assert not {role for role in roles if wide.search(role)}


@pytest.mark.parametrize(
    "forbidden",
    [
        "secretmanager.versions.access",
        "cloudkms.cryptoKeyVersions.useToSign",
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "cloudkms.cryptoKeyVersions.destroy",
        "cloudsql.instances.connect",
        "cloudsql.instances.export",
        "container.pods.exec",
        "storage.objects.get",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.actAs",
        "iam.roles.update",
        "iam.workloadIdentityPoolProviders.update",
        "resourcemanager.projects.setIamPolicy",
    ],
)
def test_the_deploying_account_can_neither_read_data_nor_use_keys_nor_widen_itself(forbidden: str) -> None:
    assert forbidden not in PERMISSIONS


def test_the_deploying_account_may_grant_exactly_the_roles_that_the_program_grants(graph: Graph) -> None:
    granted = {text(n.inputs, "role") for n in graph.of_type(PROJECT_MEMBER) if not n.name.startswith("delivery-")}
    assert granted <= set(GRANTABLE_ROLES)
    condition = graph.find(PROJECT_MEMBER, "delivery-deploy-grants").input("condition", "expression")
    assert condition == (
        "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(["
        + ", ".join(f"'{role}'" for role in GRANTABLE_ROLES)
        + "])"
    )


def test_every_grantable_role_is_one_that_some_stack_grants(captured: Captured) -> None:
    granted = {text(n.inputs, "role") for n in captured("prod").of_type(PROJECT_MEMBER)}
    assert set(GRANTABLE_ROLES) <= granted


def test_the_role_that_sets_policies_holds_that_one_permission_and_only_under_the_condition(graph: Graph) -> None:
    role = graph.find("gcp:projects/iAMCustomRole:IAMCustomRole", "delivery-role-granter")
    assert items(role.inputs, "permissions") == ["resourcemanager.projects.setIamPolicy"]
    holders = [n for n in graph.of_type(PROJECT_MEMBER) if n.input("role") == role.id]
    assert [n.name for n in holders] == ["delivery-deploy-grants"]


def test_permissions_are_well_formed_fit_a_custom_role_and_stand_there_once() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+", permission) for permission in PERMISSIONS)
    assert len(set(PERMISSIONS)) == len(PERMISSIONS) <= 3000
    assert sum(len(permission) for permission in PERMISSIONS) < 64 * 1024


def test_the_deploying_account_acts_as_the_nodes_and_as_no_other_account(graph: Graph) -> None:
    acting = [n for n in graph.of_type(ACCOUNT_MEMBER) if n.input("role") == "roles/iam.serviceAccountUser"]
    assert [n.name for n in acting] == ["delivery-deploy-as-nodes"]


def test_a_pool_whose_name_google_would_not_take_is_refused() -> None:
    with pytest.raises(SettingsError, match="32 characters at most"):
        DeliveryArgs(
            prefix="coditect-a-very-long-name-of-a-stack",
            project_id="coditect-test",
            project_number=1,
            settings=DeliverySettings(
                github_repository="a/b", github_repository_id=1, github_owner_id=2, github_environment="test"
            ),
            registry_id="projects/p/locations/us/repositories/r",
        )
