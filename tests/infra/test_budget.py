"""Somebody is told when a project costs more than it should."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import items, text
from infra.settings import Settings
from tests.infra.test_observability import CHANNEL

BUDGET = "gcp:billing/budget:Budget"
Captured = Callable[[str], Graph]


@pytest.mark.parametrize("stack", ["dev", "staging", "prod"])
def test_a_project_has_one_budget_of_what_its_settings_say(
    captured: Captured, settings_of: Callable[[str], Settings], stack: str
) -> None:
    graph, settings = captured(stack), settings_of(stack)
    (node,) = graph.of_type(BUDGET)
    assert text(node.inputs, "billingAccount") == settings.budget.billing_account
    assert text(node.inputs, "amount", "specifiedAmount", "units") == str(settings.budget.monthly_usd)
    assert text(node.inputs, "amount", "specifiedAmount", "currencyCode") == "USD"
    # By number: an id is refused.
    assert items(node.inputs, "budgetFilter", "projects") == [f"projects/{settings.google.project_number}"]
    assert len(text(node.inputs, "displayName")) <= 60  # more is refused


def test_the_budget_tells_at_half_at_four_fifths_when_it_is_spent_and_when_it_will_be(captured: Captured) -> None:
    (node,) = captured("prod").of_type(BUDGET)
    told = {(rule["spendBasis"], rule["thresholdPercent"]) for rule in items(node.inputs, "thresholdRules")}  # type: ignore[index, call-overload] # objects
    assert told == {
        ("CURRENT_SPEND", 0.5),
        ("CURRENT_SPEND", 0.8),
        ("CURRENT_SPEND", 1),
        ("FORECASTED_SPEND", 1),
    }


def test_the_budget_tells_every_channel_of_its_stack(captured: Captured) -> None:
    graph = captured("prod")
    (node,) = graph.of_type(BUDGET)
    told = items(node.inputs, "allUpdatesRule", "monitoringNotificationChannels")
    assert set(told) == {channel.id for channel in graph.of_type(CHANNEL)}
    assert len(told) <= 5  # Google takes no more


def test_the_standby_has_no_budget_for_the_project_that_prod_has_one_for(captured: Captured) -> None:
    assert not captured("dr").of_type(BUDGET)
    assert captured("dr").of_type(CHANNEL)


def test_the_api_of_budgets_is_enabled(captured: Captured) -> None:
    service = captured("prod").find("gcp:projects/service:Service", "project-api-billingbudgets")
    assert text(service.inputs, "service") == "billingbudgets.googleapis.com"
