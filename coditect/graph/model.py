"""The resource graph: what a program declares, as frozen values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from coditect.graph.urn import STACK_TYPE
from coditect.graph.values import Json, JsonObject, lookup


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource or component.

    urn: its identity in Pulumi's state.
    type: e.g. `gcp:compute/network:Network`; parent types are left out.
    inputs: what the program asks for, by the provider's own property names. Secrets are replaced by a marker.
    outputs: inputs and plausible computed values; for a component, what it registers. Secrets are replaced likewise.
    parent: URN of the component it stands in; None for the stack itself.
    dependencies: URNs of all it waits for. property_dependencies: the same by top-level property.
    aliases: URNs under which a released stack may know it.
    secret_paths: paths of inputs and outputs that are secret.
    computed_paths: paths of inputs that a first preview cannot know yet.
    provider: URN of the provider it is created by; None where Pulumi takes the default one.
    """

    urn: str
    type: str
    name: str
    is_component: bool
    inputs: JsonObject
    outputs: JsonObject
    parent: str | None
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    aliases: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    replace_on_changes: tuple[str, ...] = ()
    secret_paths: frozenset[str] = frozenset()
    computed_paths: frozenset[str] = frozenset()
    provider: str | None = None
    id: str = ""

    def input(self, *keys: str | int) -> Json:
        """The input at those keys; None where there is none."""
        return lookup(self.inputs, *keys)


@dataclass(frozen=True, kw_only=True)
class Graph:
    """Everything one stack declares. nodes: by URN, parents before their children."""

    stack: str
    project: str
    nodes: Mapping[str, Node]

    @property
    def resources(self) -> tuple[Node, ...]:
        """What Pulumi registers: resources and components, all but the stack itself."""
        return tuple(n for n in self.nodes.values() if n.type != STACK_TYPE)

    @property
    def count(self) -> int:
        """How many resources there are, as every reader says it: a component only groups others, so it is none."""
        return sum(not node.is_component for node in self.resources)

    @property
    def root(self) -> Node:
        """The stack itself; its outputs are the stack's."""
        return self.of_type(STACK_TYPE)[0]

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            found.setdefault(node.type, []).append(node)
        return {kind: tuple(nodes) for kind, nodes in found.items()}

    @cached_property
    def _by_parent(self) -> Mapping[str, tuple[Node, ...]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.parent is not None:
                found.setdefault(node.parent, []).append(node)
        return {urn: tuple(nodes) for urn, nodes in found.items()}

    def of_type(self, *types: str) -> tuple[Node, ...]:
        """All nodes of these types, in the program's order."""
        return tuple(node for kind in types for node in self._by_type.get(kind, ()))

    def children(self, node: Node) -> tuple[Node, ...]:
        """What stands directly in a component."""
        return self._by_parent.get(node.urn, ())

    def descendants(self, node: Node) -> Iterator[Node]:
        """Everything below a component, depth first."""
        for child in self.children(node):
            yield child
            yield from self.descendants(child)

    def component_of(self, node: Node) -> Node | None:
        """The outermost component that a node stands in; None at the top."""
        found = None
        parent = self.nodes.get(node.parent or "")
        while parent is not None and parent.type != STACK_TYPE:
            found = parent
            parent = self.nodes.get(parent.parent or "")
        return found

    def find(self, type_: str, name: str) -> Node:
        """The node of that type and logical name. Raises KeyError with the names there are."""
        for node in self.of_type(type_):
            if node.name == name:
                return node
        known = ", ".join(sorted(n.name for n in self.of_type(type_))) or "none"
        raise KeyError(f"{self.stack} has no {type_} named {name!r}. Of that type there are: {known}.")
