"""Whoever migrates tables owns them, and may therefore read nothing else: no key, no third party's secret."""

import json

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, items, lookup, text
from infra import wiring
from infra.catalog import CATALOG
from infra.catalog.secrets import Filler
from infra.settings import StackName
from infra.settings.vocabulary import DatabaseAuthentication
from tests.graphs import graph_of
from tests.infra.test_invariants import EVERY_STACK, SECRET_CLASS, settings_of

JOB = "kubernetes:batch/v1:Job"
GRANTS = (
    "gcp:secretmanager/secretIamBinding:SecretIamBinding",
    "gcp:secretmanager/secretIamMember:SecretIamMember",
)
MIGRATORS = [party for party in wiring.parties(CATALOG) if party.is_migrator]


def jobs(graph: Graph) -> dict[str, Node]:
    return {text(node.inputs, "spec", "template", "spec", "serviceAccountName"): node for node in graph.of_type(JOB)}


def mounted(graph: Graph, job: Node) -> set[str]:
    """Names of the files that the job's volumes hold."""
    classes = {text(node.inputs, "metadata", "name"): node for node in graph.of_type(SECRET_CLASS)}
    names = [
        text(volume, "csi", "volumeAttributes", "secretProviderClass")
        for volume in items(job.inputs, "spec", "template", "spec", "volumes")
    ]
    return {
        str(file["path"])
        for name in names
        if name
        for file in json.loads(text(classes[name].inputs, "spec", "parameters", "secrets"))
    }


def variables(job: Node) -> set[str]:
    containers: list[Json] = items(job.inputs, "spec", "template", "spec", "containers")
    return {text(variable, "name") for container in containers for variable in items(container, "env")}


def expected(stack: StackName, party: wiring.Party) -> set[str]:
    by_password = settings_of(stack).database.authentication is DatabaseAuthentication.PASSWORD
    return {wiring.password_secret(party)} if by_password else set()


def job_of(stack: StackName, party: wiring.Party) -> Node:
    """A standby's accounts carry its name."""
    known = jobs(graph_of(stack.value))
    return known.get(party.name) or known[f"{stack.value}-{party.name}"]


@EVERY_STACK
@pytest.mark.parametrize("party", MIGRATORS, ids=lambda party: party.name)
def test_a_migration_mounts_the_password_of_its_login_where_there_is_one_and_nothing_else(
    stack: StackName, party: wiring.Party
) -> None:
    graph = graph_of(stack.value)
    job = job_of(stack, party)
    assert mounted(graph, job) == expected(stack, party)
    told = {name for name in variables(job) if name.endswith("_FILE")}
    assert told == ({"DATABASE_PASSWORD_FILE"} if expected(stack, party) else set())
    assert not {"REDIS_URL", "SIGNING_KEY"} & variables(job)


@EVERY_STACK
@pytest.mark.parametrize("party", MIGRATORS, ids=lambda party: party.name)
def test_a_migrators_account_may_read_no_other_secret(stack: StackName, party: wiring.Party) -> None:
    graph, settings = graph_of(stack.value), settings_of(stack)
    member = f"serviceAccount:{wiring.email_of(party, settings)}"
    readable = {
        text(node.inputs, "secretId").rpartition("/")[2]
        for node in graph.of_type(*GRANTS)
        if member in {str(each) for each in items(node.inputs, "members")} | {text(node.inputs, "member")}
    }
    allowed = expected(stack, party)
    assert {name for name in readable if not any(name.endswith(f"-{secret}") for secret in allowed)} == set()
    assert len(readable) == len(allowed)


def test_no_secret_that_an_operator_gets_from_a_third_party_has_a_migrator_among_its_readers() -> None:
    third_parties = {secret.name for secret in CATALOG.secrets if secret.filled_by is Filler.OPERATOR}
    assert third_parties
    for stack in StackName:
        readers = wiring.readers(CATALOG, settings_of(stack))
        for party in MIGRATORS:
            assert [secret for secret in third_parties if party.name in readers[secret]] == []


@EVERY_STACK
def test_a_migration_runs_with_settings_that_ask_for_the_database_alone(stack: StackName) -> None:
    for party in MIGRATORS:
        env = items(job_of(stack, party).inputs, "spec", "template", "spec", "containers", 0, "env")
        told = {text(variable, "name"): lookup(variable, "value") for variable in env}
        assert str(told["DJANGO_SETTINGS_MODULE"]).endswith(".settings.migration")
