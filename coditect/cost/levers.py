"""What-ifs: the same stack bought or sized otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coditect.cost.bill import Bill, bill
from coditect.cost.book import PriceBook
from coditect.cost.changed import Change, with_inputs
from coditect.cost.estimate import Compute
from coditect.cost.estimators.stores import REDIS
from coditect.cost.formulas import REDIS_SPARE, redis_gib
from coditect.cost.usage import Usage
from coditect.graph.model import Graph
from coditect.graph.values import JsonObject, members
from coditect.plan.capacity import NODE_POOL, capacity


class Lever(StrEnum):
    """What one can ask `--what-if` for."""

    ONE_YEAR = "cud-1y"
    THREE_YEARS = "cud-3y"
    SPOT = "spot"
    RIGHT_SIZE = "right-size"


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """A lever's bill. changed: what it did, in words; empty where it changes nothing here. caution: what it costs."""

    lever: Lever
    bill: Bill
    changed: tuple[str, ...]
    caution: str


_CAUTIONS: Mapping[Lever, str] = {
    Lever.ONE_YEAR: "Paid for a year whether or not it runs: vCPUs and memory of nodes and of Cloud SQL.",
    Lever.THREE_YEARS: "Paid for three years whether or not it runs: vCPUs and memory of nodes and of Cloud SQL.",
    Lever.SPOT: "Google takes nodes back at will; the settings refuse it in production.",
    Lever.RIGHT_SIZE: "Less room for a lost zone or a burst: read `coditect plan` with these sizes before taking them.",
}


def what_if(lever: Lever, graph: Graph, usage: Usage, book: PriceBook) -> WhatIf:
    """The bill with a lever pulled."""
    compute = Compute.SUSTAINED
    changed: tuple[str, ...]
    if lever in {Lever.ONE_YEAR, Lever.THREE_YEARS}:
        compute = Compute(lever.value)
        changed = (
            f"Nodes and Cloud SQL are committed for {'one year' if lever is Lever.ONE_YEAR else 'three years'}.",
        )
    elif lever is Lever.SPOT:
        graph, changed = _with_spot(graph)
    else:
        graph, changed = _right_sized(graph, usage)
    return WhatIf(lever=lever, bill=bill(graph, usage, book, compute), changed=changed, caution=_CAUTIONS[lever])


def _with_spot(graph: Graph) -> tuple[Graph, tuple[str, ...]]:
    pools = [node for node in graph.of_type(NODE_POOL) if node.input("nodeConfig", "spot") is not True]
    changed = tuple(f"Pool {node.name} runs on spot nodes." for node in pools)

    def spot(inputs: JsonObject) -> JsonObject:
        return inputs | {"nodeConfig": members(inputs, "nodeConfig") | {"spot": True}}

    return with_inputs(graph, {node.urn: spot for node in pools}), changed


def _right_sized(graph: Graph, usage: Usage) -> tuple[Graph, tuple[str, ...]]:
    """As few nodes a zone as carry all pods with one zone lost once the autoscaler has answered, and as little Redis
    as holds the assumed users with the spare room of the growth formulas."""
    changed: list[str] = []
    for node in graph.of_type(NODE_POOL):
        fewest = node.input("autoscaling", "minNodeCount")
        while isinstance(fewest, int) and fewest > 1:
            smaller = with_inputs(graph, {node.urn: _floor(fewest - 1)})
            fit = capacity(smaller)
            if not (fit.whole.fits and fit.one_zone_lost_grown.fits):
                break
            graph, fewest = smaller, fewest - 1
            changed.append(f"Pool {node.name}: {fewest} nodes a zone.")
    for node in graph.of_type(REDIS):
        size = node.input("memorySizeGb")
        needed = redis_gib(usage.users.value)
        if isinstance(size, int) and needed < size:
            graph = with_inputs(graph, {node.urn: _memory(needed)})
            changed.append(f"{node.name}: {needed} GB instead of {size}, {REDIS_SPARE} times what the users need.")
    return graph, tuple(changed)


def _floor(count: int) -> Change:
    return lambda inputs: inputs | {"autoscaling": members(inputs, "autoscaling") | {"minNodeCount": count}}


def _memory(gib: int) -> Change:
    return lambda inputs: inputs | {"memorySizeGb": gib}
