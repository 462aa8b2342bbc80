"""Compares two inventories: what would be created, changed, replaced, renamed and deleted, and what that costs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from coditect.graph.inventory import Entry, Inventory
from coditect.graph.replacement import forces_replacement, shrinks
from coditect.graph.urn import STACK_TYPE
from coditect.graph.values import Json, child_path, text
from coditect.plan import losses
from coditect.plan.computed import Computed


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    RENAME = "rename"
    DELETE = "delete"


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One path of the inputs (or an option, in angle brackets). before, after: None where it is not there."""

    path: str
    before: Json
    after: Json
    is_replacing: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    """What happens to one resource.

    former_key: the key it was known by, where that differs.
    danger: what would be lost, as a sentence: data, keys, zones; None where nothing is.
    is_retained: Pulumi forgets it, and it stays in the cloud. What it holds is lost to the platform all the same.
    refusal: why Pulumi will refuse (protection), and what lifts it; None where it would go through.
    """

    action: Action
    key: str
    type: str
    name: str
    parent: str | None
    former_key: str | None = None
    properties: tuple[PropertyChange, ...] = ()
    danger: str | None = None
    is_retained: bool = False
    refusal: str | None = None


@dataclass(frozen=True, kw_only=True)
class Changes:
    """All changes, in the order of the inventory. renamed_without_alias: deleted and created, but alike."""

    source: str
    changes: tuple[Change, ...] = ()
    renamed_without_alias: Mapping[str, str] = field(default_factory=dict)

    def of(self, action: Action) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.action is action)

    @property
    def refusals(self) -> tuple[Change, ...]:
        """What Pulumi will refuse, and the whole update with it."""
        return tuple(change for change in self.changes if change.refusal is not None)

    @property
    def dangers(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.danger is not None)


def compare(before: Inventory, after: Inventory) -> Changes:
    """What leads from one inventory to the other. Resources are matched by key, then by alias.

    What the stand-ins of a capture made up (addresses, numbers) is no change where it belongs to the same resource.
    """
    former = _former_keys(before, after)
    then, now = Computed(before, {old: new for new, old in former.items()}), Computed(after, {})
    changes = [
        change
        for entry in after.entries.values()
        if (change := _change(before.entries.get(former.get(entry.key, entry.key)), entry, then, now)) is not None
    ]
    kept = {former.get(key, key) for key in after.entries}
    gone = [entry for key, entry in before.entries.items() if key not in kept]
    created = [after.entries[change.key] for change in changes if change.action is Action.CREATE]
    renamed = _look_alikes(gone, created, then, now)
    changes += [_deletion(entry, renamed.get(entry.key)) for entry in gone]
    return Changes(
        source=before.source,
        changes=tuple(sorted(changes, key=lambda change: change.key)),
        renamed_without_alias=renamed,
    )


def _former_keys(before: Inventory, after: Inventory) -> dict[str, str]:
    """For each resource that is not known by its key: the alias by which it is."""
    return {
        entry.key: alias
        for entry in after.entries.values()
        if entry.key not in before.entries
        for alias in entry.aliases
        if alias in before.entries and alias not in after.entries
    }


def _change(before: Entry | None, after: Entry, then: Computed, now: Computed) -> Change | None:
    if before is None:
        return Change(action=Action.CREATE, key=after.key, type=after.type, name=after.name, parent=after.parent)
    properties = tuple(_property_changes(before, after, then, now))
    former_key = before.key if before.key != after.key else None
    if not properties and former_key is None:
        return None
    change = Change(
        action=Action.UPDATE if properties else Action.RENAME,
        key=after.key,
        type=after.type,
        name=after.name,
        parent=after.parent,
        former_key=former_key,
        properties=properties,
        danger=losses.of_update(after.type, [(p.path, p.before, p.after) for p in properties]),
    )
    if not any(change.is_replacing for change in properties):
        return change
    return replace(
        change,
        action=Action.REPLACE,
        danger=losses.of_removal(after.type, is_retained=before.retain_on_delete),
        is_retained=before.retain_on_delete,
        refusal=_refusal(before, "replaced"),
    )


