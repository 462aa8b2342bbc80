"""From the captured graph to the resources that rules read."""

from collections.abc import Mapping, Sequence

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json as GraphJson
from coditect.graph.values import child_path
from policies.resource import Resource, Stack
from policies.values import UNKNOWN, Json, Properties


def stack_of(graph: Graph, *, as_first_preview: bool = False) -> Stack:
    """The graph as rules read it.

    as_first_preview: values that only a deployment gives are unknown, as they are to the engine before the first one.
    """
    return Stack(tuple(resource_of(node, as_first_preview=as_first_preview) for node in graph.nodes.values()))


def resource_of(node: Node, *, as_first_preview: bool = False) -> Resource:
    """One node as rules read it."""
    hidden = node.computed_paths if as_first_preview else frozenset()
    return Resource(
        urn=node.urn,
        type=node.type,
        name=node.name,
        properties=Properties({key: _value(value, key, hidden) for key, value in node.inputs.items()}),
        protect=node.protect,
    )


def _value(value: GraphJson, path: str, hidden: frozenset[str]) -> Json:
    if path in hidden:
        return UNKNOWN
    if not hidden:
        return value
    if isinstance(value, Mapping):
        return {key: _value(member, child_path(path, key), hidden) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_value(member, child_path(path, i), hidden) for i, member in enumerate(value)]
    return value
