"""The captured graph of the last start: capturing takes seconds of processor time, and most starts change nothing."""

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from coditect.graph.model import Graph, Node
from coditect.local.layout import REPOSITORY, write_private

# All that a captured graph depends on.
_SOURCES = ("infra", "stacks", "charts", "coditect/graph", "locks")
_SUFFIXES = frozenset({".py", ".yaml", ".yml", ".tpl", ".json", ".lock"})


def captured(stack: str, file: Path, capture: Callable[[str], Graph]) -> Graph:
    """The graph of a stack: the remembered one while no source of it has changed, else a fresh one."""
    key = _key(stack)
    if file.exists():
        known = json.loads(file.read_text())
        if known["key"] == key:
            nodes = [_node(node) for node in known["nodes"]]
            return Graph(stack=stack, project=known["project"], nodes={node.urn: node for node in nodes})
    graph = capture(stack)
    content = {
        "key": key,
        "project": graph.project,
        "nodes": [dataclasses.asdict(node) for node in graph.nodes.values()],
    }
    write_private(file, json.dumps(content, default=sorted))
    return graph


def _node(fields: dict[str, Any]) -> Node:
    """A node as it was written: JSON knows neither tuples nor sets."""
    kinds = {field.name: str(field.type) for field in dataclasses.fields(Node)}
    restored: dict[str, Any] = {}
    for name, value in fields.items():
        if kinds[name].startswith("tuple") and isinstance(value, list):
            restored[name] = tuple(value)
        elif kinds[name].startswith("frozenset") and isinstance(value, list):
            restored[name] = frozenset(value)
        elif name == "property_dependencies" and isinstance(value, dict):
            restored[name] = {key: tuple(urns) for key, urns in value.items()}
        else:
            restored[name] = value
    return Node(**restored)


def _key(stack: str) -> str:
    content = hashlib.sha256(stack.encode())
    for source in _SOURCES:
        for file in sorted((REPOSITORY / source).rglob("*")):
            if file.suffix in _SUFFIXES and "inventory" not in file.parts:
                content.update(f"{file.relative_to(REPOSITORY)}\0".encode())
                content.update(file.read_bytes())
    return content.hexdigest()
