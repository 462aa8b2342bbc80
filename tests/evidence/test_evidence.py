"""Evidence that an auditor reads alone: complete, plain about its limits, accessible, printable."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from coditect.evidence.frameworks import outlines
from coditect.evidence.gather import gather
from coditect.evidence.model import Evidence, StandingFinding
from coditect.evidence.page import page
from coditect.graph.configuration import ROOT
from coditect.graph.model import Graph
from coditect.policy import evaluate
from infra.settings import Settings
from policies.controls import Framework
from policies.rule import all_rules
from policies.waivers import Waiver

TODAY = date(2026, 11, 24)
LATER = date(2027, 6, 1)

Graphs = Callable[[str], Graph]


def evidence_of(graph: Graph, settings: Settings, *, waivers: tuple[Waiver, ...] | None = None) -> Evidence:
    result = evaluate(graph, today=TODAY, waivers=waivers)
    preview = evaluate(graph, today=TODAY, waivers=waivers, as_first_preview=True)
    return gather(graph, settings, result, preview, commit="0" * 40, is_committed=True, today=TODAY)


@pytest.fixture(scope="module")
def prod(captured: Graphs) -> Graph:
    return captured("prod")


@pytest.fixture(scope="module")
def settings(settings_of: Callable[[str], Settings]) -> Settings:
    return settings_of("prod")


@pytest.fixture(scope="module")
def made(prod: Graph, settings: Settings) -> Evidence:
    return evidence_of(prod, settings)


def with_public_bucket(graph: Graph) -> Graph:
    bucket = next(node for node in graph.nodes.values() if node.name == "backup-foundationdb")
    worse = replace(bucket, inputs={**bucket.inputs, "uniformBucketLevelAccess": False})
    return replace(graph, nodes={**graph.nodes, bucket.urn: worse})


def test_every_control_that_a_rule_claims_is_in_the_report(made: Evidence) -> None:
    shown = {(framework.name, control.number) for framework in made.frameworks for control in framework.controls}
    reported = {framework.name for framework in made.frameworks}

    claimed = {(c.framework.value, c.number) for rule in all_rules() for c in rule.controls}
    assert shown == {claim for claim in claimed if claim[0] in reported}
    assert reported == {"SOC 2", "GDPR", "PCI DSS", "CIS GCP", "CIS GKE"}


def test_every_part_of_a_framework_is_covered_or_said_not_to_be(made: Evidence) -> None:
    for outline, framework in zip(outlines(), made.frameworks, strict=True):
        covered = {outline.part_of(control.number) for control in framework.controls}
        uncovered = {part.number for part in framework.uncovered}
        assert outline.parts.keys() <= covered | uncovered
        assert all(part.reason for part in framework.uncovered)
        assert uncovered & covered == {part.number for part in framework.uncovered if part.is_partly_covered}


def test_a_part_is_found_by_the_whole_of_its_number() -> None:
    by_name = {outline.framework: outline for outline in outlines()}

    assert by_name[Framework.PCI].part_of("12.10.1") == "12.10"
    assert by_name[Framework.PCI].part_of("1.2.5") == "1.2"
    assert by_name[Framework.PCI].part_of("10.2.1.1") == "10.2"
    assert by_name[Framework.GDPR].part_of("32(1)(a)") == "32"
    assert by_name[Framework.GDPR].part_of("5(1)(e)") == "5"
    assert by_name[Framework.GDPR].part_of("50") is None
    assert by_name[Framework.CIS_GKE].part_of("5.10.2") == "5.10"


def test_every_control_belongs_to_a_part_with_a_title(made: Evidence) -> None:
    assert [(f.name, c.number) for f in made.frameworks for c in f.controls if not c.part] == []


def test_counts_of_a_control_are_those_of_its_rules(made: Evidence) -> None:
    rules = {rule.id: rule for rule in made.rules}

    for framework in made.frameworks:
        for control in framework.controls:
            assert control.passed == sum(rules[id_].count("passed") for id_ in control.rules)
            assert control.failed == sum(rules[id_].count("failed") for id_ in control.rules)


def test_a_broken_rule_makes_its_controls_not_met_and_the_report_not_clean(prod: Graph, settings: Settings) -> None:
    made = evidence_of(with_public_bucket(prod), settings)

    assert not made.is_clean
    rule = next(rule for rule in made.rules if rule.id == "bucket-uniform-access")
    assert rule.count("failed") == 1
    gcp = next(framework for framework in made.frameworks if framework.name == "CIS GCP")
    assert next(control for control in gcp.controls if control.number == "5.2").standing == "not met"
    assert "bucket-uniform-access" in {finding.rule for finding in made.findings}


def test_a_waived_finding_is_waived_in_the_report_and_never_passed(prod: Graph, settings: Settings) -> None:
    waiver = Waiver(
        rule="bucket-uniform-access",
        resource="gcp:storage/bucket:Bucket::backup-foundationdb",
        stacks=("prod",),
        owner="platform-security",
        reason="Only for this test of the report.",
        expires=LATER,
    )

    made = evidence_of(with_public_bucket(prod), settings, waivers=(waiver,))

    rule = next(rule for rule in made.rules if rule.id == "bucket-uniform-access")
    assert (rule.count("waived"), rule.count("failed")) == (1, 0)
    gcp = next(framework for framework in made.frameworks if framework.name == "CIS GCP")
    assert next(control for control in gcp.controls if control.number == "5.2").standing == "met with waivers"
    assert [(w.rule, w.state, w.covers) for w in made.waivers] == [("bucket-uniform-access", "in force", 1)]


def test_an_expired_waiver_is_shown_and_takes_nothing_away(prod: Graph, settings: Settings) -> None:
    waiver = Waiver(
        rule="bucket-uniform-access",
        resource="*",
        stacks=("prod",),
        owner="platform-security",
        reason="Only for this test of the report.",
        expires=date(2026, 11, 23),
    )

    made = evidence_of(with_public_bucket(prod), settings, waivers=(waiver,))

    assert [w.state for w in made.waivers] == ["expired"]
    assert not made.is_clean
    assert "bucket-uniform-access" in {finding.rule for finding in made.findings}


def test_a_rule_without_any_resource_is_not_called_met(settings: Settings) -> None:
    empty = Graph(stack="prod", project="coditect", nodes={})

    made = evidence_of(empty, settings, waivers=())

    standings = {control.standing for framework in made.frameworks for control in framework.controls}
    assert standings == {"nothing to look at"}


def test_answers_that_rest_on_a_stand_in_are_counted(made: Evidence) -> None:
    assert 0 < made.stand_ins < made.looks
    assert f"{made.stand_ins:,} of {made.looks:,} answers" in page(made)


class Page(HTMLParser):
    """What of a page matters to who does not see it, or prints it."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[int] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.language: str | None = None
        self.cells_without_scope = 0
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        if tag == "html":
            self.language = given.get("lang")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.headings.append(int(tag[1]))
        if tag == "th" and given.get("scope") not in {"col", "row"}:
            self.cells_without_scope += 1
        self.ids += [value for name, value in attrs if name == "id" and value]
        self.links += [value for name, value in attrs if name in {"href", "src"} and value]


