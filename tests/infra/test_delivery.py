"""Delivery: which workflow may deploy, and what the deploying account may do."""

import re
from collections.abc import Callable, Iterator

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import items, text
from infra.components.delivery import DeliveryArgs
from infra.components.delivery_permissions import NEEDS, PERMISSIONS
from infra.components.delivery_types import Needs
from infra.settings import SettingsError
from infra.settings.traffic import Delivery as DeliverySettings

PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
SECRET_BINDING = "gcp:secretmanager/secretIamBinding:SecretIamBinding"
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
# Secrets that the program hands on to Google, and those that it fills itself.
HANDED_ON = ("github-oauth-client-secret", "google-oauth-client-secret", "pagerduty-service-key")
FILLED = ("redis-auth", "redis-ca")
POOL_VIEWER = {
    "iam.workloadIdentityPools.get",
    "iam.workloadIdentityPools.list",
    "iam.workloadIdentityPoolProviders.get",
    "iam.workloadIdentityPoolProviders.list",
}
Captured = Callable[[str], Graph]


def deployer(graph: Graph) -> str:
    return f"serviceAccount:{text(graph.root.outputs, 'deployer')}"


def grants(graph: Graph, member: str) -> Iterator[Node]:
    """Every grant to that member, on whatever it is."""
    for node in graph.resources:
        if text(node.inputs, "member") == member or member in items(node.inputs, "members"):
            yield node


def held(graph: Graph) -> set[str]:
    """What the deploying account may do in the whole project."""
    permissions: set[str] = set()
    roles = {role.id: role for role in graph.of_type(CUSTOM_ROLE)}
    for grant in graph.of_type(PROJECT_MEMBER):
        if text(grant.inputs, "member") == deployer(graph):
            role = text(grant.inputs, "role")
            if role in roles:
                permissions |= {str(p) for p in items(roles[role].inputs, "permissions")}
            else:
                assert role == "roles/iam.workloadIdentityPoolViewer"
                permissions |= POOL_VIEWER
    return permissions


def needs_of(graph: Graph) -> dict[str, Needs]:
    kinds = {node.type for node in graph.resources if not node.is_component}
    unknown = sorted(kinds - set(NEEDS))
    assert not unknown, (
        f"Nobody has said what {', '.join(unknown)} takes: a deployment would end there. "
        "Write it into infra/components/delivery_types.py."
    )
    return {kind: NEEDS[kind] for kind in kinds}


def test_every_type_of_every_stack_says_what_it_needs_and_the_deploying_account_has_it(graph: Graph) -> None:
    has = held(graph)
    lacking = {kind: sorted(needs.deployer - has) for kind, needs in needs_of(graph).items()}
    assert not {kind: found for kind, found in lacking.items() if found}


def test_what_people_keep_to_themselves_the_deploying_account_does_not_have(graph: Graph) -> None:
    has = held(graph)
    kept = {permission for needs in NEEDS.values() for permission in needs.people}
    assert len(kept) > 20
    assert not kept & has


def test_the_deploying_account_can_set_no_policy_whatever_it_is_of(graph: Graph) -> None:
    assert not {permission for permission in held(graph) if permission.endswith(("setIamPolicy", ".setOwner"))}


def test_a_type_that_grants_something_is_never_the_deploying_accounts_to_change() -> None:
    granting = {
        kind: needs for kind, needs in NEEDS.items() if re.search(r"(?i)iam(member|binding|policy|audit)", kind)
    }
    assert len(granting) >= 9
    for kind, needs in granting.items():
        assert not needs.write, kind
        assert [p.rpartition(".")[2] for p in needs.people] == ["setIamPolicy"], kind


def test_the_project_gives_the_deploying_account_one_role_of_ours_and_one_that_reads(graph: Graph) -> None:
    roles = {
        text(n.inputs, "role") for n in graph.of_type(PROJECT_MEMBER) if n in tuple(grants(graph, deployer(graph)))
    }
    own = graph.find(CUSTOM_ROLE, "delivery-role-deployer")
    assert roles == {own.id, "roles/iam.workloadIdentityPoolViewer"}
    assert [role.name for role in graph.of_type(CUSTOM_ROLE)] == ["delivery-role-deployer"]


