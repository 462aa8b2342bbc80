"""The load balancer and the pods behind it: in which order they are made, how pods are checked, what Google is sent."""

import json

from coditect.graph.model import Graph, Node
from coditect.graph.request_path import BACKEND_SERVICE, NEG_ANNOTATION, SERVICE, endpoint
from coditect.graph.values import members, text
from infra.catalog import CATALOG

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
HEALTH_CHECK = "gcp:compute/healthCheck:HealthCheck"
WAIT_FOR = "pulumi.com/waitFor"


def everything_before(graph: Graph, node: Node) -> set[str]:
    """URNs of all that exists before a resource is asked for: what it waits for, and what its parents wait for.

    Pulumi's SDK does not register a component before what the component depends on exists, nor a child before its
    parent is registered; so a child waits for what its parent waits for, though its own node does not say so.
    """
    found: set[str] = set()
    wanted = [node.urn]
    while wanted:
        urn = wanted.pop()
        if urn in found or urn not in graph.nodes:
            continue
        found.add(urn)
        there = graph.nodes[urn]
        wanted += [*there.dependencies, *([there.parent] if there.parent else [])]
    return found - {node.urn}


def test_a_backend_service_comes_after_the_service_whose_endpoint_groups_it_names(graph: Graph) -> None:
    for backend in graph.of_type(BACKEND_SERVICE):
        assert endpoint(graph, backend).service.urn in everything_before(graph, backend), backend.name


def test_a_service_with_endpoint_groups_is_finished_only_when_gke_has_taken_them_up(graph: Graph) -> None:
    """A quoted key: the provider's JSONPath is RFC 9535, which has no escape for a dot."""
    asked = [node for node in graph.of_type(SERVICE) if members(node.inputs, "metadata", "annotations")]
    with_groups = [node for node in asked if text(node.inputs, "metadata", "annotations", NEG_ANNOTATION)]
    assert {endpoint(graph, backend).service.urn for backend in graph.of_type(BACKEND_SERVICE)} == {
        node.urn for node in with_groups
    }
    for node in with_groups:
        assert (
            text(node.inputs, "metadata", "annotations", WAIT_FOR)
            == "jsonpath={.metadata.annotations['cloud.google.com/neg-status']}"
        ), node.name


def test_the_load_balancer_and_the_service_spell_the_name_of_a_group_alike(graph: Graph) -> None:
    registered = {
        text(group, "name")
        for node in graph.of_type(SERVICE)
        for group in members(
            json.loads(text(node.inputs, "metadata", "annotations", NEG_ANNOTATION) or "{}"), "exposed_ports"
        ).values()
    }
    assert {endpoint(graph, backend).neg for backend in graph.of_type(BACKEND_SERVICE)} == registered


def test_the_load_balancer_asks_whether_a_pod_answers_and_never_for_what_all_pods_share(graph: Graph) -> None:
    """The specification's paths. Readiness asks the database and Redis: their fail-over is no fault of a pod."""
    paths = {
        node.name.removeprefix("edge-backends-").removesuffix("-health"): text(
            node.inputs, "httpHealthCheck", "requestPath"
        )
        for node in graph.of_type(HEALTH_CHECK)
    }
    assert paths["gateway-backend"] == "/health"
    assert paths["gateway-frontend"] == "/api/health"
    assert paths["license-backend"] == paths["license-frontend"] == "/health"
    assert "/ready" not in paths.values()
    assert set(paths) == {service.name for service in CATALOG.services}


def test_kubernetes_still_asks_whether_a_pod_is_ready(graph: Graph) -> None:
    for name in ("gateway-backend", "license-backend"):
        pods = [node for node in graph.of_type(DEPLOYMENT) if node.name in (f"{name}-blue", f"{name}-green")]
        assert len(pods) == 2
        for node in pods:
            container = node.input("spec", "template", "spec", "containers", 0)
            assert text(container, "readinessProbe", "httpGet", "path") == "/ready"
