"""Waivers take findings away for a time, and only those they name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from coditect.graph.model import Graph
from coditect.policy import evaluate
from policies.rule import all_rules
from policies.waivers import LONGEST_DAYS, Waiver, WaiverError, read

WRITTEN = date(2026, 11, 24)
ENTRY = """
- rule: sql-version
  resource: "gcp:sql/databaseInstance:DatabaseInstance::*"
  stacks: [prod]
  owner: platform-lead
  reason: The specification names this version, and it is patched.
  expires: 2027-06-30
"""


def version_waiver(**changes: object) -> Waiver:
    waiver = next(waiver for waiver in read() if waiver.rule == "sql-version")
    return replace(waiver, **changes)  # type: ignore[arg-type]  # the caller names a field with its type


@pytest.fixture(scope="module")
def prod(captured: Callable[[str], Graph]) -> Graph:
    return captured("prod")


def test_every_stack_is_clean_but_for_dated_waivers(graph: Graph) -> None:
    result = evaluate(graph, today=WRITTEN)

    assert [(finding.rule.id, finding.resource.key, finding.message) for finding in result.findings] == []
    assert result.unused == ()
    assert result.expired == ()
    assert result.is_clean


def test_without_waivers_every_stack_has_something_to_show(graph: Graph) -> None:
    assert not evaluate(graph, today=WRITTEN, waivers=()).is_clean


def test_an_expired_waiver_fails_and_its_findings_come_back(prod: Graph) -> None:
    waiver = version_waiver()

    on_its_last_day = evaluate(prod, today=waiver.expires, waivers=[waiver])
    a_day_later = evaluate(prod, today=waiver.expires + timedelta(days=1), waivers=[waiver])

    assert [finding for finding in on_its_last_day.findings if finding.rule.id == "sql-version"] == []
    assert [finding.rule.id for finding in a_day_later.findings].count("sql-version") == 2
    assert a_day_later.expired == (waiver,)


def test_a_waiver_that_nothing_needs_fails(prod: Graph) -> None:
    needless = version_waiver(rule="sql-key")

    result = evaluate(prod, today=WRITTEN, waivers=[*read(), needless])

    assert result.findings == ()
    assert result.unused == (needless,)
    assert not result.is_clean


def test_a_waiver_for_another_stack_or_resource_takes_nothing_away(prod: Graph) -> None:
    rules = [rule for rule in all_rules() if rule.id == "sql-version"]
    for waiver in (version_waiver(stacks=("dev",)), version_waiver(resource="gcp:redis/*")):
        assert len(evaluate(prod, today=WRITTEN, rules=rules, waivers=[waiver]).findings) == 2


def test_a_waiver_may_name_one_resource_by_its_urn(prod: Graph) -> None:
    rules = [rule for rule in all_rules() if rule.id == "sql-version"]
    primary = next(node for node in prod.nodes.values() if node.name == "database-primary")

    result = evaluate(prod, today=WRITTEN, rules=rules, waivers=[version_waiver(resource=primary.urn)])

    assert [applied.finding.resource.name for applied in result.applied] == ["database-primary"]
    assert [finding.resource.name for finding in result.findings] == ["database-replica-us-east1"]


def test_a_waiver_lasts_a_year_at_most() -> None:
    assert all((waiver.expires - WRITTEN).days <= LONGEST_DAYS for waiver in read())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("  owner: platform-lead\n", ""), "`owner` is missing"),
        (("2027-06-30", "soon"), "`expires` is missing or is no date"),
        (("reason: The specification names this version, and it is patched.", "reason: later"), "cannot judge"),
        (("platform-lead", "alice@coditect.com"), "is a person. Name a role"),
        (("  owner:", "  ticket: 7\n  owner:"), "nobody reads ticket"),
    ],
    ids=["no owner", "no date", "no reason", "a person", "a key that nobody reads"],
)
def test_an_incomplete_waiver_is_refused(change: tuple[str, str], said: str, tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(ENTRY.replace(*change))

    with pytest.raises(WaiverError, match=said):
        read(path)
