"""A service is used once it is enabled, and enabled once what it builds on is."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from infra.catalog.google import GOOGLE_APIS, enabled_before, in_order
from infra.settings import Settings
from tests.graphs import STACKS
from tests.infra.waiting import awaited

SERVICE = "gcp:projects/service:Service"
Captured = Callable[[str], Graph]

# The API that answers for a module of the provider, or for one type of it, where it is named otherwise.
API_OF_MODULE = {
    "billing": "billingbudgets",
    "gkebackup": "gkebackup",
    "iam": "iam",
    "identityplatform": "identitytoolkit",
    "kms": "cloudkms",
    "projects": "cloudresourcemanager",
    "serviceaccount": "iam",
    "sql": "sqladmin",
}
API_OF_TYPE = {
    "gcp:projects/iAMCustomRole:IAMCustomRole": "iam",
    "gcp:projects/serviceIdentity:ServiceIdentity": "serviceusage",
}
# Modules that are named as their API is.
SAME = {
    "artifactregistry",
    "binaryauthorization",
    "certificatemanager",
    "compute",
    "container",
    "dns",
    "logging",
    "monitoring",
    "pubsub",
    "redis",
    "secretmanager",
    "servicenetworking",
    "storage",
}


def apis_of(node: Node) -> set[str]:
    """APIs that answer when a resource is made. Raises KeyError for a module that no table here names."""
    module = node.type.split(":")[1].split("/")[0]
    names = {API_OF_TYPE.get(node.type) or (module if module in SAME else API_OF_MODULE[module])}
    found = {f"{name}.googleapis.com" for name in names}
    # An agent is made for a service, which must be there to have one.
    return found | ({text(node.inputs, "service")} if node.type.endswith(":ServiceIdentity") else set())


def services(graph: Graph) -> dict[str, Node]:
    return {text(node.inputs, "service"): node for node in graph.of_type(SERVICE)}


def google(graph: Graph) -> list[Node]:
    return [node for node in graph.resources if node.type.startswith("gcp:") and node.type != SERVICE]


@pytest.mark.parametrize("stack", STACKS)
def test_nothing_of_google_is_made_before_its_api_is_enabled(
    captured: Captured, settings_of: Callable[[str], Settings], stack: str
) -> None:
    graph, stands_in_for = captured(stack), settings_of(stack).standby_of
    # A standby enables nothing: its project has it all from the stack it stands in for, which a test below holds.
    enabled = services(graph) if stands_in_for is None else services(captured(stands_in_for))
    for node in google(graph):
        for api in apis_of(node):
            assert api in enabled, f"{node.type} needs {api}: add it to GOOGLE_APIS in infra/catalog/google.py"
            if stands_in_for is None:
                assert enabled[api].urn in awaited(graph, node), f"{node.name} does not wait for {api}"


def test_a_standby_enables_nothing_itself(captured: Captured) -> None:
    assert services(captured("dr")) == {}


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "dr"])
def test_the_project_and_service_usage_come_before_every_other_api(captured: Captured, stack: str) -> None:
    graph = captured(stack)
    enabled = services(graph)
    project, usage, iam = (
        enabled[f"{name}.googleapis.com"] for name in ("cloudresourcemanager", "serviceusage", "iam")
    )
    assert project.dependencies == ()
    assert set(usage.dependencies) == {project.urn}
    assert set(iam.dependencies) == {project.urn, usage.urn}
    for node in set(enabled) - {"cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"}:
        assert {project.urn, usage.urn} <= set(enabled[node].dependencies)


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "dr"])
@pytest.mark.parametrize(
    ("api", "builds_on"),
    [
        ("container", "compute"),
        ("gkebackup", "container"),
        ("gkebackup", "compute"),
        ("containersecurity", "container"),
        ("servicenetworking", "compute"),
        ("sqladmin", "servicenetworking"),
        ("redis", "servicenetworking"),
        ("containerscanning", "containeranalysis"),
    ],
)
def test_an_api_is_enabled_after_those_that_it_builds_on(
    captured: Captured, stack: str, api: str, builds_on: str
) -> None:
    graph = captured(stack)
    enabled = services(graph)
    waits = awaited(graph, enabled[f"{api}.googleapis.com"])
    assert enabled[f"{builds_on}.googleapis.com"].urn in waits


def test_the_catalogue_names_no_api_that_another_builds_on_and_that_is_not_enabled() -> None:
    assert {before for api in GOOGLE_APIS for before in enabled_before(api)} <= set(GOOGLE_APIS)


def test_an_order_leaves_nothing_out() -> None:
    assert sorted(in_order(GOOGLE_APIS)) == sorted(GOOGLE_APIS)
