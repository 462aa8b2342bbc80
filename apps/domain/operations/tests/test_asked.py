"""Metrics found out at the scrape."""

import pytest
from django.db import OperationalError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from apps.domain.operations.asked import Asked
from apps.domain.operations.database import DatabaseUnavailableError
from apps.domain.operations.redis import CacheUnavailableError


class Answers(Asked):
    """Answers with how often it was asked, or fails."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.asked = 0
        self.failure = failure

    def families(self) -> tuple[GaugeMetricFamily, ...]:
        return (GaugeMetricFamily("answers", "How often it was asked"),)

    def fill(self, *families: GaugeMetricFamily) -> None:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        families[0].add_metric([], self.asked)


def shown(collector: Asked) -> str:
    registry = CollectorRegistry()
    registry.register(collector)
    return generate_latest(registry).decode()


def test_two_scrapes_in_a_row_ask_once() -> None:
    answers = Answers()
    assert "\nanswers 1.0\n" in shown(answers)
    assert "\nanswers 1.0\n" in shown(answers)
    assert answers.asked == 1


@pytest.mark.parametrize(
    "failure", [OperationalError(), DatabaseUnavailableError(), CacheUnavailableError()], ids=lambda e: type(e).__name__
)
def test_while_a_store_is_away_nothing_is_said_and_the_next_scrape_asks_again(failure: Exception) -> None:
    answers = Answers(failure)
    assert shown(answers) == ""
    answers.failure = None
    assert "\nanswers 2.0\n" in shown(answers)


def test_its_names_are_known_without_asking() -> None:
    answers = Answers()
    assert [family.name for family in answers.describe()] == ["answers"]
    assert answers.asked == 0
