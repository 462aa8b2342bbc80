"""From a stack's program to a platform that can be started."""

from collections.abc import Callable

from coditect.graph import sdk

sdk.load_lazily()

from coditect.graph.capture import capture  # noqa: E402 - after load_lazily: importing the SDKs whole costs seconds
from coditect.local.declared import deployed  # noqa: E402 - as above
from coditect.local.edge.declared import edge  # noqa: E402 - as above
from coditect.local.layout import Layout  # noqa: E402 - as above
from coditect.local.platform import Platform  # noqa: E402 - as above


def build(
    stack: str,
    *,
    layout: Layout,
    said: Callable[[str], None],
    changed: Callable[[], None],
    replicas: int | None,
) -> Platform:
    """Capture the stack and prepare its platform. replicas: of each pod; None for as many as are declared."""
    graph = capture(stack)
    return Platform(deployed(graph), edge(graph), layout=layout, said=said, changed=changed, replicas=replicas)
