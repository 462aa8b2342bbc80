"""Every Kubernetes object that a stack declares is offered to a real API server, which checks it and stores nothing."""

from collections.abc import Iterator

import pytest

from coditect.graph.configuration import stack_names
from coditect.graph.values import Json, JsonObject, items, members, text
from tests.engine.api_server import Answer, ApiServer, api_server
from tests.graphs import graph_of
from tests.infra.kubernetes_objects import KubernetesObject, objects, pod_templates

pytestmark = pytest.mark.engine

BROUGHT_BY_ADDONS = {
    "ClusterIssuer",
    "ClusterPodMonitoring",
    "FQDNNetworkPolicy",
    "PodMonitoring",
    "SecretProviderClass",
}
"""Kinds of Google's and other add-ons: an API server without them knows nothing of these."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("api-server")) as server:
        yield server


@pytest.fixture(scope="module", params=stack_names())
def declared(request: pytest.FixtureRequest, server: ApiServer) -> list[KubernetesObject]:
    """A stack's objects; its namespaces exist, with their labels."""
    found = objects(graph_of(str(request.param)))
    for namespace in (each for each in found if each.kind == "Namespace"):
        answer = server.create(namespace.manifest, dry_run=False)
        assert answer.status in (201, 409), answer.message
    return found


def test_the_server_refuses_what_is_wrong(server: ApiServer) -> None:
    service: JsonObject = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"ports": [{"port": 80, "targetport": 8080}]},
    }
    assert 'unknown field "spec.ports[0].targetport"' in server.create(service, dry_run=True).message


def test_every_declared_object_is_taken_without_a_warning(server: ApiServer, declared: list[KubernetesObject]) -> None:
    known = [each for each in declared if server.serves(str(each.manifest["apiVersion"]), each.kind)]
    assert {each.kind for each in declared} - {each.kind for each in known} <= BROUGHT_BY_ADDONS
    offered = [each for each in known if each.kind != "Namespace"]
    assert offered
    answers = {f"{o.kind} {o.namespace}/{o.name}": server.create(o.manifest, dry_run=True) for o in offered}
    assert {name: answer for name, answer in answers.items() if answer != Answer(201, "", ())} == {}


def test_every_pod_passes_the_pod_security_of_its_namespace(
    server: ApiServer, declared: list[KubernetesObject]
) -> None:
    refused = {}
    for each in declared:
        for name, template in pod_templates([each]).items():
            answer = server.create(_pod(each, template), dry_run=True)
            if answer != Answer(201, "", ()):
                refused[name] = answer
    assert refused == {}


def _pod(owner: KubernetesObject, template: JsonObject) -> JsonObject:
    """The pod as its controller would make it: a stateful set adds the volumes it claims."""
    claimed: list[Json] = [
        {"name": name, "persistentVolumeClaim": {"claimName": name}}
        for claim in items(owner.manifest, "spec", "volumeClaimTemplates")
        if (name := text(claim, "metadata", "name"))
    ]
    spec = members(template, "spec")
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {**members(template, "metadata"), "name": "offered", "namespace": owner.namespace},
        "spec": {**spec, "volumes": [*items(spec, "volumes"), *claimed]},
    }
