"""The price book and the usage files: exact, sourced, and refused where they are not."""

from decimal import Decimal

import pytest
import yaml

from coditect.cost import book, usage
from coditect.cost.book import ANY_REGION, Meter, Price, Tariff
from coditect.cost.errors import CostError
from coditect.graph.values import JsonObject

ROW: JsonObject = {"item": "thing", "price": "1.50", "unit": "month", "region": "any", "sources": ["G"]}
SOURCES: JsonObject = {"G": {"text": "A page"}, "C": {"text": "A list", "as_of": "2025-03-06"}}


def _document(*rows: JsonObject) -> JsonObject:
    return {"sources": SOURCES, "rows": [ROW | row for row in rows]}


def _tier(start: str, price: str) -> Price:
    return Price.model_validate(ROW | {"from": start, "price": price})


def _taken(meter: Meter) -> list[tuple[str, str]]:
    return [(str(quantity), str(tier.price)) for quantity, tier in meter.take(Decimal(4))]


def test_every_figure_of_the_book_has_a_source_and_says_its_date_or_that_it_has_none() -> None:
    prices = book.load()

    for row in prices.rows:
        assert prices.cite(row).endswith(prices.date_of(row) or "undated")
    assert prices.cite(prices.known("redis.basic", "us-central1").tiers[0]) == "I undated"
    assert prices.cite(prices.known("sql.vcpu.zonal", "us-central1").flat) == "I, 2 2026-05"
    assert prices.cite(prices.known("egress.premium").tiers[1]) == "E 2026-09-20"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ({"price": 0.1}, "binary float"),
        ({"sources": ["Z"]}, "source Z"),
        ({"currency": "EUR"}, "Convert it to USD"),
        ({"from": "5"}, "tiers must rise from 0"),
        ({"as_of": "May 2026"}, "pattern"),
        ({"price": "-1"}, "greater than or equal"),
    ],
)
def test_a_row_that_would_make_a_wrong_sum_is_refused(row: JsonObject, complaint: str) -> None:
    with pytest.raises(CostError, match=complaint):
        book.parse(_document(row), "a book")


def test_two_figures_for_one_thing_are_refused() -> None:
    with pytest.raises(CostError, match="two figures"):
        book.parse(_document({}, {}), "a book")


def test_a_region_without_a_row_borrows_the_figure_of_us_central1_and_says_so() -> None:
    prices = book.parse(_document({"region": "us-central1"}), "a book")

    assert not prices.known("thing", "us-central1").is_borrowed
    assert prices.known("thing", "us-east1").is_borrowed
    assert prices.tariff("nothing", "us-east1") is None
    with pytest.raises(CostError, match="no nothing"):
        prices.known("nothing", ANY_REGION)


def test_a_meter_gives_the_free_tier_once_and_cuts_quantities_at_the_tiers() -> None:
    meter = Meter(Tariff(tiers=(_tier("0", "0"), _tier("6", "0.06"), _tier("10", "0.05")), is_borrowed=False))

    assert _taken(meter) == [("4", "0")]
    assert _taken(meter) == [("2", "0"), ("2", "0.06")]
    assert _taken(meter) == [("2", "0.06"), ("2", "0.05")]
    assert meter.take(Decimal(0)) == ()


def test_a_band_is_that_of_the_whole_size() -> None:
    tariff = book.load().known("redis.standard", "us-central1")

    assert [str(tariff.band(Decimal(size)).price) for size in (1, 4, 5, 10, 11, 35, 36, 100, 101)] == [
        "0.064", "0.064", "0.054", "0.054", "0.046", "0.046", "0.035", "0.035", "0.030",
    ]  # fmt: skip


def test_a_tiered_item_has_no_one_price() -> None:
    with pytest.raises(CostError, match="5 tiers"):
        _ = book.load().known("redis.basic", "us-central1").flat


@pytest.mark.parametrize("stack", ["dev", "staging", "prod", "dr"])
def test_every_deployed_stack_has_assumptions_with_reasons(stack: str) -> None:
    for name, quantity in usage.load(stack):
        assert len(quantity.reason) >= 10, name


def test_a_stack_without_assumptions_says_how_to_write_them() -> None:
    with pytest.raises(CostError, match=r"stacks/usage/local.yaml is missing.*Copy another"):
        usage.load("local")


def test_an_assumption_without_a_reason_is_refused() -> None:
    document = {name: q.model_dump(mode="json") for name, q in usage.load("dev")}
    document["users"] = {"value": "10", "reason": ""}

    with pytest.raises(CostError, match=r"users\.reason"):
        usage.parse(yaml.safe_dump(document), "a file")
