"""From a stack's program to a platform that can be started."""

from collections.abc import Callable
from pathlib import Path

from coditect.graph.request_path import BrokenPath
from coditect.local.declared import NotDeclared, deployed
from coditect.local.edge.declared import edge
from coditect.local.graph_cache import captured
from coditect.local.layout import Layout
from coditect.local.platform import Platform

LOCAL = "local"


def build(
    stack: str,
    *,
    layout: Layout,
    said: Callable[[str], None],
    changed: Callable[[], None],
    replicas: int | None,
    only: frozenset[str],
    debugged: frozenset[str],
) -> Platform:
    """Capture the stack and prepare its platform. replicas: of each pod; None for as many as are declared.

    Raises NotDeclared for a stack that cannot run here, and GraphError.
    """
    graph = captured(stack, remembered_graph(layout, stack))
    try:
        wanted, front = deployed(graph), edge(graph)
    except (NotDeclared, BrokenPath) as error:
        if stack == LOCAL:
            raise
        raise NotDeclared(
            f"{stack} cannot run on one machine. {error} The stack that is made for it is {LOCAL}: `coditect up`."
        ) from None
    return Platform(
        wanted, front, layout=layout, said=said, changed=changed, replicas=replicas, only=only, debugged=debugged
    )


def remembered_graph(layout: Layout, stack: str) -> Path:
    """The file that keeps the graph of the last start."""
    return layout.root / f"graph-{stack}.json"
