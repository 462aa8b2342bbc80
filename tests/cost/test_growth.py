"""Growth: each formula by hand, and the real stack at several sizes."""

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from coditect.cost import book, formulas, usage
from coditect.cost.errors import CostError
from coditect.cost.growth import Step, grown
from coditect.cost.growth_plot import plot
from coditect.graph.configuration import ROOT
from coditect.graph.model import Graph
from coditect.graph.pods import AUTOSCALER

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000)
MILLION = Decimal(1_000_000)

Graphs = Callable[[str], Graph]


@pytest.fixture(scope="module")
def steps(captured: Graphs) -> tuple[Step, ...]:
    graph, assumed, prices = captured("prod"), usage.load("prod"), book.load()
    return tuple(grown(graph, assumed, prices, users) for users in SIZES)


def test_redis_holds_a_seat_and_a_session_of_every_user_twice() -> None:
    # 1,000,000 x (250 + 4,096) x 2 = 8.692e9 bytes = 8.1 GiB
    assert formulas.redis_gib(MILLION) == 9
    assert formulas.redis_gib(Decimal(1)) == 1


def test_the_database_grows_with_two_years_of_audit_rows() -> None:
    # 1,000,000 x (60 x 2 x 450 x 24 + 20,480) bytes = 1.31648e12 = 1,226.1 GiB; and 10 GiB
    assert formulas.database_gib(MILLION) == 1237
    assert formulas.database_gib(Decimal(100)) == 11


def test_the_database_needs_cpus_for_the_start_of_work() -> None:
    # 1,000,000 x 2 commits in 600 s, 500 a vCPU: 6.7, and even
    assert formulas.database_cpus(MILLION) == 8
    assert formulas.database_cpus(Decimal(100_000)) == 1


def test_processor_time_follows_requests_at_the_peak() -> None:
    # 60 M in 576,000 busy seconds, x 3 at the peak, x 4 ms, at 70 %
    assert round(formulas.peak_cpu(Decimal(60_000_000)), 4) == Decimal("1.7857")


def test_few_leases_are_signed_one_by_one_and_many_in_batches() -> None:
    few = formulas.signing(Decimal(1_000), pods=3)
    assert few.operations == Decimal(60_000)
    assert few.batch == Decimal(1)

    # At the start of work 1,666.7 leases a second; 6 signers of 0.1 s would need 27.8 in a batch, the quota of 50 a
    # second 33.3. A third of 60 M is so signed; the rest comes at 69.4 a second, 1.389 in a batch.
    many = formulas.signing(MILLION, pods=3)
    assert round(many.batch, 1) == Decimal("33.3")
    assert many.operations == Decimal(29_400_000)

    # A single pod is slower than the quota: 1,666.7 x 0.1 / 2.
    assert round(formulas.signing(MILLION, pods=1).batch, 1) == Decimal("83.3")


def test_the_ide_grows_by_users_at_the_same_time() -> None:
    assert formulas.ide_pods(MILLION) == 800  # 2 % of them, 25 a pod


def test_more_users_never_cost_less_and_each_one_costs_less(steps: tuple[Step, ...]) -> None:
    totals = [step.bill.total for step in steps]
    each = [step.a_user for step in steps]

    assert totals == sorted(totals)
    assert each == sorted(each, reverse=True)


def test_nothing_shrinks_below_what_the_program_declares(steps: tuple[Step, ...]) -> None:
    assert steps[0].nodes == 6
    assert steps[0].to_raise == ()
    cache = next(row for row in steps[0].bill.rows if row.component == "cache")
    assert cache.total == Decimal("537.28")


def test_limits_of_the_program_that_growth_is_beyond_are_named(captured: Graphs, steps: tuple[Step, ...]) -> None:
    said = " ".join(steps[-1].to_raise)

    for scaler in captured("prod").of_type(AUTOSCALER):
        assert str(scaler.input("spec", "scaleTargetRef", "name")) in said
    assert "pool coditect-prod-general" in said
    assert "database-primary to 1237 GB of disk (1000 declared)" in said
    assert "database-primary to 8 vCPUs (4 declared)" in said


def test_usage_is_priced_by_its_tiers_at_every_size(steps: tuple[Step, ...]) -> None:
    lines = {line.what: Decimal(0) for step in steps for _, line in step.bill.lines}
    for _, line in steps[-1].bill.lines:
        lines[line.what] += line.amount

    # 50,000 x 0.0055 + 900,000 x 0.0046
    assert lines["Monthly active users"] == Decimal("4415.00")
    # 60 GB of logs a thousand users: 60,000 - 50 free, x 0.50
    assert lines["Logs of all buckets"] == Decimal("29975.00")


def test_a_stack_that_assumes_no_users_cannot_be_scaled(captured: Graphs) -> None:
    with pytest.raises(CostError, match="assumes no users"):
        grown(captured("dr"), usage.load("dr"), book.load(), 100)


def test_the_picture_is_an_svg_with_words_for_who_does_not_see_it(steps: tuple[Step, ...]) -> None:
    root = ElementTree.fromstring(plot("prod", steps))
    texts = ["".join(element.itertext()) for element in root.iter()]

    assert root.attrib["role"] == "img"
    assert "1,000,000 users" in texts[0]
    assert any(text.startswith("Total $") for text in texts)
    names = [e for e in root.iter() if e.tag.endswith("text") and e.text and " $" in e.text]
    places = sorted(float(e.attrib["y"]) for e in names)
    assert all(after - before >= 16.9 for before, after in pairwise(places))


def test_the_documentation_gives_every_assumption_of_the_formulas() -> None:
    written = (ROOT / "docs" / "cost.md").read_text().replace(",", "")

    constants = {name: value for name, value in vars(formulas).items() if name.isupper() and isinstance(value, Decimal)}
    for name, value in constants.items():
        row = re.search(rf"^\| `{name}` \| ([0-9.]+) \|", written, re.MULTILINE)
        assert row is not None, name
        assert Decimal(row[1]) == value, name


def test_the_documentation_names_every_usage_figure() -> None:
    written = (Path(ROOT) / "docs" / "cost.md").read_text()

    for name in usage.Usage.model_fields:
        assert f"`{name}`" in written, name
