"""`coditect evidence`."""

import gc
from datetime import UTC, datetime
from pathlib import Path

from coditect.console import err, out, working
from coditect.graph import configuration, sdk
from coditect.report import revision
from explained.exits import Exit
from infra import settings


def run(stack: str, *, directory: Path) -> int:
    """Writes `<stack>.html` and `<stack>.json`. Returns the exit code: 0, or 1 where mandatory findings stand."""
    config = configuration.read(stack, project=configuration.project_name())
    made_of = settings.load(stack, config.values)
    head = revision.resolve("HEAD")
    gc.disable()
    sdk.load_lazily()
    from coditect.evidence.gather import gather
    from coditect.evidence.page import page
    from coditect.graph.capture import capture
    from coditect.policy import evaluate

    today = datetime.now(UTC).date()
    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
        progress("asking every rule")
        result = evaluate(graph, today=today)
        preview = evaluate(graph, today=today, as_first_preview=True)
    evidence = gather(
        graph, made_of, result, preview, commit=head.commit, is_committed=revision.is_committed(), today=today
    )
    directory.mkdir(parents=True, exist_ok=True)
    for name, content in ((f"{stack}.html", page(evidence)), (f"{stack}.json", evidence.model_dump_json(indent=2))):
        (directory / name).write_text(content, encoding="utf-8")
        out.print(str(directory / name), soft_wrap=True, markup=False)
    if not evidence.is_committed:
        err.print("Files differ from the commit: the page says that it is evidence of no revision.", style="yellow")
    if not evidence.is_clean:
        err.print("Mandatory findings stand, or waivers are expired or unused: the page lists them.", style="red")
    return Exit.CLEAN if evidence.is_clean else Exit.FINDINGS
