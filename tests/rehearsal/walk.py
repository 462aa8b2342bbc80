"""Makes what a graph declares in a stand-in cloud without an engine: for graphs of programs that are no more."""

from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.order import drawn, needs
from coditect.rehearsal.shelf import Thing


def walk(graph: Graph, cloud: Cloud, seed: int) -> None:
    """Creates everything, in an order that the dependencies allow and the seed draws; then lets the cloud settle."""
    for urn in drawn(seed, needs(graph)):
        node = graph.nodes[urn]
        provider = graph.nodes.get(node.provider or "")
        settings = provider.inputs if provider is not None else {}
        cloud.create(made(node), project=text(settings, "project"), region=text(settings, "region"))
    cloud.settle()


def made(node: Node) -> Thing:
    """What Google would have of a declared resource."""
    return Thing(type=node.type, id=node.id, urn=node.urn, inputs=node.inputs, self_link=text(node.outputs, "selfLink"))
