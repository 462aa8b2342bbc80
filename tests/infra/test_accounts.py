"""Accounts that pods run as."""

from collections.abc import Callable

import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.graph.values import text
from infra.components.accounts import Accounts, AccountsArgs, Identity, account_email, account_id
from infra.settings import SettingsError
from tests.graphs import STACKS, graph_of

MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
Captured = Callable[[str], Graph]


def test_a_short_name_is_kept_and_a_long_one_ends_in_a_digest() -> None:
    assert account_id("coditect-prod", "license-backend") == "prod-license-backend"
    long = account_id("coditect-staging", "license-backend-migrate")
    assert long.startswith("staging-license-backend-")
    assert len(long) <= 30
    assert long != account_id("coditect-staging", "license-backend-migrates")


def test_the_address_can_be_written_before_the_account_exists(graph: Graph) -> None:
    for node in graph.of_type("gcp:serviceaccount/account:Account"):
        if node.name.startswith("accounts-"):
            project, stack = text(node.inputs, "project"), graph.stack
            name = node.name.removeprefix("accounts-")
            assert text(node.outputs, "email") == account_email(f"coditect-{stack}", name, project)


def test_exactly_one_kubernetes_account_may_use_each(graph: Graph) -> None:
    bindings = [node for node in graph.of_type(MEMBER) if node.name.startswith("accounts-")]
    accounts = [n for n in graph.of_type("gcp:serviceaccount/account:Account") if n.name.startswith("accounts-")]
    assert len(bindings) == len(accounts) > 0
    assert {node.input("role") for node in bindings} == {"roles/iam.workloadIdentityUser"}
    assert len({text(node.inputs, "member") for node in bindings}) == len(bindings)
    for node in bindings:
        assert ".svc.id.goog[" in text(node.inputs, "member")


def test_no_pod_of_one_stack_is_a_pod_of_another_stack_of_its_project() -> None:
    """A workload pool is the project's: it knows a pod by namespace and account, not by cluster."""
    bound: dict[str, str] = {}
    bindings = 0
    for stack in STACKS:
        for node in graph_of(stack).of_type(MEMBER):
            if "svc.id.goog[" in (member := text(node.inputs, "member")):
                bindings += 1
                assert bound.setdefault(member, stack) == stack, f"{member} is a pod of {bound[member]} and of {stack}"
    assert len(bound) == bindings > len(STACKS)


def test_the_pods_of_each_account_run_as_the_kubernetes_account_that_may_use_it(graph: Graph) -> None:
    declared = {
        f"{text(node.inputs, 'metadata', 'namespace')}/{text(node.inputs, 'metadata', 'name')}": text(
            node.inputs, "metadata", "annotations", "iam.gke.io/gcp-service-account"
        )
        for node in graph.of_type("kubernetes:core/v1:ServiceAccount")
    }
    allowed = {
        text(node.inputs, "member").partition("[")[2].rstrip("]"): text(node.inputs, "serviceAccountId").rpartition(
            "/"
        )[2]
        for node in graph.of_type(MEMBER)
        if "svc.id.goog[" in text(node.inputs, "member")
    }
    assert {account: email for account, email in declared.items() if email} == allowed
    running = {
        f"{text(node.inputs, 'metadata', 'namespace')}/{text(spec, 'serviceAccountName')}"
        for node in graph.resources
        for path in (("spec", "template", "spec"), ("spec", "jobTemplate", "spec", "template", "spec"))
        if isinstance(spec := node.input(*path), dict) and "containers" in spec
    }
    assert allowed.keys() <= running <= declared.keys()


def test_no_key_of_an_account_exists(graph: Graph) -> None:
    assert not graph.of_type("gcp:serviceaccount/key:Key")


def test_database_roles_hold_for_one_instance_where_it_is_named() -> None:
    args = AccountsArgs(
        prefix="coditect-dev",
        project_id="coditect-dev",
        identities=(
            Identity(
                name="license-backend",
                namespace="license-platform",
                kubernetes_account="license-backend",
                roles=("roles/cloudsql.client", "roles/cloudtrace.agent"),
            ),
        ),
        database_instance="coditect-dev-postgres",
    )
    graph = capture("dev", program=lambda: Accounts("accounts", args))
    conditions = {
        text(node.inputs, "role"): text(node.inputs, "condition", "expression")
        for node in graph.of_type("gcp:projects/iAMMember:IAMMember")
    }
    assert (
        'resource.name == "projects/coditect-dev/instances/coditect-dev-postgres"'
        in conditions["roles/cloudsql.client"]
    )
    assert conditions["roles/cloudtrace.agent"] == ""


@pytest.mark.parametrize(
    "role",
    ["roles/owner", "roles/editor", "roles/compute.admin", "roles/iam.serviceAccountTokenCreator", "roles/dns.Admin"],
)
def test_a_pod_that_would_administer_the_project_is_refused(role: str) -> None:
    with pytest.raises(SettingsError, match="would administer the project"):
        Identity(name="x", namespace="y", kubernetes_account="z", roles=(role,))


def test_two_workloads_cannot_share_an_account() -> None:
    one = Identity(name="x", namespace="y", kubernetes_account="z")
    with pytest.raises(SettingsError, match="dev-x twice"):
        AccountsArgs(prefix="coditect-dev", project_id="coditect-dev", identities=(one, one))
