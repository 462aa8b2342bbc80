"""A graph from an inventory: what was released, read by the same readers as the program of today."""

from coditect.graph.inventory import Entry, Inventory
from coditect.graph.model import Graph, Node
from coditect.graph.urn import STACK_TYPE


def restored(inventory: Inventory) -> Graph:
    """The graph that an inventory remembers.

    An inventory keeps inputs, parents and protection. Computed outputs, which properties were unknown in a first
    preview, and dependencies below the level of components are not in it: a reader must not need them.
    """
    return Graph(
        stack=inventory.stack,
        project=inventory.project,
        nodes={node.urn: node for node in (_node(entry, inventory) for entry in _parents_first(inventory))},
    )


def _urn(key: str, inventory: Inventory) -> str:
    return f"urn:pulumi:{inventory.stack}::{inventory.project}::{key}"


def _node(entry: Entry, inventory: Inventory) -> Node:
    return Node(
        urn=_urn(entry.key, inventory),
        type=entry.type,
        name=entry.name,
        is_component=entry.is_component,
        inputs=entry.inputs,
        outputs=entry.outputs,
        parent=_urn(entry.parent, inventory) if entry.parent is not None else None,
        protect=entry.protect,
        retain_on_delete=entry.retain_on_delete,
        aliases=tuple(_urn(alias, inventory) for alias in entry.aliases),
        ignore_changes=entry.ignore_changes,
    )


def _parents_first(inventory: Inventory) -> list[Entry]:
    def depth(entry: Entry) -> int:
        parent = inventory.entries.get(entry.parent or "")
        return 0 if parent is None else 1 + depth(parent)

    # The stack itself comes first of all: it has no parent, and others at the top may have none either.
    return sorted(inventory.entries.values(), key=lambda e: (e.type != STACK_TYPE, depth(e), e.key))
