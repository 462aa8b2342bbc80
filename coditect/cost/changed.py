"""A graph with other inputs: what-ifs and growth are priced as a changed program would be."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from coditect.graph.model import Graph, Node
from coditect.graph.values import JsonObject

Change = Callable[[JsonObject], JsonObject]


def with_inputs(graph: Graph, changes: Mapping[str, Change]) -> Graph:
    """The same graph, with the inputs of some nodes (by URN) changed."""

    def changed(node: Node) -> Node:
        change = changes.get(node.urn)
        return node if change is None else replace(node, inputs=change(dict(node.inputs)))

    return replace(graph, nodes={urn: changed(node) for urn, node in graph.nodes.items()})
