"""The reviewed, committed form of a graph: `stacks/inventory/<stack>.json`, sorted, without computed outputs."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from coditect.graph import urn as urns
from coditect.graph.configuration import ROOT, STACKS
from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, JsonObject, items, members, text
from explained import ExplainedError

VERSION = 1
DIRECTORY = STACKS / "inventory"
ACCEPT = "coditect inventory --write"


class InventoryError(ExplainedError):
    """There is no usable inventory. The message says where it was looked for, and the command that writes it."""


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What is remembered of a resource.

    key: chain of types and name, which identifies it inside its stack; parent is a key too.
    aliases: keys under which it was known before.
    dependencies: names of what it waits for; of another component, the component's name stands for all it has.
    outputs: of components alone; a resource's are computed.
    """

    key: str
    type: str
    name: str
    parent: str | None
    is_component: bool = False
    protect: bool = False
    retain_on_delete: bool = False
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    inputs: JsonObject = field(default_factory=dict)
    outputs: JsonObject = field(default_factory=dict)

    @classmethod
    def of(cls, node: Node, graph: Graph) -> Self:
        """What an inventory keeps of a node."""
        return cls(
            key=urns.key_of(node.urn),
            type=node.type,
            name=node.name,
            parent=urns.key_of(node.parent) if node.parent else None,
            is_component=node.is_component,
            protect=node.protect,
            retain_on_delete=node.retain_on_delete,
            aliases=tuple(sorted(urns.key_of(alias) for alias in node.aliases)),
            ignore_changes=node.ignore_changes,
            dependencies=_dependencies(node, graph),
            inputs=node.inputs,
            outputs=node.outputs if node.is_component else {},
        )

    def to_json(self) -> JsonObject:
        """As it stands in the file. What is as usual (not protected, no aliases) is left out: the rest shows."""
        written: JsonObject = {"type": self.type, "name": self.name}
        if self.parent is not None:
            written["parent"] = self.parent
        if self.is_component:
            written["component"] = True
        if self.protect:
            written["protect"] = True
        if self.retain_on_delete:
            written["retainOnDelete"] = True
        if self.aliases:
            written["aliases"] = list(self.aliases)
        if self.ignore_changes:
            written["ignoreChanges"] = list(self.ignore_changes)
        if self.dependencies:
            written["dependencies"] = list(self.dependencies)
        if self.inputs:
            written["inputs"] = self.inputs
        if self.outputs:
            written["outputs"] = self.outputs
        return written

    @classmethod
    def from_json(cls, key: str, written: Json) -> Self:
        """Reads an entry as `to_json` writes it."""
        return cls(
            key=key,
            type=text(written, "type"),
            name=text(written, "name"),
            parent=text(written, "parent") or None,
            is_component=members(written).get("component") is True,
            protect=members(written).get("protect") is True,
            retain_on_delete=members(written).get("retainOnDelete") is True,
            aliases=tuple(str(a) for a in items(written, "aliases")),
            ignore_changes=tuple(str(path) for path in items(written, "ignoreChanges")),
            dependencies=tuple(str(d) for d in items(written, "dependencies")),
            inputs=members(written, "inputs"),
            outputs=members(written, "outputs"),
        )


def _dependencies(node: Node, graph: Graph) -> tuple[str, ...]:
    names = set()
    own = graph.component_of(node) or node
    for urn in node.dependencies:
        other = graph.nodes[urn]
        component = graph.component_of(other) or other
        names.add(other.name if component is own else component.name)
    return tuple(sorted(names))


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """entries: by key, sorted. source: where it came from, in words."""

    stack: str
    project: str
    source: str
    entries: Mapping[str, Entry]

    @classmethod
    def of(cls, graph: Graph) -> Self:
        """The inventory that a program would have. Provider resources and the stack's own outputs are part of it."""
        entries = {entry.key: entry for entry in (Entry.of(node, graph) for node in graph.nodes.values())}
        return cls(
            stack=graph.stack, project=graph.project, source="the program", entries=dict(sorted(entries.items()))
        )

    def to_text(self) -> str:
        """The file's content: the same program always gives the same bytes."""
        document = {
            "version": VERSION,
            "stack": self.stack,
            "project": self.project,
            "resources": {key: entry.to_json() for key, entry in sorted(self.entries.items())},
        }
        return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"

    @classmethod
    def from_text(cls, content: str, source: str) -> Self:
        """Reads a file's content. Raises InventoryError when it is not an inventory of this version."""
        try:
            document = json.loads(content)
        except json.JSONDecodeError as error:
            raise InventoryError(f"{source} is not JSON ({error}). Restore it from Git, or run `{ACCEPT}`.") from None
        if not isinstance(document, dict) or document.get("version") != VERSION:
            raise InventoryError(
                f"{source} is not an inventory of version {VERSION}: nothing can be compared with it. "
                f"Run `{ACCEPT}` and review the difference."
            )
        entries = {key: Entry.from_json(key, written) for key, written in members(document, "resources").items()}
        return cls(stack=text(document, "stack"), project=text(document, "project"), source=source, entries=entries)


def path_of(stack: str, directory: Path = DIRECTORY) -> Path:
    return directory / f"{stack}.json"


def committed(stack: str, directory: Path = DIRECTORY) -> Inventory:
    """The inventory in the working tree. Raises InventoryError where there is none."""
    path = path_of(stack, directory)
    source = f"stacks/inventory/{path.name}"
    if not path.exists():
        raise InventoryError(f"{source} is missing: there is nothing to compare {stack} with. Run `{ACCEPT}`.")
    return Inventory.from_text(path.read_text(), source)


def against(stack: str, reference: str) -> Inventory:
    """The inventory in a file, or of a Git revision (`main`, `v1.4`, `HEAD~3`, a commit).

    Raises InventoryError where neither exists.
    """
    if Path(reference).is_file():
        return Inventory.from_text(Path(reference).read_text(), reference)
    tracked = path_of(stack).relative_to(ROOT)
    # --end-of-options: a reference can never be read as an option of git.
    command = ["git", "-C", str(ROOT), "show", "--end-of-options", f"{reference}:{tracked}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell; the reference is one argument
    except FileNotFoundError:
        raise InventoryError(f"{reference!r} is no file, and git, which would know the revision, is missing.") from None
    if done.returncode != 0:
        raise InventoryError(
            f"{reference!r} is neither a file nor a Git revision with {tracked}: {done.stderr.strip().rstrip('.')}. "
            f"See `git log -- {tracked}`."
        ).of_usage()
    return Inventory.from_text(done.stdout, f"{reference}:{tracked}")
