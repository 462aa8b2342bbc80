"""`coditect report`."""

import time
from datetime import UTC, datetime

from coditect.console import err, out, working
from coditect.report.gather import gather
from coditect.report.model import Report


def run(against: str, *, stacks: tuple[str, ...], form: str) -> int:
    """Prints what the working tree changes. Returns the exit code: 2 where it would lose data, keys or zones."""
    started = time.monotonic()
    with working(
        "Running the programs of all stacks" if not stacks else f"Running the programs of {', '.join(stacks)}"
    ):
        report = gather(against, stacks, datetime.now(UTC).date())
    out.print(_written(report, form), soft_wrap=True, markup=False, highlight=False)
    err.print(f"{len(report.stacks)} stacks in {time.monotonic() - started:.1f} s", soft_wrap=True)
    for stack in report.stacks:
        if stack.problems:
            err.print(f"{stack.stack}: {'; '.join(stack.problems)}", style="red", markup=False, soft_wrap=True)
    return report.exit


def _written(report: Report, form: str) -> str:
    if form == "json":
        return report.model_dump_json(indent=2)
    if form == "html":
        from coditect.report.html import html

        return html(report)
    from coditect.report.markdown import markdown

    return markdown(report)
