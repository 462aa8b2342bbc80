"""Every stack is what was reviewed; a difference says what changed and the one command that accepts it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coditect.graph import inventory
from coditect.graph.capture import capture
from coditect.graph.document import document
from coditect.graph.inventory import ACCEPT, Entry, Inventory, InventoryError
from coditect.graph.inventory_command import describe
from coditect.graph.model import Graph
from coditect.graph.values import items, text
from coditect.plan.changes import compare
from tests.infra import toy


@pytest.fixture(scope="module")
def reviewed() -> Inventory:
    return Inventory.of(capture("prod", program=toy.program))


def test_every_stack_is_what_was_reviewed(graph: Graph) -> None:
    now = Inventory.of(graph)
    changes = compare(inventory.committed(graph.stack), now)

    assert not changes.changes, f"{graph.stack}: {describe(changes)}. If that is meant, accept it: {ACCEPT}"
    assert inventory.path_of(graph.stack).read_text() == now.to_text(), f"The form of the file changed: {ACCEPT}"


def test_no_name_of_a_released_resource_vanishes_or_changes_without_an_alias(graph: Graph) -> None:
    now = Inventory.of(graph)
    known = set(now.entries) | {alias for entry in now.entries.values() for alias in entry.aliases}
    lost = sorted(set(inventory.committed(graph.stack).entries) - known)

    assert not lost, (
        f"{graph.stack}: {', '.join(lost)} would be deleted. A rename needs aliases=[pulumi.Alias(name=...)]; "
        f"what is truly to go is accepted by: {ACCEPT}"
    )


def test_what_is_written_reads_back_the_same(reviewed: Inventory) -> None:
    again = Inventory.from_text(reviewed.to_text(), "a file")

    assert again.entries == reviewed.entries
    assert again.to_text() == reviewed.to_text()


def test_a_file_keeps_no_secret_and_no_computed_output_of_a_resource(reviewed: Inventory) -> None:
    content = reviewed.to_text()

    assert toy.PASSWORD not in content
    assert "connectionName" not in content
    assert '"secretData": "<secret>"' in content


def test_dependencies_are_names_and_another_component_is_one_name(reviewed: Inventory) -> None:
    by_name = {entry.name: entry for entry in reviewed.entries.values()}

    assert by_name["store-postgres"].dependencies == ("store-vpc",)
    assert by_name["web"].dependencies == ("store",)


def _renamed(reviewed: Inventory, *, with_alias: bool) -> Inventory:
    """The program after `store` was renamed to `shop`."""
    entries: dict[str, Entry] = {}
    for key, entry in reviewed.entries.items():
        name = entry.name.replace("store", "shop") if entry.name.startswith("store") else entry.name
        former = (key, *entry.aliases) if with_alias and name != entry.name else ()
        new = replace(entry, key=key.replace(f"::{entry.name}", f"::{name}"), name=name, aliases=former)
        entries[new.key] = new
    return replace(reviewed, entries=entries)


def test_a_rename_without_an_alias_is_deletion_and_says_so(reviewed: Inventory) -> None:
    changes = compare(reviewed, _renamed(reviewed, with_alias=False))

    assert {change.action.value for change in changes.changes} == {"create", "delete"}
    assert "store-postgres is now shop-postgres without an alias" in describe(changes)


def test_a_rename_with_an_alias_keeps_the_resource(reviewed: Inventory) -> None:
    changes = compare(reviewed, _renamed(reviewed, with_alias=True))

    assert {change.action.value for change in changes.changes} == {"rename"}
    assert not changes.dangers


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[]", "not an inventory of version 1"),
        ('{"version": 2}', "not an inventory of version 1"),
    ],
)
def test_a_file_that_is_no_inventory_is_refused_with_the_command_that_writes_it(content: str, message: str) -> None:
    with pytest.raises(InventoryError, match=message) as refused:
        Inventory.from_text(content, "stacks/inventory/prod.json")
    assert ACCEPT in str(refused.value)


def test_an_inventory_can_be_taken_from_a_git_revision_or_a_file(tmp_path: Path, reviewed: Inventory) -> None:
    path = tmp_path / "before.json"
    path.write_text(reviewed.to_text())

    assert inventory.against("prod", str(path)).entries == reviewed.entries
    assert inventory.against("prod", "HEAD").source == "HEAD:stacks/inventory/prod.json"


@pytest.mark.parametrize("reference", ["no-such-branch", "--output=/tmp/x", "HEAD~100000"])
def test_a_reference_that_is_neither_is_refused(reference: str) -> None:
    with pytest.raises(InventoryError, match="neither a file nor a Git revision"):
        inventory.against("prod", reference)


def test_a_stack_without_an_inventory_is_refused_with_the_command_that_writes_it(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match=r"nothing to compare prod with\. Run `coditect inventory --write`"):
        inventory.committed("prod", tmp_path)


WHOLE_SDK = """
import json, pulumi_gcp, pulumi_kubernetes
from coditect.graph.capture import capture
from coditect.graph.document import document
print(json.dumps(document(capture("dev"))))
"""


def test_the_lazily_loaded_sdk_gives_the_same_graph_as_the_whole_one(captured: Callable[[str], Graph]) -> None:
    done = subprocess.run([sys.executable, "-c", WHOLE_SDK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr

    whole = {text(node, "urn"): node for node in items(json.loads(done.stdout), "nodes")}
    lazy = {text(node, "urn"): node for node in items(json.loads(json.dumps(document(captured("dev")))), "nodes")}
    assert whole.keys() == lazy.keys()
    assert [urn for urn in whole if whole[urn] != lazy[urn]] == []