def test_beside_the_project_it_is_let_into_named_things_alone(graph: Graph) -> None:
    elsewhere = {
        (grant.name, text(grant.inputs, "role"))
        for grant in grants(graph, deployer(graph))
        if grant.type != PROJECT_MEMBER
    }
    reader, writer = "roles/secretmanager.secretAccessor", "roles/secretmanager.secretVersionManager"
    assert elsewhere == {
        ("delivery-deploy-as-nodes", "roles/iam.serviceAccountUser"),
        ("delivery-deploy-state", "roles/storage.objectUser"),
        ("delivery-deploy-state-key", "roles/cloudkms.cryptoKeyEncrypterDecrypter"),
        *((f"secrets-{secret}-readers", reader) for secret in HANDED_ON),
        *((f"secrets-{secret}-readers", reader) for secret in FILLED),
        *((f"secrets-{secret}-writers", writer) for secret in FILLED),
    }


def test_whoever_writes_a_secrets_value_may_do_so_on_that_secret(graph: Graph) -> None:
    versions = graph.of_type(SECRET_VERSION)
    assert versions
    for version in versions:
        roles = {
            text(grant.inputs, "role")
            for grant in graph.of_type(SECRET_BINDING)
            if text(grant.inputs, "secretId") == text(version.inputs, "secret")
            and deployer(graph) in items(grant.inputs, "members")
        }
        assert roles == set(NEEDS[SECRET_VERSION].roles), version.name


def test_the_state_and_its_key_are_those_of_the_project_and_not_of_one_region(graph: Graph) -> None:
    project = text(graph.find(CUSTOM_ROLE, "delivery-role-deployer").inputs, "project")
    bucket = graph.find("gcp:storage/bucketIAMMember:BucketIAMMember", "delivery-deploy-state")
    key = graph.find("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", "delivery-deploy-state-key")
    assert bucket.input("bucket") == f"{project}-pulumi-state"
    assert key.input("cryptoKeyId") == f"projects/{project}/locations/us/keyRings/pulumi-state/cryptoKeys/secrets"


@pytest.mark.parametrize(
    "forbidden",
    [
        "secretmanager.versions.access",
        "secretmanager.versions.add",
        "cloudkms.cryptoKeyVersions.useToSign",
        "cloudkms.cryptoKeyVersions.useToDecrypt",
        "cloudkms.cryptoKeyVersions.destroy",
        "cloudsql.instances.connect",
        "cloudsql.instances.export",
        "cloudsql.users.update",
        "compute.instances.create",
        "container.pods.exec",
        "firebaseauth.configs.update",
        "storage.objects.get",
        "iam.serviceAccountKeys.create",
        "iam.serviceAccounts.getAccessToken",
        "iam.serviceAccounts.actAs",
        "iam.roles.update",
        "iam.workloadIdentityPoolProviders.update",
        "logging.sinks.update",
        "resourcemanager.projects.setIamPolicy",
    ],
)
def test_the_deploying_account_can_neither_read_data_nor_use_keys_nor_widen_itself(forbidden: str) -> None:
    assert forbidden not in PERMISSIONS


def test_permissions_are_well_formed_fit_a_custom_role_and_stand_there_once() -> None:
    assert all(re.fullmatch(r"[a-z]+\.[a-zA-Z]+\.[a-zA-Z]+", permission) for permission in PERMISSIONS)
    assert len(set(PERMISSIONS)) == len(PERMISSIONS) <= 3000
    assert sum(len(permission) for permission in PERMISSIONS) < 64 * 1024


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
    assert [grant.name for grant in grants(graph, pushing)] == ["delivery-images-writer"]


def test_no_account_has_a_basic_or_administering_role_in_the_project(graph: Graph) -> None:
    wide = re.compile(r"(owner|editor|viewer|[aA]dmin)$")
    roles = {text(n.inputs, "role") for n in graph.of_type(PROJECT_MEMBER)}
    assert not {role for role in roles if wide.search(role)}


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
