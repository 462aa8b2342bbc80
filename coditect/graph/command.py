"""`coditect graph`."""

import gc
import json
from pathlib import Path

from coditect.console import out, working
from coditect.graph import configuration, sdk
from coditect.graph.document import document
from infra import settings


def run(stack: str, *, svg: Path | None, as_json: bool) -> None:
    """Draws a stack into a file, prints all its resources, or both."""
    # The process ends soon: looking for garbage among the graph's objects would only cost time.
    gc.disable()
    sdk.load_lazily()
    from coditect.graph.capture import capture

    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
    if svg is not None:
        from coditect.drawing.picture import picture

        config = configuration.read(stack, project=graph.project)
        svg.write_text(picture(graph, settings.load(stack, config.values)))
        if not as_json:
            out.print(f"{svg}: {graph.count} resources of {stack}", markup=False, soft_wrap=True)
    if as_json:
        out.print(json.dumps(document(graph), ensure_ascii=False), soft_wrap=True, markup=False)
