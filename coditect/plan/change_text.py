"""Changes for eyes: old and new values by path, and in red what would be lost."""

import json
from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from coditect.graph.values import Json
from coditect.plan.changes import Action, Change, Changes, PropertyChange

_MARKS = {
    Action.CREATE: ("+", "green"),
    Action.UPDATE: ("~", "yellow"),
    Action.REPLACE: ("±", "magenta"),
    Action.RENAME: ("»", "cyan"),
    Action.DELETE: ("-", "red"),
}
_VERBS = {
    Action.CREATE: "to create",
    Action.UPDATE: "to change",
    Action.REPLACE: "to replace",
    Action.RENAME: "renamed",
    Action.DELETE: "to delete",
}
_LOSING = {Action.REPLACE: "REPLACES", Action.DELETE: "DELETES", Action.UPDATE: "CHANGES"}
_LONGEST_VALUE = 300


def changes_text(changes: Changes) -> RenderableType:
    """All changes; what Pulumi will refuse first, then what loses something."""
    if not changes.changes:
        return Text(f"None: the program is what {changes.source} says.", style="green")
    counts = Text.assemble(
        *[
            part
            for action in Action
            if (found := changes.of(action))
            for part in ((f"{len(found)} {_VERBS[action]}", _MARKS[action][1]), ("   ", ""))
        ]
    )
    return Group(
        Text.assemble(counts, (f"against {changes.source}", "dim")),
        *_refusals(changes),
        *_dangers(changes),
        *_forgotten_aliases(changes),
        *(line for change in changes.changes for line in _change(change)),
    )


def _refusals(changes: Changes) -> Iterator[RenderableType]:
    for change in changes.refusals:
        yield Text.assemble(
            (f"\nREFUSED: {_LOSING[change.action]} {_short(change.type)} {change.name}. {change.refusal}", "bold red"),
            (f" Without protection: {change.danger}" if change.danger else "", "red"),
        )


def _dangers(changes: Changes) -> Iterator[RenderableType]:
    for change in changes.dangers:
        if change.refusal is None:
            yield Text(
                f"\n{_LOSING[change.action]} {_short(change.type)} {change.name}. {change.danger}", style="bold red"
            )


def _forgotten_aliases(changes: Changes) -> Iterator[RenderableType]:
    for old, new in changes.renamed_without_alias.items():
        old_name, new_name = old.rpartition("::")[2], new.rpartition("::")[2]
        yield Text(
            f"\n{old_name} looks as if it was renamed to {new_name}: as it stands it is deleted and made anew. Give "
            f'{new_name} aliases=[pulumi.Alias(name="{old_name}")], and it is kept.',
            style="bold yellow",
        )


def _change(change: Change) -> Iterator[RenderableType]:
    mark, colour = _MARKS[change.action]
    former = f"  (was {change.former_key.rpartition('::')[2]})" if change.former_key else ""
    yield Text.assemble(
        ("\n" if change.properties else "", ""),
        (f"{mark} ", f"bold {colour}"),
        (change.name, colour),
        (f"  {_short(change.type)}{former}", "dim"),
        ("  stays in the cloud: Pulumi only forgets it" if change.is_retained else "", "yellow"),
    )
    for property_change in change.properties:
        yield Padding(_property(property_change), (0, 0, 0, 4), expand=False)


def _property(change: PropertyChange) -> Text:
    line = Text.assemble((change.path, ""), (": ", "dim"))
    if isinstance(change.before, list) and isinstance(change.after, list):
        line.append_text(_members(change.before, change.after))
    else:
        if change.before is not None:
            line.append(_shown(change.before), style="red")
        if change.before is not None and change.after is not None:
            line.append(" → ", style="dim")
        if change.after is not None:
            line.append(_shown(change.after), style="green")
    if change.is_replacing:
        line.append("  forces replacement", style="bold magenta")
    return line


def _members(before: list[Json], after: list[Json]) -> Text:
    """What left a list and what came into it: in a long one nobody finds that by looking."""
    gone = [member for member in before if member not in after]
    fresh = [member for member in after if member not in before]
    if not gone and not fresh:
        return Text(f"the same {len(after)} members, in another order or number", style="yellow")
    kept = len(after) - len(fresh)
    parts = [(f"- {_shown(member)}", "red") for member in gone] + [(f"+ {_shown(member)}", "green") for member in fresh]
    return Text("  ").join([*(Text(*part) for part in parts), Text(f"({kept} stay)", style="dim")])


def _shown(value: Json) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}… ({len(text)} characters)"


def _short(type_: str) -> str:
    return type_.rpartition(":")[2]
