"""Bills of the real stacks: nothing is left out, and printed sums are sums of what is printed."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from coditect.cost import book, usage
from coditect.cost.bill import Bill, apportioned, bill
from coditect.cost.budget import verdict
from coditect.cost.difference import Part, difference
from coditect.cost.errors import CostError
from coditect.cost.estimate import CENT, Estimate, Free, Gap
from coditect.cost.estimators import ESTIMATORS
from coditect.cost.levers import Lever, what_if
from coditect.cost.rows import LABELS, REASONS, SHARED, row_of
from coditect.cost.usage import Usage, scaled
from coditect.graph.inventory import Inventory
from coditect.graph.model import Graph
from coditect.graph.restored import restored
from infra.catalog import CATALOG
from infra.catalog.budget import BUDGET
from infra.catalog.names import Namespace, Origin
from infra.settings import Settings
from tests.cost.declared import node

Graphs = Callable[[str], Graph]
Bills = Callable[[str], Bill]
DEPLOYED = ("dev", "staging", "prod", "dr")

deployed = pytest.mark.parametrize("name", DEPLOYED)


def test_every_type_of_every_stack_has_an_estimator(graph: Graph) -> None:
    types = {n.type for n in graph.resources if not n.is_component}

    assert types - ESTIMATORS.keys() == set()


def test_every_resource_of_every_stack_is_priced_unpriced_or_free_with_a_reason(graph: Graph) -> None:
    # The local stack is never deployed and has no usage of its own: any will do to classify it.
    name = graph.stack if graph.stack in DEPLOYED else "dev"
    made = bill(graph, usage.load(name), book.load())

    resources = {n.urn for n in graph.resources if not n.is_component}
    estimated = {e.urn for e in made.estimates if e.type != "third party"}
    assert estimated == resources
    assert sum(made.counts.values()) == len(made.estimates)


def test_an_estimate_cannot_be_both_free_and_priced() -> None:
    with pytest.raises(ValueError, match="only one of these"):
        Estimate.of(node("t", "n", {}), [Free(why="Nothing."), Gap(what="Something")])
    with pytest.raises(ValueError, match="only one of these"):
        Estimate.of(node("t", "n", {}), [])


@deployed
def test_the_rows_add_up_to_the_total_and_so_do_the_lines_to_the_cent(name: str, billed: Bills) -> None:
    made = billed(name)

    assert sum(row.total for row in made.rows) == made.total == made.fixed + made.usage
    assert sum(line.amount for _, line in made.lines) == made.total
    assert all(row.total == row.total.quantize(CENT) for row in made.rows)


def test_production_is_what_a_hand_sums_up(billed: Bills) -> None:
    made = billed("prod")
    by_row = {row.component: row for row in made.rows}

    # tests/cost/test_estimators.py has these amounts one by one.
    assert by_row["database"].total == Decimal("438.10")  # 241.20 + 153.30 + 34.00 + 9.60
    assert by_row["cache"].total == Decimal("537.28")
    assert by_row["observability"].total == Decimal("35.00")
    shared = sum(row.shared_fixed + row.shared_usage for row in made.rows)
    assert shared == Decimal("398.24")  # nodes 291.24, disks 30.00, control plane 73.00, images 4.00
    assert made.indicated == Decimal("214.25")


def test_the_table_has_the_specifications_rows_and_totals(billed: Bills) -> None:
    for name, whole in (("dev", 1061), ("prod", 3580)):
        figures = [row.specification for row in billed(name).rows]
        assert sum(figure for figure in figures if figure is not None) == whole
    assert [*LABELS] == [row.component for row in BUDGET]
    assert REASONS.keys() == LABELS.keys() - {"stripe"}
    assert all(row.specification is None for row in billed("staging").rows)


def test_stripes_fees_are_shown_and_in_no_sum(billed: Bills) -> None:
    made = billed("prod")

    assert made.fees_total == Decimal("1750.00")  # 50,000 x 0.029 + 1,000 x 0.30
    assert made.total == sum(line.amount for _, line in made.lines)


@deployed
def test_no_assumption_is_dropped_each_one_moves_the_bill(name: str, captured: Graphs) -> None:
    graph, assumed = captured(name), usage.load(name)
    before = bill(graph, assumed, book.load())

    for field in Usage.model_fields:
        if getattr(assumed, field).value:
            more = bill(graph, scaled(assumed, **{field: Decimal(10_000_000)}), book.load())
            # What has no price in a stack's own region is indicated at another's.
            assert _all(more) > _all(before), field


def test_shares_of_an_amount_add_up_to_it_in_whole_cents() -> None:
    thirds = dict.fromkeys(("a", "b", "c"), Decimal(1))

    assert apportioned(Decimal("100.00"), thirds) == {
        "a": Decimal("33.34"),
        "b": Decimal("33.33"),
        "c": Decimal("33.33"),
    }
    uneven = {"a": Decimal("0.7"), "b": Decimal("0.3")}
    assert apportioned(Decimal("0.05"), uneven) == {"a": Decimal("0.04"), "b": Decimal("0.01")}


def test_a_component_that_nobody_placed_is_an_error_and_not_a_loss(graph: Graph) -> None:
    for component in graph.children(graph.root):
        if component.is_component:
            assert row_of(component, graph) in {*LABELS, SHARED}
    with pytest.raises(CostError, match="its costs would vanish"):
        row_of(node("coditect:platform:Warehouse", "warehouse", {}), graph)


def test_a_service_is_counted_where_its_namespace_is_whatever_its_name(graph: Graph) -> None:
    rows = {c.name: row_of(c, graph) for c in graph.children(graph.root) if c.is_component}
    expected = {
        Namespace.GATEWAY: "gateway",
        Namespace.LICENSE: "license",
        Namespace.IDE: "ide",
        Namespace.AGENTFLOW: "agentflow",
        Namespace.ADDONS: SHARED,
    }

    assert {s.name: rows[s.name] for s in CATALOG.services if s.origin is Origin.OURS} == {
        s.name: expected[s.namespace] for s in CATALOG.services if s.origin is Origin.OURS
    }
    assert {n: rows[f"namespace-{n}"] for n in Namespace} == expected
    assert (rows["ide"], rows["agentflow"], rows["addons"]) == ("ide", "agentflow", SHARED)


@deployed
def test_a_stack_keeps_its_budget(name: str, billed: Bills, settings_of: Callable[[str], Settings]) -> None:
    budget = settings_of(name).budget.monthly_usd

    assert verdict(billed(name), budget).is_kept


def test_over_the_budget_the_three_largest_are_named(billed: Bills) -> None:
    found = verdict(billed("prod"), 100)

    assert found.is_over
    assert [estimate.name for estimate in found.largest] == ["cache-redis", "database-primary", "cluster-pool-general"]


def test_what_has_no_price_counts_against_the_budget_as_far_as_it_is_known(billed: Bills) -> None:
    made = billed("prod")

    assert verdict(made, int(made.total) + 1).is_over


def test_against_a_former_inventory_the_movers_are_what_changed(captured: Graphs) -> None:
    now = captured("prod")
    inventory = Inventory.of(now)
    key = next(k for k, e in inventory.entries.items() if e.name == "cache-redis")
    older = dict(inventory.entries)
    del older[key]
    assumed, prices = usage.load("prod"), book.load()
    former = bill(restored(Inventory(stack="prod", project=now.project, source="x", entries=older)), assumed, prices)

    moved = difference(bill(now, assumed, prices), former)

    assert [(m.name, m.before, m.after) for m in moved.movers] == [
        ("cache-redis", Part(), Part(priced=Decimal("537.28")))
    ]
    assert moved.whole == Decimal("537.28")


@deployed
def test_an_inventory_is_priced_as_the_program_it_was_written_from(name: str, captured: Graphs, billed: Bills) -> None:
    graph = captured(name)

    former = bill(restored(Inventory.of(graph)), usage.load(name), book.load())

    assert former.total == billed(name).total
    assert former.indicated == billed(name).indicated
    assert difference(billed(name), former).movers == ()


@pytest.mark.parametrize(
    ("lever", "saved"),
    [
        # 6 x (48.54 - 43.69) = 29.10; (241.20 + 153.30) x 0.25 = 98.63 by line (60.30 and 38.33 rounded from 38.325)
        (Lever.ONE_YEAR, "127.72"),
        # 6 x (48.54 - 31.21) = 103.98; 241.20 x 0.52 + 153.30 x 0.52 = 125.42 + 79.72
        (Lever.THREE_YEARS, "309.12"),
        # 291.24 - 113.90
        (Lever.SPOT, "177.34"),
    ],
)
def test_a_lever_saves_what_a_hand_computes(lever: Lever, saved: str, captured: Graphs, billed: Bills) -> None:
    pulled = what_if(lever, captured("prod"), usage.load("prod"), book.load())

    assert billed("prod").total - pulled.bill.total == Decimal(saved)


def test_spot_changes_nothing_where_nodes_are_spot_already(captured: Graphs, billed: Bills) -> None:
    pulled = what_if(Lever.SPOT, captured("dev"), usage.load("dev"), book.load())

    assert pulled.changed == ()
    assert pulled.bill.total == billed("dev").total


def test_right_sizing_never_takes_nodes_that_the_pods_need(captured: Graphs) -> None:
    pulled = what_if(Lever.RIGHT_SIZE, captured("prod"), usage.load("prod"), book.load())

    # 2,000 users need 17 MB of Redis with spare room; the pods need all six nodes once a zone is lost.
    assert pulled.changed == ("cache-redis: 1 GB instead of 16, 2 times what the users need.",)


def _all(made: Bill) -> Decimal:
    return made.total + made.fees_total + made.indicated