def test_the_page_is_accessible_and_loads_nothing(made: Evidence) -> None:
    seen = Page(page(made))

    assert seen.language == "en"
    assert seen.tags.count("h1") == seen.tags.count("main") == seen.tags.count("title") == 1
    assert all(after - before <= 1 for before, after in pairwise(seen.headings))
    assert seen.tags.count("table") == seen.tags.count("caption")
    assert seen.cells_without_scope == 0
    assert len(seen.ids) == len(set(seen.ids))
    assert {link.removeprefix("#") for link in seen.links} <= set(seen.ids)
    assert not {"script", "img", "link", "iframe"} & set(seen.tags)


def test_the_page_says_what_is_not_covered_before_any_result(made: Evidence) -> None:
    content = page(made)

    assert content.index('id="limits"') < content.index('id="summary"')
    assert "The running cloud." in content
    assert "Stripe keeps the cards" in content
    assert "@media print" in content


def test_a_dirty_working_tree_is_evidence_of_nothing(made: Evidence) -> None:
    assert "evidence of no revision" not in page(made)
    assert "evidence of no revision" in page(made.model_copy(update={"is_committed": False}))


def test_markup_in_a_message_stays_text(made: Evidence) -> None:
    hostile = StandingFinding(
        rule=made.rules[0].id,
        severity="mandatory",
        resource="<script>alert(1)</script>",
        message="<img src=x>",
        fix="<b>now</b>",
    )

    seen = Page(page(made.model_copy(update={"findings": (hostile,)})))

    assert not {"script", "img", "b"} & set(seen.tags)


def test_the_command_writes_a_page_and_the_same_as_json(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coditect", "evidence", "dev", "--out", str(tmp_path / "made")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )

    assert done.returncode in {0, 1}, done.stderr
    written = json.loads((tmp_path / "made" / "dev.json").read_text())
    assert Evidence.model_validate(written).stack == "dev"
    assert "Compliance evidence: dev" in (tmp_path / "made" / "dev.html").read_text()
    assert done.returncode == (0 if Evidence.model_validate(written).is_clean else 1)
