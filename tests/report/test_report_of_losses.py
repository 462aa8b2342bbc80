"""What a change would lose, and what Pulumi will refuse: said first, in every form, with an exit status of its own."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pytest

from coditect.graph.capture import capture
from coditect.graph.inventory import Inventory
from coditect.graph.model import Graph, Node
from coditect.graph.plausible import made_up
from coditect.graph.values import Json, JsonObject
from coditect.report import words
from coditect.report.compare import compared
from coditect.report.html import html
from coditect.report.markdown import markdown
from coditect.report.model import Property, Report, ResourceChange, StackReport
from explained.exits import Exit

Graphs = Callable[[str], Graph]
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def prod(captured: Graphs) -> Graph:
    return captured("prod")


def named(graph: Graph, name: str) -> Node:
    return next(node for node in graph.resources if node.name == name)


def with_node(graph: Graph, node: Node) -> Graph:
    return replace(graph, nodes={**graph.nodes, node.urn: node})


def changed(graph: Graph, name: str, **inputs: Json) -> Graph:
    node = named(graph, name)
    return with_node(graph, replace(node, inputs={**node.inputs, **inputs}))


def without(graph: Graph, name: str) -> Graph:
    gone = named(graph, name).urn
    kept = {urn: node for urn, node in graph.nodes.items() if urn != gone}
    return replace(graph, nodes={urn: _waiting_for(node, {gone: None}) for urn, node in kept.items()})


def renamed(graph: Graph, name: str, new: str, *, with_alias: bool = False) -> Graph:
    """The resource under another logical name, and all that names it by its URN."""
    node = named(graph, name)
    urn = node.urn.removesuffix(name) + new
    moved = replace(node, urn=urn, name=new, aliases=(node.urn,) if with_alias else ())
    nodes = {u: n for u, n in graph.nodes.items() if u != node.urn} | {urn: moved}
    return replace(graph, nodes={u: _waiting_for(n, {node.urn: urn}) for u, n in nodes.items()})


def _waiting_for(node: Node, instead: Mapping[str, str | None]) -> Node:
    """The node with other dependencies: another URN instead of one, or none."""
    wanted = (instead.get(urn, urn) for urn in node.dependencies)
    return replace(node, dependencies=tuple(urn for urn in wanted if urn is not None))


def reported(before: Graph, after: Graph) -> StackReport:
    return compared(after, Inventory.of(before), TODAY, ())


def report_of(*stacks: StackReport) -> Report:
    return Report(against="main", against_commit="0" * 40, working_tree="1" * 12, stacks=stacks)


def only(stack: StackReport, name: str) -> ResourceChange:
    return next(change for change in stack.changes if change.name == name)


PROTECTED = ["database-primary", "backup-foundationdb", "signing-key", "secrets-stripe-secret-key", "cluster-cluster"]


@pytest.mark.parametrize("name", PROTECTED)
def test_a_protected_resource_that_is_renamed_without_an_alias_is_refused_and_said_first(
    prod: Graph, name: str
) -> None:
    stack = reported(prod, renamed(prod, name, f"{name}-new"))
    report = report_of(stack)
    text, page = markdown(report), html(report)

    assert stack.changes[0].name == name
    assert stack.changes[0].refusal is not None
    assert stack.changes[0].refusal.startswith("It is protected: Pulumi will refuse")
    assert f'aliases=[pulumi.Alias(name="{name}")]' in stack.changes[0].refusal
    assert report.exit is Exit.DATA_AT_RISK
    assert text.index(f"Pulumi will refuse to delete `{name}`.") < text.index("| stack |")
    assert page.index(f"Pulumi will refuse to delete <code>{name}</code>") < page.index("<table>")
    (row,) = (line for line in text.splitlines() if line.startswith("| prod"))
    assert "| **Pulumi will refuse 1** |" in row
    assert "kept" not in row


def test_with_an_alias_nothing_is_refused_and_nothing_lost(prod: Graph) -> None:
    stack = reported(prod, renamed(prod, "database-primary", "database-main", with_alias=True))

    assert [(c.action, c.name) for c in stack.changes] == [("rename", "database-main")]
    assert report_of(stack).exit is Exit.CLEAN
    assert "| 1 renamed | kept |" in markdown(report_of(stack))


def test_what_is_refused_stands_before_what_only_loses_data(prod: Graph) -> None:
    unprotected = with_node(prod, replace(named(prod, "backup-foundationdb"), protect=False))
    stack = reported(unprotected, without(without(unprotected, "backup-foundationdb"), "signing-key"))

    assert [c.name for c in stack.changes[:2]] == ["signing-key", "backup-foundationdb"]
    text = markdown(report_of(stack))
    assert text.index("refuse to delete `signing-key`") < text.index("`backup-foundationdb` would be")


HOLDERS: Mapping[str, JsonObject] = {
    "database-primary": {"region": "us-east1"},
    "database-database-coditect": {"instance": "another"},
    "backup-foundationdb": {"location": "EU"},
    "secrets-stripe-secret-key": {"secretId": "another"},
    "secrets-redis-auth-version": {"secret": "another"},
    "signing-key": {"keyRing": "another"},
    "signing-version-1": {"cryptoKey": "another"},
    "encryption-database": {"purpose": "ASYMMETRIC_SIGN"},
    "cache-redis": {"tier": "BASIC"},
}


@pytest.mark.parametrize("name", list(HOLDERS))
@pytest.mark.parametrize("is_retained", [False, True])
@pytest.mark.parametrize("is_protected", [False, True])
def test_what_holds_data_is_lost_when_replaced_or_deleted_even_where_it_stays_in_the_cloud(
    prod: Graph, name: str, is_retained: bool, is_protected: bool
) -> None:
    before = with_node(prod, replace(named(prod, name), retain_on_delete=is_retained, protect=is_protected))

    for after, action in ((without(before, name), "delete"), (changed(before, name, **HOLDERS[name]), "replace")):
        report = report_of(stack := reported(before, after))
        change = only(stack, name)
        assert (change.action, change.retained) == (action, is_retained)
        assert change.danger is not None
        assert ("stays in the cloud" in change.danger) is is_retained
        assert (change.refusal is not None) is is_protected
        assert report.exit is Exit.DATA_AT_RISK
        assert any("loses data, keys or zones" in problem for problem in stack.problems)
        assert "kept" not in next(line for line in markdown(report).splitlines() if line.startswith("| prod"))


def test_a_disk_is_lost_too(prod: Graph) -> None:
    disk = Node(
        urn="urn:pulumi:prod::coditect::gcp:compute/disk:Disk::scratch",
        type="gcp:compute/disk:Disk",
        name="scratch",
        is_component=False,
        inputs={"size": 100},
        outputs={},
        parent=prod.root.urn,
    )
    before = with_node(prod, disk)
    smaller = with_node(prod, replace(disk, inputs={"size": 50}))

    for after in (prod, smaller):
        change = only(reported(before, after), "scratch")
        assert change.danger == "The disk and what is on it are deleted."


def test_a_database_whose_disk_would_shrink_is_made_anew(prod: Graph) -> None:
    settings = named(prod, "database-primary").inputs["settings"]
    assert isinstance(settings, dict)

    smaller = only(
        reported(prod, changed(prod, "database-primary", settings=settings | {"diskSize": 50})), "database-primary"
    )
    larger = only(
        reported(prod, changed(prod, "database-primary", settings=settings | {"diskSize": 500})), "database-primary"
    )

    assert (smaller.action, smaller.danger is None) == ("replace", False)
    assert (larger.action, larger.danger) == ("update", None)


@pytest.mark.parametrize("name", ["cluster-cluster", "cluster-pool-general"])
def test_a_zone_that_the_cluster_gives_up_is_a_loss(prod: Graph, name: str) -> None:
    zones: list[Json] = ["us-central1-a", "us-central1-b"]
    stack = reported(prod, changed(prod, name, nodeLocations=zones))
    more = reported(changed(prod, name, nodeLocations=zones), prod)

    change = only(stack, name)
    assert change.action == "update"
    assert change.danger is not None
    assert change.danger.startswith("us-central1-c is given up")
    assert report_of(stack).exit is Exit.DATA_AT_RISK
    assert "**1 lost in part**" in markdown(report_of(stack))
    assert "us-central1-c is given up" in html(report_of(stack))
    assert more.dangers == ()


def test_a_key_version_that_is_disabled_or_destroyed_in_place_is_a_loss(prod: Graph) -> None:
    for state in ("DISABLED", "DESTROYED"):
        stack = reported(prod, changed(prod, "signing-version-1", state=state))
        assert only(stack, "signing-version-1").danger is not None
        assert report_of(stack).exit is Exit.DATA_AT_RISK


def test_keeping_logs_or_backups_for_less_time_deletes_what_is_older(prod: Graph) -> None:
    stack = reported(prod, changed(prod, "project-audit-logs", retentionDays=30))

    assert only(stack, "project-audit-logs").danger == "Logs older than 30 days are deleted."
    assert reported(prod, changed(prod, "project-audit-logs", retentionDays=1000)).dangers == ()


def test_a_made_up_address_is_no_change_where_a_resource_only_got_another_name(prod: Graph) -> None:
    # As the program would be: the address has an alias, and every record holds the address that its new URN makes.
    old = named(prod, "edge-address-site").urn
    new = old.removesuffix("edge-address-site") + "edge-address-website"
    values = dict(zip(made_up(old), made_up(new), strict=True))
    after = renamed(prod, "edge-address-site", "edge-address-website", with_alias=True)

    def rewritten(value: Json) -> Json:
        if isinstance(value, str):
            for made, again in values.items():
                value = value.replace(made, again)
            return value
        if isinstance(value, list):
            return [rewritten(member) for member in value]
        if isinstance(value, dict):
            return {key: rewritten(member) for key, member in value.items()}
        return value

    def again(node: Node) -> Node:
        return replace(node, inputs={key: rewritten(value) for key, value in node.inputs.items()})

    after = replace(after, nodes={urn: again(node) for urn, node in after.nodes.items()})
    assert any(again(node) != node for node in prod.nodes.values()), "Nothing holds the address: the test is empty"

    stack = reported(prod, after)

    assert [(c.action, c.name) for c in stack.changes] == [("rename", "edge-address-website")]


def test_a_record_that_leads_to_another_address_is_a_change_and_names_it(prod: Graph) -> None:
    records = [n for n in prod.resources if n.type == "gcp:dns/recordSet:RecordSet" and n.input("type") == "A"]
    site = next(n for n in records if n.parent and "site" in n.name)
    other = next(n for n in records if "apps" in n.name and str(n.input("rrdatas")).startswith("['198."))

    stack = reported(prod, changed(prod, site.name, rrdatas=other.inputs["rrdatas"]))

    (change,) = stack.changes
    (change_of_data,) = change.properties
    assert change_of_data.path == "rrdatas"
    assert "<address of GlobalAddress edge-address-" in str(change_of_data.before)
    assert "<address of GlobalAddress edge-address-" in str(change_of_data.after)
    assert change_of_data.before != change_of_data.after


def test_an_address_that_is_declared_is_compared_as_it_is(prod: Graph) -> None:
    def with_address(address: str) -> Graph:
        return changed(prod, "edge-address-site", address=address)

    stack = reported(with_address("10.255.1.1"), with_address("10.255.1.2"))

    assert ("address", "10.255.1.1", "10.255.1.2") in [
        (p.path, p.before, p.after) for p in only(stack, "edge-address-site").properties
    ]


def test_two_long_values_that_begin_alike_show_where_they_differ() -> None:
    shared = "https://www.googleapis.com/compute/v1/projects/coditect-cloud-infra/zones/us-central1-"
    change = Property(path="group", before=f"{shared}c/negs/web", after=f"{shared}f/negs/web", forces_replacement=False)

    assert words.values(change) == ("…a/zones/us-central1-c/negs/web", "…a/zones/us-central1-f/negs/web")


def test_nothing_that_was_captured_twice_differs() -> None:
    first, second = (Inventory.of(capture("dev", previews=False)) for _ in range(2))

    assert first.to_text() == second.to_text()


def test_a_stack_that_cannot_be_run_is_not_clean_and_data_at_risk_outweighs_it(prod: Graph) -> None:
    failed = StackReport(stack="dev", state="kept", error="cpus is 3: write 2 or 4.")
    losing = reported(prod, without(prod, "backup-foundationdb"))

    assert report_of(failed).exit is Exit.COULD_NOT_RUN
    assert report_of(failed, losing).exit is Exit.DATA_AT_RISK
    assert report_of(reported(prod, prod)).exit is Exit.CLEAN
