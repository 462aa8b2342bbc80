"""What keeps data in the cluster: who names its pods, and in which order the store and its users come."""

from coditect.graph.model import Graph, Node
from coditect.graph.values import items, lookup, text
from tests.infra.test_load_balancing import DEPLOYMENT, everything_before

SERVICE = "kubernetes:core/v1:Service"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
JOB = "kubernetes:batch/v1:Job"


def named(graph: Graph, type_: str, name: str) -> list[Node]:
    return [node for node in graph.of_type(type_) if text(node.inputs, "metadata", "name").startswith(name)]


def test_a_stateful_set_names_a_headless_service_that_selects_its_pods(graph: Graph) -> None:
    found = graph.of_type(STATEFUL_SET)
    assert {node.name.rpartition("-statefulset-")[2] for node in found} == {"foundationdb", "ide-theia"}
    for stateful in found:
        (service,) = [
            node
            for node in graph.of_type(SERVICE)
            if node.input("metadata", "name") == stateful.input("spec", "serviceName")
            and node.input("metadata", "namespace") == stateful.input("metadata", "namespace")
        ]
        assert service.input("spec", "clusterIP") == "None", stateful.name
        assert service.input("spec", "selector") == stateful.input("spec", "selector", "matchLabels")
        assert not lookup(service.inputs, "metadata", "annotations"), "the load balancer needs a Service of its own"


def test_a_stateful_set_goes_on_naming_the_service_that_it_was_released_with(graph: Graph) -> None:
    """Immutable: another name would replace it, and with it whatever its pods hold."""
    for stateful in graph.of_type(STATEFUL_SET):
        assert stateful.input("spec", "serviceName") == stateful.input("metadata", "name")
        assert items(stateful.inputs, "spec", "volumeClaimTemplates")


def test_the_store_is_configured_as_soon_as_it_stands_and_before_its_client_starts(graph: Graph) -> None:
    (configure,) = named(graph, JOB, "foundationdb-configure")
    before = {graph.nodes[urn].name for urn in everything_before(graph, configure)}
    assert "ide-chart-statefulset-foundationdb" in before
    assert not {name for name in before if name.startswith(("ide-chart-deployment", "ide-chart-statefulset-ide-"))}
    (client,) = named(graph, DEPLOYMENT, "ide-backend")
    assert configure.urn in everything_before(graph, client)
