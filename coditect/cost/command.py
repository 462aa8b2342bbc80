"""`coditect cost`."""

import gc
from pathlib import Path

from coditect.console import err, out, working
from coditect.cost import book, usage
from coditect.cost.errors import CostError
from coditect.graph import configuration, inventory, sdk
from explained.exits import Exit
from infra import settings


def run(
    stack: str,
    *,
    as_json: bool,
    against: str | None,
    what_if: tuple[str, ...],
    users: tuple[int, ...],
    svg: Path | None,
    with_lines: bool,
) -> int:
    """Prints the bill of a stack. Returns the exit code: 0, or 1 where its budget is broken or nobody can say."""
    # Before the program runs: what is wrong in a file or an argument shows at once.
    prices, assumed = book.load(), usage.load(stack)
    config = configuration.read(stack, project=configuration.project_name())
    released = inventory.against(stack, against) if against is not None else None
    gc.disable()
    sdk.load_lazily()
    from coditect.cost import text
    from coditect.cost.bill import bill
    from coditect.cost.budget import verdict
    from coditect.cost.growth import grown
    from coditect.cost.levers import Lever
    from coditect.cost.levers import what_if as pull
    from coditect.graph.capture import capture
    from coditect.graph.restored import restored

    levers = tuple(Lever(name) for name in what_if)
    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
    found = bill(graph, assumed, prices)
    former = bill(restored(released), assumed, prices) if released is not None else None
    judged = verdict(found, settings.load(stack, config.values).budget.monthly_usd)
    pulled = tuple(pull(lever, graph, assumed, prices) for lever in levers)
    steps = tuple(grown(graph, assumed, prices, count) for count in users)
    if svg is not None:
        from coditect.cost.growth_plot import plot

        svg.write_text(plot(stack, steps))
        err.print(f"wrote {svg}", soft_wrap=True)
    if as_json:
        from coditect.cost.document import document

        compared = (released.source, former) if released is not None and former is not None else None
        written = document(found, judged, former=compared, levers=pulled, steps=steps)
        out.print(written.model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        text.show(found, judged, out, with_lines=with_lines)
        if released is not None and former is not None:
            text.show_difference(found, former, released.source, out)
        if pulled:
            text.show_levers(found, pulled, out)
        if steps:
            from coditect.cost.growth_text import show_growth

            show_growth(steps, out)
    return Exit.CLEAN if judged.is_kept else Exit.FINDINGS


def counts_of(written: str) -> tuple[int, ...]:
    """The numbers of users in `100,1000`. Raises CostError for anything else."""
    try:
        counts = tuple(int(part) for part in written.replace("_", "").split(","))
    except ValueError:
        raise CostError(
            f"--users {written}: write whole numbers with commas between them, as in 100,1000,10000."
        ).of_usage() from None
    if any(count < 1 for count in counts) or list(counts) != sorted(set(counts)):
        raise CostError(f"--users {written}: write rising numbers of 1 or more, as in 100,1000,10000.").of_usage()
    return counts
