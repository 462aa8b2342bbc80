"""What a report says of cost: in Markdown, HTML and JSON alike, a missing price is unknown and never a saving."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from coditect.cost import book
from coditect.graph.inventory import Inventory
from coditect.graph.model import Graph
from coditect.graph.values import members
from coditect.plan.capacity import NODE_POOL
from coditect.report.compare import compared
from coditect.report.html import html
from coditect.report.markdown import markdown
from coditect.report.model import Report, StackReport
from tests.cost.declared import without

TODAY = date(2026, 11, 24)


def of_machines(graph: Graph, machine_type: str) -> StackReport:
    """The report of a change that gives every node another machine."""
    changed = {
        node.urn: replace(
            node,
            inputs={**node.inputs, "nodeConfig": members(node.inputs, "nodeConfig") | {"machineType": machine_type}},
        )
        for node in graph.of_type(NODE_POOL)
    }
    return compared(replace(graph, nodes={**graph.nodes, **changed}), Inventory.of(graph), TODAY, ())


def report_of(*stacks: StackReport) -> Report:
    return Report(against="main", against_commit="0" * 40, working_tree="1" * 12, stacks=stacks)


def test_a_larger_machine_is_dearer_in_every_form(captured: Callable[[str], Graph]) -> None:
    stack = of_machines(captured("prod"), "n1-standard-8")

    assert stack.cost is not None
    # 6 nodes x 8 vCPUs x 24.27 = 1,164.96, and 291.24 before.
    assert stack.cost.known == Decimal("873.72")
    for form in (markdown(report_of(stack)), html(report_of(stack))):
        assert "(+873.72)" in form
        assert "-291.24" not in form


def test_a_machine_without_a_price_is_unknown_in_every_form_and_a_problem(
    captured: Callable[[str], Graph], monkeypatch: pytest.MonkeyPatch
) -> None:
    prices = without("compute.e2-standard.sustained")
    monkeypatch.setattr(book, "load", lambda: prices)

    stack = of_machines(captured("prod"), "e2-standard-8")

    assert stack.cost is not None
    assert [(move.resource, move.difference) for move in stack.cost.moves] == [("cluster-pool-general", None)]
    assert any("nobody can say whether it keeps its budget" in problem for problem in stack.problems)
    for form in (markdown(report_of(stack)).replace("\\", ""), html(report_of(stack)).replace("&#39;", "'")):
        assert "-291.24" not in form
        assert "at least" in form
        assert "difference unknown: 1 resource has no price on a side" in form
        assert "unknown: 6 e2-standard-8: the price book has no compute.e2-standard.sustained" in form
        assert "nobody can say whether it keeps its budget" in form
    written = report_of(stack).model_dump(mode="json")["stacks"][0]["cost"]
    assert written["moves"][0]["difference"] is None
    assert written["holes"]
