"""The list for eyes: by stage and kind, what is missing in colour, and commands as they can be copied."""

from collections import Counter
from itertools import groupby

from rich.console import Console
from rich.text import Text

from coditect.preflight.model import Kind, Prerequisite, Stage, State

_MARKS = {State.OK: ("ok", "green"), State.MISSING: ("missing", "bold red"), State.ASK: ("ask", "cyan")}


def show(stack: str, found: tuple[Prerequisite, ...], console: Console) -> None:
    """Prints every prerequisite. `ask` is followed by a command that prints yes or no."""
    counts = Counter(one.state for one in found)
    console.print(Text.assemble(("coditect preflight ", "dim"), (stack, "bold cyan")))
    console.print(
        f"{counts[State.MISSING]} missing here, {counts[State.OK]} ok, "
        f"{counts[State.ASK]} that only Google or GitHub knows: each with a command that prints yes or no",
        soft_wrap=True,
    )
    for stage in Stage:
        of_stage = [one for one in found if one.stage is stage]
        if of_stage:
            console.print(Text(f"\nBefore the {stage}", style="bold"))
        for kind, group in groupby(of_stage, key=lambda one: one.kind):
            _show_kind(kind, tuple(group), console)


def _show_kind(kind: Kind, found: tuple[Prerequisite, ...], console: Console) -> None:
    console.print(Text(f" {kind}", style="bold dim"))
    for one in found:
        words, colour = _MARKS[one.state]
        console.print(Text.assemble("  ", (words.ljust(8), colour), (one.name, "bold"), "  ", one.says), soft_wrap=True)
        if one.command is not None:
            console.print(Text(f"          {one.command}", style="dim"), soft_wrap=True)
        if one.mend and one.state is not State.OK:
            console.print(Text.assemble(("          mend: ", "dim"), one.mend), soft_wrap=True)
