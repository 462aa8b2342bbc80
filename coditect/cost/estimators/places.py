"""Where a resource stands, and which one of its kind stands for all."""

from coditect.graph.model import Graph, Node
from coditect.graph.values import text

CLUSTER = "gcp:container/cluster:Cluster"


def region_of(place: str) -> str:
    """The region of a region or a zone: `us-east1` of `us-east1-b`."""
    return "-".join(place.split("-")[:2])


def cluster_region(graph: Graph) -> str:
    """The region that nodes and their disks stand in."""
    return region_of(text(graph.of_type(CLUSTER)[0].inputs, "location"))


def is_first(node: Node, graph: Graph) -> bool:
    """Whether it is the one of its type that carries what is metered for all of them together."""
    return by_name(graph, node.type)[0] is node


def by_name(graph: Graph, type_: str) -> tuple[Node, ...]:
    """All of a type in an order that a program, and the inventory written from it, have in common."""
    return tuple(sorted(graph.of_type(type_), key=lambda node: node.name))
