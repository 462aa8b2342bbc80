"""`coditect adopt`."""

import json

from coditect.console import out, working
from coditect.graph import sdk
from coditect.graph.adoption import import_file


def run(stack: str, names: tuple[str, ...]) -> None:
    """Prints the file for resources of a stack that exist already."""
    sdk.load_lazily()
    from coditect.graph.capture import capture

    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
    out.print(json.dumps(import_file(graph, names), indent=2), soft_wrap=True, markup=False)
