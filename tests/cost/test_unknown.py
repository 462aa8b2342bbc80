"""What has no price is unknown: never 0, never a saving, and said wherever a sum stands."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from rich.console import Console

from coditect.cost import book, text, usage
from coditect.cost.bill import Bill, bill
from coditect.cost.book import PriceBook
from coditect.cost.budget import verdict
from coditect.cost.changed import with_inputs
from coditect.cost.difference import difference
from coditect.cost.document import document
from coditect.cost.estimators.stores import REDIS, SQL
from coditect.cost.growth import grown
from coditect.cost.growth_text import show_growth
from coditect.cost.levers import Lever, what_if
from coditect.graph.model import Graph
from coditect.graph.values import JsonObject, members
from coditect.plan.capacity import NODE_POOL
from tests.cost.declared import without

Graphs = Callable[[str], Graph]

E2 = "compute.e2-standard.sustained"
BUDGET = 1_000_000


@pytest.fixture
def prod(captured: Graphs) -> Graph:
    return captured("prod")


def on_machines(graph: Graph, machine_type: str) -> Graph:
    """The same stack with all its nodes of another type."""

    def changed(inputs: JsonObject) -> JsonObject:
        return inputs | {"nodeConfig": members(inputs, "nodeConfig") | {"machineType": machine_type}}

    return with_inputs(graph, {node.urn: changed for node in graph.of_type(NODE_POOL)})


def in_region(graph: Graph, type_: str, region: str) -> Graph:
    return with_inputs(graph, {n.urn: lambda inputs: inputs | {"region": region} for n in graph.of_type(type_)})


def billed(graph: Graph, prices: PriceBook | None = None) -> Bill:
    return bill(graph, usage.load("prod"), prices or book.load())


def printed(show: Callable[[Console], None]) -> str:
    console = Console(file=io.StringIO(), width=200)
    show(console)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_nodes_four_times_as_large_cost_four_times_as_much(prod: Graph) -> None:
    change = difference(billed(on_machines(prod, "n1-standard-8")), billed(prod))

    # 6 nodes: 8 x 24.27 x 6 = 1,164.96, and 291.24 before.
    assert [(m.name, m.difference) for m in change.movers] == [("cluster-pool-general", Decimal("873.72"))]
    assert change.whole == Decimal("873.72")


def test_a_machine_without_a_price_is_an_unknown_difference_and_no_saving(prod: Graph) -> None:
    now, former = billed(on_machines(prod, "e2-standard-8"), without(E2)), billed(prod, without(E2))
    change = difference(now, former)
    said = printed(lambda console: text.show_difference(now, former, "main", console))

    assert (change.whole, change.known) == (None, Decimal(0))
    assert [(m.name, m.difference) for m in change.movers] == [("cluster-pool-general", None)]
    assert "-291.24" not in said
    assert "unknown: 1 resource has no price on a side" in said
    assert "cluster-pool-general: 321.24 -> at least 30.00 (unknown: 6 e2-standard-8" in said


def test_what_is_known_beside_an_unknown_difference_is_said_apart(prod: Graph) -> None:
    larger = with_inputs(prod, {n.urn: lambda inputs: inputs | {"memorySizeGb": 32} for n in prod.of_type(REDIS)})
    change = difference(billed(on_machines(larger, "e2-standard-8"), without(E2)), billed(prod, without(E2)))

    assert change.whole is None
    assert change.known == Decimal("537.28")
    assert [m.name for m in change.movers] == ["cluster-pool-general", "cache-redis"]


def test_a_store_that_moves_to_a_region_without_a_price_is_no_saving(prod: Graph) -> None:
    change = difference(billed(in_region(prod, REDIS, "us-east1")), billed(prod))

    (mover,) = change.movers
    assert mover.difference is None
    assert change.whole is None
    assert text.mover_text(mover).startswith(
        "cache-redis: 537.28 -> unknown (537.28 at us-central1's prices) (unknown: "
    )


def test_a_resource_without_a_price_that_goes_away_is_no_known_saving(prod: Graph) -> None:
    bucket = next(n for n in prod.resources if n.name == "backup-foundationdb")
    smaller = Graph(
        stack=prod.stack, project=prod.project, nodes={u: n for u, n in prod.nodes.items() if u != bucket.urn}
    )

    change = difference(billed(smaller), billed(prod))

    assert [(m.name, m.difference) for m in change.movers] == [("backup-foundationdb", None)]


def test_the_document_says_null_where_a_difference_is_unknown(prod: Graph) -> None:
    now, former = billed(on_machines(prod, "e2-standard-8"), without(E2)), billed(prod, without(E2))
    written = document(now, verdict(now, BUDGET), former=("main", former)).model_dump(mode="json")

    assert written["difference"]["difference"] is None
    assert written["difference"]["known"] == "0"
    mover = written["difference"]["movers"][0]
    assert mover["difference"] is None
    assert mover["unknown"] == ["6 e2-standard-8: the price book has no compute.e2-standard.sustained"]
    assert (mover["after"]["priced"], mover["after"]["unpriced"]) == ("30.00", mover["unknown"])
    assert written["budget"]["holes"] == [
        "cluster-pool-general: 6 e2-standard-8: the price book has no compute.e2-standard.sustained"
    ]


def test_a_budget_with_a_hole_in_the_bill_is_not_kept_however_large(prod: Graph) -> None:
    found = verdict(billed(on_machines(prod, "e2-standard-8"), without(E2)), BUDGET)
    said = printed(lambda console: text.show_verdict(found, console))

    assert not found.is_over
    assert not found.is_kept
    assert "nobody can say whether it is kept" in said
    assert "cluster-pool-general: 6 e2-standard-8: the price book has no compute.e2-standard.sustained" in said


def test_a_type_that_nobody_knows_leaves_the_budget_open(prod: Graph) -> None:
    bucket = next(n for n in prod.resources if n.name == "backup-foundationdb")
    strange = type(bucket)(**{**vars(bucket), "type": "gcp:spanner/instance:Instance"})
    found = verdict(
        billed(Graph(stack="prod", project=prod.project, nodes=dict(prod.nodes) | {bucket.urn: strange})), BUDGET
    )

    assert not found.is_kept
    assert "no estimator knows this type" in found.holes[0]


def test_a_kept_budget_says_what_it_leaves_out(prod: Graph) -> None:
    made = billed(prod)
    found = verdict(made, BUDGET)
    said = printed(lambda console: text.show_verdict(found, console))

    assert found.is_kept
    assert found.accepted == sum(gap.is_accepted for _, gap in made.gaps) > 0
    assert "kept, as far as there are prices" in said
    assert f"{found.accepted} things of kinds without a price are not in it" in said


def test_every_sum_beside_something_without_a_price_says_at_least(prod: Graph) -> None:
    made = billed(prod)
    said = printed(lambda console: text.show(made, verdict(made, BUDGET), console))

    lines = {line.split("  ")[0].strip(): line for line in said.splitlines()}
    assert f"≥ {made.total:,.2f}" in lines["Total, at least"]
    assert f"≥ {made.total * 12:,.2f}" in lines["A year, at least"]
    assert "≥" in lines["License platform"]  # its part of the cluster has gaps, though it has none of its own
    assert "≥" in lines["Redis"]  # exports are kept in a bucket, whose operations nobody prices
    assert "≥: at least; something in it has no price" in said


def test_a_row_without_any_price_is_unknown_and_not_0(captured: Graphs) -> None:
    made = bill(captured("dr"), usage.load("dr"), book.load())
    said = printed(lambda console: text.show(made, verdict(made, BUDGET), console))

    (redis,) = (line for line in said.splitlines() if line.startswith("Redis "))
    assert "unknown" in redis
    assert "0.00" not in redis.split("unknown")[0]


def test_growth_says_that_its_totals_are_the_least_and_names_holes(prod: Graph) -> None:
    step = grown(on_machines(prod, "e2-standard-8"), usage.load("prod"), without(E2), 1_000)
    said = printed(lambda console: show_growth((step,), console))

    assert f"≥ {step.bill.total:,.0f}" in said
    assert f"≥ {step.a_user:,.2f}" in said
    assert "1,000 users, without a price: cluster-pool-general: 6 e2-standard-8" in said


def test_a_lever_whose_price_is_missing_saves_an_unknown_amount(prod: Graph) -> None:
    prices = without("compute.n1-standard.spot")
    made, pulled = billed(prod, prices), what_if(Lever.SPOT, prod, usage.load("prod"), prices)
    said = printed(lambda console: text.show_levers(made, (pulled,), console))

    (written,) = document(made, verdict(made, BUDGET), levers=(pulled,)).what_if
    assert (written.saved, written.known) == (None, Decimal(0))
    assert "unknown: 1 resource has no price on a side" in said
    assert "291.24" not in said.replace("321.24", "")
    assert "cluster-pool-general: 321.24 -> at least 30.00 (unknown: 6 spot n1-standard-2" in said


def test_a_larger_replica_where_no_price_is_known_is_unknown_and_indicated(prod: Graph) -> None:
    replica = next(n for n in prod.of_type(SQL) if n.input("region") == "us-east1")

    def larger(inputs: JsonObject) -> JsonObject:
        return inputs | {"settings": members(inputs, "settings") | {"tier": "db-custom-8-30720"}}

    change = difference(billed(with_inputs(prod, {replica.urn: larger})), billed(prod))

    (mover,) = change.movers
    assert mover.difference is None
    assert (mover.before.indicated, mover.after.indicated) == (Decimal("214.25"), Decimal("411.50"))
