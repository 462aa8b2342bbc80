"""`coditect plan`."""

import gc

from coditect.console import out, working
from coditect.graph import configuration, inventory, sdk
from coditect.plan.model import plan
from explained.exits import Exit
from infra import settings


def run(stack: str, *, as_json: bool, against: str | None, detailed_exitcode: bool) -> int:
    """Prints the plan of a stack. Returns the exit code.

    detailed_exitcode: also say by it whether there are changes (1), and whether they would lose something (2).
    """
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
    if not detailed_exitcode or not found.changes.changes:
        return Exit.CLEAN
    return Exit.DATA_AT_RISK if found.changes.dangers else Exit.FINDINGS
