"""`coditect inventory`."""

from coditect.console import err, out, working
from coditect.graph import configuration, inventory, sdk
from coditect.graph.inventory import ACCEPT, Inventory
from coditect.plan.changes import Changes, compare
from explained.exits import Exit


def run(stacks: tuple[str, ...], *, write: bool) -> int:
    """Compares or writes the inventories of these stacks, of all where none is named. Returns the exit code."""
    sdk.load_lazily()
    from coditect.graph.capture import capture

    stale = []
    for stack in stacks or configuration.stack_names():
        with working(f"Running the program of {stack}") as progress:
            graph = capture(stack, progress=progress)
        now = Inventory.of(graph)
        path = inventory.path_of(stack)
        content = now.to_text()
        is_current = path.exists() and path.read_text() == content
        if write and not is_current:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        elif not is_current:
            stale.append(stack)
        verdict = "as reviewed" if is_current else "written" if write else _difference(stack, now)
        out.print(f"{stack}: {graph.count} resources, {verdict}", markup=False, soft_wrap=True)
    if stale:
        err.print(f"Look at `coditect plan {stale[0]}`. If it is meant so: `{ACCEPT}`, and commit the files.")
    return Exit.FINDINGS if stale else Exit.CLEAN


def _difference(stack: str, now: Inventory) -> str:
    if not inventory.path_of(stack).exists():
        return "never reviewed"
    return describe(compare(inventory.committed(stack), now))


def describe(changes: Changes) -> str:
    """The changes in one line, with what was renamed without an alias said apart."""
    if not changes.changes:
        return "the same resources in another form: the file must be written anew"
    words = ", ".join(f"{change.action} {change.name}" for change in changes.changes)
    renamed = "; ".join(
        f"{old.rpartition('::')[2]} is now {new.rpartition('::')[2]} without an alias"
        for old, new in changes.renamed_without_alias.items()
    )
    return f"{words}. {renamed}" if renamed else words
