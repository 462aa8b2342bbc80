"""The captured graph of the last start: capturing takes seconds of processor time, and most starts change nothing."""

import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from coditect.graph.model import Graph, Node
from coditect.local.layout import REPOSITORY, write_private
from explained import ExplainedError
from explained.exits import Exit
from explained.machine import explanation

SOURCES = ("infra", "stacks", "charts", "coditect/graph", "locks")
_SUFFIXES = frozenset({".py", ".yaml", ".yml", ".tpl", ".json", ".lock"})
_MADE = ("stacks/inventory/", "stacks/settings.schema.json")
# The exit statuses of a capture whose standard error is written for whoever asked for it.
_EXPLAINED = (Exit.USAGE, Exit.COULD_NOT_RUN)


def is_source(file: Path) -> bool:
    """Whether a captured graph depends on a file below SOURCES: on all but what is made from the graph."""
    return file.suffix in _SUFFIXES and not file.relative_to(REPOSITORY).as_posix().startswith(_MADE)


class GraphError(ExplainedError):
    """The stack's program could not be run. The message is its own."""


def captured(stack: str, file: Path) -> Graph:
    """The graph of a stack: the remembered one while no source of it has changed, else a fresh one. Raises GraphError.

    A process of its own captures: Pulumi's SDKs would stay in the supervisor's memory for as long as it runs.
    """
    key = _key(stack)
    known = remembered(file, key)
    if known is None:
        done = subprocess.run(  # noqa: S603 - a fixed command
            [sys.executable, "-m", "coditect.local.graph_cache", stack, str(file), key],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            check=False,
        )
        known = remembered(file, key)
        if done.returncode in _EXPLAINED:
            said = GraphError(done.stderr.strip())
            raise said.of_usage() if done.returncode == Exit.USAGE else said
        if done.returncode != 0 or known is None:
            raise GraphError(f"What {stack} declares could not be read.\n{done.stderr.strip()}")
    return known


def remembered(file: Path, key: str | None = None) -> Graph | None:
    """The graph of that file; None where there is none, or it is not of that key. key: None for whatever it is of."""
    if not file.exists():
        return None
    try:
        known = json.loads(file.read_text())
    except ValueError:  # it is ours alone to write: captured again
        return None
    if key not in (None, known["key"]):
        return None
    nodes = [_node(node) for node in known["nodes"]]
    return Graph(stack=known["stack"], project=known["project"], nodes={node.urn: node for node in nodes})


def remember(graph: Graph, file: Path, key: str) -> None:
    """Write a graph for `remembered`."""
    content = {
        "key": key,
        "stack": graph.stack,
        "project": graph.project,
        "nodes": [dataclasses.asdict(node) for node in graph.nodes.values()],
    }
    write_private(file, json.dumps(content, default=sorted))


def _capture(stack: str, file: Path, key: str) -> None:
    from coditect.graph import sdk

    sdk.load_lazily()

    from coditect.graph.capture import capture

    remember(capture(stack), file, key)


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
    for source in SOURCES:
        for file in sorted((REPOSITORY / source).rglob("*")):
            if is_source(file):
                content.update(f"{file.relative_to(REPOSITORY)}\0".encode())
                content.update(file.read_bytes())
    return content.hexdigest()


if __name__ == "__main__":
    try:
        _capture(sys.argv[1], Path(sys.argv[2]), sys.argv[3])
    except ExplainedError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit)
    except OSError as error:
        words = explanation(error)
        if not words:
            raise
        sys.stderr.write(f"{words}\n")
        sys.exit(Exit.COULD_NOT_RUN)