def _deletion(entry: Entry, renamed: str | None) -> Change:
    return Change(
        action=Action.DELETE,
        key=entry.key,
        type=entry.type,
        name=entry.name,
        parent=entry.parent,
        danger=losses.of_removal(entry.type, is_retained=entry.retain_on_delete),
        is_retained=entry.retain_on_delete,
        refusal=_refusal(entry, "deleted", renamed),
    )


def _refusal(entry: Entry, verb: str, renamed: str | None = None) -> str | None:
    """renamed: the key that looks like its new one."""
    if not entry.protect:
        return None
    refused = f"It is protected: Pulumi will refuse, and the whole update stops before it is {verb}. "
    if renamed is not None:
        name = renamed.rpartition("::")[2]
        return (
            f"{refused}It looks renamed to {name}: give {name} "
            f'aliases=[pulumi.Alias(name="{entry.name}")], and it is kept.'
        )
    return f"{refused}If that is truly meant: `pulumi state unprotect` it, in a change of its own."


def _property_changes(before: Entry, after: Entry, then: Computed, now: Computed) -> Iterator[PropertyChange]:
    if before.type != after.type:
        yield PropertyChange(path="<type>", before=before.type, after=after.type)
    if before.inputs != after.inputs:
        for path, old, new in _differences(then.named(before.inputs), now.named(after.inputs), ""):
            if not any(path == i or path.startswith((f"{i}.", f"{i}[")) for i in after.ignore_changes):
                is_replacing = forces_replacement(after.type, path) or shrinks(after.type, path, old, new)
                yield PropertyChange(path=path, before=old, after=new, is_replacing=is_replacing)
    for option in ("protect", "retain_on_delete"):
        if getattr(before, option) != getattr(after, option):
            yield PropertyChange(path=f"<{option}>", before=getattr(before, option), after=getattr(after, option))
    for name in sorted(before.outputs.keys() ^ after.outputs.keys()):
        was, has = name in before.outputs, name in after.outputs
        yield PropertyChange(
            path=f"<output {name}>", before="registered" if was else None, after="registered" if has else None
        )


def _differences(old: Json, new: Json, path: str) -> Iterator[tuple[str, Json, Json]]:
    """Smallest paths whose values differ, with both values; None where there is none.

    A list of named objects goes by name, so that something new in the middle is not a change of all that follows. Any
    other list is compared as a whole, unless it has the same length as before.
    """
    if old == new:
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(old.get(key), new.get(key), child_path(path, key))
    elif (before := _by_name(old)) is not None and (after := _by_name(new)) is not None:
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _differences(before.get(name), after.get(name), f"{path}[{name}]")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new) and _has_objects(old):
        for index, (was, now) in enumerate(zip(old, new, strict=True)):
            yield from _differences(was, now, f"{path}[{index}]")
    else:
        yield path, old, new


def _has_objects(value: list[Json]) -> bool:
    return any(isinstance(member, dict) for member in value)


def _by_name(value: Json) -> dict[str, Json] | None:
    """The members of a list by their names; None where they have none of their own."""
    if not isinstance(value, list) or not value:
        return None
    names = [text(member, "name") for member in value]
    return dict(zip(names, value, strict=True)) if all(names) and len(set(names)) == len(names) else None


def _look_alikes(gone: list[Entry], created: list[Entry], then: Computed, now: Computed) -> dict[str, str]:
    """Deleted key to created key, where type and all inputs but names are the same: a rename that forgot its alias."""
    found: dict[str, str] = {}
    free = list(created)
    for old in gone:
        for new in free:
            if new.type == old.type and old.type != STACK_TYPE and _is_alike(old, new, then, now):
                found[old.key] = new.key
                free.remove(new)
                break
    return found


def _is_alike(old: Entry, new: Entry, then: Computed, now: Computed) -> bool:
    """Whether at most one property differs: the physical name usually goes with the logical one."""
    differences = _differences(then.named(old.inputs), now.named(new.inputs), "")
    return set(old.outputs) == set(new.outputs) and len(list(differences)) <= 1
