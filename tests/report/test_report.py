"""What a change to the program does, as a reviewer reads it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from coditect.graph.capture import capture
from coditect.graph.configuration import ROOT
from coditect.graph.inventory import Entry, Inventory
from coditect.graph.model import Graph
from coditect.report.compare import compared
from coditect.report.html import html
from coditect.report.markdown import LONGEST, markdown
from coditect.report.model import CostChange, PolicyChange, PolicyFinding, Property, Report, ResourceChange, StackReport
from explained.exits import Exit
from policies.waivers import read

Graphs = Callable[[str], Graph]
TODAY = date(2026, 11, 24)
HOSTILE = "a`b|c\n<script>alert(1)</script> @everyone [x](http://e.example)"


def inventory_with(graph: Graph, resource: str, /, **inputs: object) -> Inventory:
    """The program's own inventory, but for some inputs of one resource; without them, but for the resource itself."""
    inventory = Inventory.of(graph)
    key, entry = next((k, e) for k, e in inventory.entries.items() if e.name == resource)
    entries: dict[str, Entry] = dict(inventory.entries)
    if inputs:
        entries[key] = replace(entry, inputs={**entry.inputs, **inputs})  # type: ignore[dict-item]  # tests give JSON
    else:
        del entries[key]
    return replace(inventory, entries=entries)


def report_of(*stacks: StackReport) -> Report:
    return Report(against="main", against_commit="0" * 40, working_tree="1" * 12, stacks=stacks)


def change(**fields: object) -> ResourceChange:
    known: dict[str, object] = {
        "action": "update",
        "type": "gcp:compute/network:Network",
        "name": "n",
        "former_name": None,
        "properties": (),
        "danger": None,
        "refusal": None,
        "retained": False,
    }
    return ResourceChange.model_validate(known | fields)


@pytest.fixture(scope="module")
def prod(captured: Graphs) -> Graph:
    return captured("prod")


def test_the_program_against_its_own_inventory_changes_nothing(prod: Graph) -> None:
    report = compared(prod, Inventory.of(prod), TODAY, ())

    assert report.changes == ()
    assert report.cost is not None
    assert not report.cost.is_changed
    assert report.policy is not None
    assert report.policy.new == ()
    assert report.dangers == ()


def test_rules_find_the_same_in_an_inventory_as_in_the_program_it_was_written_from(graph: Graph) -> None:
    # Otherwise every report would show findings as mended or new that are neither.
    from coditect.graph.restored import restored
    from coditect.policy import evaluate

    def findings(of: Graph) -> set[tuple[str, str, str]]:
        found = evaluate(of, today=TODAY, waivers=()).findings
        return {(one.rule.id, one.resource.key, one.message) for one in found}

    assert findings(restored(Inventory.of(graph))) == findings(graph)


def test_leaving_out_the_first_preview_changes_nothing_that_a_report_reads(prod: Graph) -> None:
    quick = capture("prod", previews=False)

    assert Inventory.of(quick).to_text() == Inventory.of(prod).to_text()
    assert not any(node.computed_paths for node in quick.nodes.values())


def test_a_larger_cache_shows_as_a_change_and_as_dollars(prod: Graph) -> None:
    report = compared(prod, inventory_with(prod, "cache-redis", memorySizeGb=4), TODAY, ())

    assert [(c.action, c.name) for c in report.changes] == [("update", "cache-redis")]
    assert report.cost is not None
    assert report.cost.known == Decimal("350.40")  # 16 GB of band M3 537.28, 4 GB of band M1 186.88
    assert [(m.resource, m.before.priced, m.after.priced, m.difference) for m in report.cost.moves] == [
        ("cache-redis", Decimal("186.88"), Decimal("537.28"), Decimal("350.40"))
    ]


def test_a_replaced_database_comes_first_and_says_what_is_lost(prod: Graph) -> None:
    before = inventory_with(prod, "database-primary", region="europe-west1")
    entries = dict(before.entries)
    network = next(k for k, e in entries.items() if e.name == "network-network" or e.type.endswith(":Network"))
    del entries[network]

    report = compared(prod, replace(before, entries=entries), TODAY, ())

    assert len(report.changes) == 2
    assert report.changes[0].name == "database-primary"
    assert report.changes[0].action == "replace"
    assert report.changes[0].danger is not None
    text = markdown(report_of(report))
    assert text.index("Pulumi will refuse to replace `database-primary`") < text.index("<details>")
    assert "Forced by `region`" in text
    assert "| Pulumi will refuse 1 |" in text.replace("**", "")


def test_what_loses_data_comes_before_a_replacement_that_loses_none(prod: Graph) -> None:
    before = inventory_with(prod, "network-firewall-allow-to-cluster", name="another-name")
    primary = next(entry for entry in before.entries.values() if entry.name == "database-primary")
    gone = replace(primary, key=f"{primary.key}-of-old", name="database-of-old", retain_on_delete=False)

    report = compared(prod, replace(before, entries={**before.entries, gone.key: gone}), TODAY, ())

    assert [(c.action, c.name, c.danger is not None) for c in report.changes] == [
        ("delete", "database-of-old", True),
        ("replace", "network-firewall-allow-to-cluster", False),
    ]


def test_a_finding_that_both_sides_have_is_neither_new_nor_mended(prod: Graph) -> None:
    bucket = next(node for node in prod.nodes.values() if node.name == "backup-foundationdb")
    broken = replace(bucket, inputs={**bucket.inputs, "uniformBucketLevelAccess": False})
    graph = replace(prod, nodes={**prod.nodes, bucket.urn: broken})

    policy = compared(graph, Inventory.of(graph), TODAY, read()).policy

    assert policy is not None
    assert policy.new == policy.mended == ()
    assert policy.standing >= 1


