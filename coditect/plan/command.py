"""`coditect plan`."""

import gc

from coditect.console import out, working
from coditect.graph import configuration, inventory, sdk
from coditect.plan.model import plan
from infra import settings

CHANGED = 2


def run(stack: str, *, as_json: bool, against: str | None, detailed_exitcode: bool) -> int:
    """Prints the plan of a stack. Returns the exit code: 0, or with `detailed_exitcode` 2 where there are changes."""
    config = configuration.read(stack, project=configuration.project_name())
    before = inventory.against(stack, against) if against is not None else inventory.committed(stack)
    # The process ends soon: looking for garbage among the graph's objects would only cost time.
    gc.disable()
    sdk.load_lazily()
    from coditect.graph.capture import capture

    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
        found = plan(graph, settings.load(stack, config.values), before)
    if as_json:
        from coditect.plan.document import document

        out.print(document(found).model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        from coditect.plan.text import show

        show(found, out)
    return CHANGED if detailed_exitcode and found.changes.changes else 0
