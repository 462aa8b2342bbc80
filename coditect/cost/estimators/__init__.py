"""One function a resource type; `ESTIMATORS` finds it. What no estimator knows is unpriced, never nothing."""

from collections.abc import Callable, Iterable, Mapping

from coditect.cost.estimate import Free, Gap, Line, Pricing
from coditect.cost.estimators import cluster, edge, keys, network, operations, plain, stores
from coditect.graph.model import Graph, Node

Said = Iterable[Line | Gap | Free]
Estimator = Callable[[Node, Graph, Pricing], Said]

ESTIMATORS: Mapping[str, Estimator] = {
    **plain.ESTIMATORS,
    **cluster.ESTIMATORS,
    **stores.ESTIMATORS,
    **keys.ESTIMATORS,
    **edge.ESTIMATORS,
    **network.ESTIMATORS,
    **operations.ESTIMATORS,
}


def estimator_of(type_: str) -> Estimator:
    """The estimator of a type; for an unknown one, one that says so."""
    return ESTIMATORS.get(type_, _unknown)


def _unknown(node: Node, _graph: Graph, _pricing: Pricing) -> Said:
    yield Gap(what=f"{node.type}: no estimator knows this type; add it to coditect/cost/estimators")
