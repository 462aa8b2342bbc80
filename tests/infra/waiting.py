"""What a resource waits for, as Pulumi orders: its dependencies, and all that the components it stands in wait for."""

from coditect.graph.model import Graph, Node


def awaited(graph: Graph, node: Node) -> frozenset[str]:
    """URNs of everything that exists before a resource is created, as far as the graph says so."""
    found: set[str] = set()
    left = [node]
    while left:
        each = left.pop()
        for urn in (*each.dependencies, *([each.parent] if each.parent else [])):
            if urn not in found and urn in graph.nodes:
                found.add(urn)
                left.append(graph.nodes[urn])
    return frozenset(found)
