"""`coditect policy`."""

from datetime import UTC, date, datetime

from coditect.console import err, out, working
from coditect.graph import sdk
from coditect.policy import reference
from explained.exits import Exit
from policies.selection import pack as pack_of


def run(stack: str, *, as_json: bool, pack: str | None, as_first_preview: bool, today: date | None) -> int:
    """Prints what the rules say about a stack. Returns the exit code: 1 where it is not clean.

    today: the day by which waivers are judged; this very day where None.
    """
    rules = None if pack is None else pack_of(pack).rules
    sdk.load_lazily()
    from coditect.graph.capture import capture
    from coditect.policy.evaluate import evaluate

    with working(f"Running the program of {stack}") as progress:
        graph = capture(stack, progress=progress)
        day = today or datetime.now(UTC).date()
        result = evaluate(graph, today=day, rules=rules, as_first_preview=as_first_preview)
    if as_json:
        from coditect.policy.document import document

        out.print(document(result).model_dump_json(indent=2), soft_wrap=True, markup=False)
    else:
        from coditect.policy.text import show

        show(result, out)
    return Exit.CLEAN if result.is_clean else Exit.FINDINGS


def write_reference(*, write: bool) -> int:
    """Compares or writes docs/policies.md. Returns the exit code: 1 where it is not current."""
    content = reference.text()
    is_current = reference.FILE.exists() and reference.FILE.read_text(encoding="utf-8") == content
    if write and not is_current:
        reference.FILE.write_text(content, encoding="utf-8")
    elif not is_current:
        err.print(f"docs/policies.md differs from the rules. Write it: `{reference.ACCEPT}`.")
        return Exit.FINDINGS
    out.print(f"docs/policies.md: {'as the rules are' if is_current else 'written'}")
    return 0