def test_a_finding_that_the_change_brings_is_new_and_one_that_it_takes_away_is_mended(prod: Graph) -> None:
    mended = compared(prod, inventory_with(prod, "backup-foundationdb", uniformBucketLevelAccess=False), TODAY, ())
    assert mended.policy is not None
    assert "bucket-uniform-access" in {finding.rule for finding in mended.policy.mended}
    assert mended.policy.new == ()

    bucket = next(n for n in prod.nodes.values() if n.name == "backup-foundationdb")
    worse = {**prod.nodes, bucket.urn: replace(bucket, inputs={**bucket.inputs, "uniformBucketLevelAccess": False})}
    brought = compared(replace(prod, nodes=worse), Inventory.of(prod), TODAY, ())
    assert brought.policy is not None
    assert "bucket-uniform-access" in {finding.rule for finding in brought.policy.new}
    assert "1 new mandatory finding" in brought.problems
    assert not report_of(brought).is_fine


def test_a_new_stack_is_all_creations_and_a_removed_one_all_deletions(prod: Graph) -> None:
    new = compared(prod, None, TODAY, ())
    assert new.state == "new"
    assert {c.action for c in new.changes} == {"create"}
    assert new.cost is not None
    assert new.cost.before is None

    gone = compared(Graph(stack="prod", project="", nodes={}), Inventory.of(prod), TODAY, (), is_kept=False)
    assert gone.state == "removed"
    assert {c.action for c in gone.changes} == {"delete"}
    assert gone.dangers
    assert "removed" in markdown(report_of(gone))


def test_a_stack_whose_program_fails_is_reported_and_stops_the_change() -> None:
    failed = StackReport(stack="dev", state="kept", error="cpus is 3: write 2 or 4.")

    report = report_of(failed, StackReport(stack="prod", state="kept"))

    assert not report.is_fine
    assert "cannot be run" in markdown(report)
    assert "cpus is 3: write 2 or 4." in markdown(report)
    assert "cpus is 3: write 2 or 4." in html(report)


def test_over_budget_is_a_problem() -> None:
    cost = CostChange(
        before=Decimal(10),
        after=Decimal(20),
        indicated_before=Decimal(0),
        indicated_after=Decimal(0),
        unpriced_before=0,
        unpriced=0,
        known=Decimal(10),
        moves=(),
        budget=Decimal(15),
        is_over_budget=True,
        holes=(),
    )

    assert StackReport(stack="dev", state="kept", cost=cost).problems == ("over its budget",)


def hostile() -> Report:
    finding = PolicyFinding(rule="r", severity="mandatory", resource=HOSTILE, message=HOSTILE, fix=HOSTILE)
    properties = (Property(path=HOSTILE, before=HOSTILE, after=[HOSTILE], forces_replacement=True),)
    return report_of(
        StackReport(
            stack="dev",
            state="kept",
            changes=(change(name=HOSTILE, properties=properties, danger=HOSTILE, action="replace"),),
            policy=PolicyChange(new=(finding,), mended=(), standing=0, waived=0, stale_waivers=(HOSTILE,)),
        )
    )


def test_nothing_from_the_repository_becomes_markup_in_the_comment() -> None:
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown(hostile()))
    inline = [child for token in tokens for child in token.children or []]

    tags = {token.content.strip() for token in (*tokens, *inline) if token.type in {"html_inline", "html_block"}}
    assert {line for tag in tags for line in tag.splitlines()} <= {
        "<details>",
        "</details>",
        "<summary>dev: 1 replaced, 1 new</summary>",
    }
    assert not any(token.type == "link_open" for token in inline)
    # In text, and not in code, a name after an @ would be told.
    assert not any("@everyone" in token.content for token in inline if token.type == "text")


def test_nothing_from_the_repository_becomes_markup_in_the_page() -> None:
    class Tags(HTMLParser):
        seen: set[str]

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.seen.add(tag)

    parser = Tags()
    parser.seen = set()
    parser.feed(html(hostile()))

    assert "script" not in parser.seen
    assert "table" in parser.seen


def test_a_huge_change_still_fits_a_comment_and_says_what_is_left_out() -> None:
    many = tuple(
        change(
            name=f"resource-{number}",
            properties=tuple(
                Property(path=f"path.{n}", before="x" * 500, after="y" * 500, forces_replacement=False)
                for n in range(20)
            ),
        )
        for number in range(300)
    )

    text = markdown(report_of(*(StackReport(stack=f"s{n}", state="kept", changes=many) for n in range(5))))

    assert len(text) <= LONGEST
    assert text.count(" more: `coditect plan s") == 5
    assert text.count("<details>") == text.count("</details>") == 5


def test_the_command_reports_json_and_knows_its_revisions() -> None:
    def coditect(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "coditect", "report", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )

    done = coditect("--against", "HEAD", "--stack", "dev", "--format", "json")
    assert done.returncode in {Exit.CLEAN, Exit.FINDINGS, Exit.DATA_AT_RISK}, done.stderr
    assert Report.model_validate(json.loads(done.stdout)).stacks[0].stack == "dev"

    unknown = coditect("--against", "no-such-branch")
    assert unknown.returncode == Exit.USAGE
    assert "'no-such-branch' is no Git revision here" in unknown.stderr
    assert "--against main" in unknown.stderr

    strange = coditect("--against", "HEAD", "--stack", "moon")
    assert strange.returncode == Exit.USAGE
    assert "There is no stack moon" in strange.stderr
