"""Resources as a program declares them, without a program: for prices computed by hand."""

from decimal import Decimal

from coditect.cost import book, usage
from coditect.cost.book import PriceBook
from coditect.cost.estimate import Estimate, Pricing
from coditect.cost.estimators import estimator_of
from coditect.cost.usage import Usage
from coditect.graph.model import Graph, Node
from coditect.graph.values import JsonObject


def node(type_: str, name: str, inputs: JsonObject) -> Node:
    return Node(
        urn=f"urn:pulumi:prod::coditect::{type_}::{name}",
        type=type_,
        name=name,
        is_component=False,
        inputs=inputs,
        outputs={},
        parent=None,
    )


def graph_of(*nodes: Node) -> Graph:
    return Graph(stack="prod", project="coditect", nodes={one.urn: one for one in nodes})


def used(**amounts: str) -> Usage:
    """A month in which nothing is used but this."""
    nothing = dict.fromkeys(Usage.model_fields, Decimal(0))
    return usage.scaled(usage.load("prod"), **nothing | {name: Decimal(amount) for name, amount in amounts.items()})


def without(*items: str) -> PriceBook:
    """The price book without any figure for these items."""
    prices = book.load()
    assert {row.item for row in prices.rows} >= set(items)
    return PriceBook(sources=prices.sources, rows=tuple(row for row in prices.rows if row.item not in items))


def priced(*nodes: Node, month: Usage | None = None, prices: PriceBook | None = None) -> list[Estimate]:
    """Estimates of all of them, sharing their free tiers as one stack's do."""
    pricing = Pricing(prices or book.load(), month or used())
    graph = graph_of(*nodes)
    return [Estimate.of(one, estimator_of(one.type)(one, graph, pricing)) for one in nodes]


def amounts(estimate: Estimate) -> list[str]:
    return [str(line.amount) for line in estimate.lines]
