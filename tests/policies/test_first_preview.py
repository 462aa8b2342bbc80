"""What the first preview of a stack can say, before anything exists."""

from datetime import date

from coditect.graph.model import Graph
from coditect.policy import evaluate
from policies.evaluation import Outcome

TODAY = date(2026, 11, 24)


def test_what_a_first_preview_decides_the_deployment_does_not_overturn(graph: Graph) -> None:
    later = {(v.rule.id, v.resource.urn): v.outcome for v in evaluate(graph, today=TODAY).verdicts}
    first = evaluate(graph, today=TODAY, as_first_preview=True)

    overturned = [
        (verdict.rule.id, verdict.resource.name)
        for verdict in first.verdicts
        if verdict.outcome is not Outcome.UNKNOWN
        and verdict.outcome is not later[verdict.rule.id, verdict.resource.urn]
    ]
    assert overturned == []
    assert first.findings == ()


def test_only_values_that_the_cloud_gives_are_unknown(graph: Graph) -> None:
    first = evaluate(graph, today=TODAY, as_first_preview=True)

    assert first.unknowns
    assert len(first.unknowns) < len(first.verdicts) / 4


def test_once_deployed_nothing_is_unknown(graph: Graph) -> None:
    assert evaluate(graph, today=TODAY).unknowns == ()
