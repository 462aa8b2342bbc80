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
    return graph.of_type(node.type)[0] is node
