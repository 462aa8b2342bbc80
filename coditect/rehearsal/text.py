"""A rehearsal for eyes: of each act what it changes, what would be refused, and its timeline."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coditect.rehearsal.cloud import Refusal
from coditect.rehearsal.rules import ALL
from coditect.rehearsal.stage import Act
from coditect.rehearsal.timeline import Timeline

_BAR = 40
_OPERATIONS = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "replace": "replaced",
    "create-replacement": "created anew",
    "delete-replaced": "deleted to be replaced",
}
_ORDERED = {rule.name: rule for rule in ALL}


def show(act: Act, console: Console) -> None:
    """Prints one act, as wide as the console is."""
    console.print(Text.assemble("\n", (act.title, "bold"), ("  ·  ", "dim"), _changes(act)))
    for body in _bodies(act):
        console.print(Padding(body, (0, 0, 0, 1), expand=False))


def conclude(stack: str, seed: int, acts: Sequence[Act], console: Console) -> None:
    """Prints the last line: whether it would go through."""
    refused = sum(len(act.refusals) for act in acts)
    said = f"Google would refuse {refused} times" if refused else "Google would refuse nothing"
    console.print(
        Text(
            f"\n{said}, of {len(ALL)} rules, in {len(acts)} acts of {stack} in order {seed}.",
            style="bold red" if refused else "bold green",
        )
    )


def _changes(act: Act) -> str:
    counted = [f"{count} {_OPERATIONS.get(operation, operation)}" for operation, count in sorted(act.changes.items())]
    took = f", about {minutes(act.timeline.duration)}" if act.timeline.steps else ""
    return (", ".join(counted) or "nothing to do") + took


def _bodies(act: Act) -> Iterator[RenderableType]:
    if act.refusals:
        yield _refusals(act.refusals)
    else:
        yield Text("Google would refuse nothing of it.", style="green")
    if len(act.timeline.steps) > 1:
        yield _bars(act.timeline)
        yield _path(act.timeline)


def _refusals(refusals: tuple[Refusal, ...]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for name in dict.fromkeys(refusal.rule for refusal in refusals):
        found = [refusal for refusal in refusals if refusal.rule == name]
        table.add_row(Text(f"✗ {name}", style="bold red"), Text(_ORDERED[name].says, style="red"))
        for refusal in found:
            table.add_row("", Text(refusal.reason))
        table.add_row("", Text(_ORDERED[name].source, style="dim"))
    return table


def _bars(timeline: Timeline) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(justify="right", style="cyan")
    table.add_column()
    table.add_column(style="dim")
    whole = timeline.duration or timedelta(seconds=1)
    for part, start, end, count in timeline.parts:
        first, last = (round(_BAR * (moment / whole)) for moment in (start, end))
        bar = Text(" " * first + "━" * max(1, last - first), style="blue")
        table.add_row(part, str(count), bar, f"{clock(start)} to {clock(end)}")
    return Group(Text("\nWhen each part is made", style="dim"), table)


def _path(timeline: Timeline) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    table.add_column(justify="right", style="cyan")
    for step in timeline.critical_path:
        table.add_row(clock(step.start), step.name, minutes(step.duration))
    return Group(Text("\nWhat the whole waits for, one after the other", style="dim"), table)


def clock(moment: timedelta) -> str:
    """`3:05`: minutes and seconds since the beginning."""
    seconds = int(moment.total_seconds())
    return f"{seconds // 60}:{seconds % 60:02}"


def minutes(duration: timedelta) -> str:
    """`45 s`, `18 min`."""
    seconds = int(duration.total_seconds())
    return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"
