"""Changes one property of one resource: how the tests break what is right."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from policies.resource import Resource, Stack
from policies.values import Json, Properties

_STEP = re.compile(
    r"\[(?P<index>\d+)\]|\[(?P<key>\w+)=(?P<value>[^\]]+)\]|\[\"(?P<quoted>[^\"]+)\"\]|(?P<name>[^.\[]+)"
)


class Absent(Enum):
    """Takes a property away."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True)
class Selector:
    """The member of a list whose `key` is `value`, a number as it is written."""

    key: str
    value: str


def steps(path: str) -> tuple[str | int | Selector, ...]:
    """`a.b[0].c`, `flags[name=log_statement].value`, `labels["a.b/c"]`."""
    found: list[str | int | Selector] = []
    for match in _STEP.finditer(path):
        if match["index"] is not None:
            found.append(int(match["index"]))
        elif match["key"] is not None:
            found.append(Selector(match["key"], match["value"]))
        else:
            found.append(match["quoted"] or match["name"])
    return tuple(found)


def changed(value: Json, path: tuple[str | int | Selector, ...], to: "Json | Absent") -> Json:
    """A copy with another value at the path. Raises LookupError where the way there does not exist."""
    if not path:
        assert to is not ABSENT
        return to
    step, rest = path[0], path[1:]
    if isinstance(value, Mapping):
        assert isinstance(step, str), step
        kept = {key: member for key, member in value.items() if key != step}
        if not rest and to is ABSENT:
            return kept
        return {**kept, step: changed(value.get(step, {}), rest, to)}
    assert isinstance(value, Sequence), step
    assert not isinstance(value, str), step
    members = list(value)
    index = _index(members, step)
    if not rest and to is ABSENT:
        del members[index]
    else:
        members[index] = changed(members[index], rest, to)
    return members


def _index(members: list[Json], step: str | int | Selector) -> int:
    if isinstance(step, int):
        return step
    assert isinstance(step, Selector), step
    for index, member in enumerate(members):
        if isinstance(member, Mapping) and str(member.get(step.key)) == step.value:
            return index
    raise LookupError(f"No member has {step.key} {step.value}.")


def with_property(stack: Stack, name: str, path: str, to: "Json | Absent") -> Stack:
    """The stack with another value at one path of the resource of that name."""
    return _with(stack, name, lambda r: replace(r, properties=Properties(changed(r.properties.value, steps(path), to))))


def without_protection(stack: Stack, name: str) -> Stack:
    """The stack with a resource that Pulumi may delete."""
    return _with(stack, name, lambda resource: replace(resource, protect=False))


def with_resource(stack: Stack, type_: str, properties: Mapping[str, Json]) -> Stack:
    """The stack with one resource more."""
    root = stack.resources[0]
    urn = f"urn:pulumi:{root.stack}::coditect::{type_}::added"
    return Stack((*stack.resources, Resource(urn=urn, type=type_, name="added", properties=Properties(properties))))


def without_resource(stack: Stack, name: str) -> Stack:
    """The stack with one resource less."""
    found = tuple(resource for resource in stack.resources if resource.name != name)
    assert len(found) == len(stack.resources) - 1, f"{name} is the name of none, or of several"
    return Stack(found)


def _with(stack: Stack, name: str, change: Callable[[Resource], Resource]) -> Stack:
    named = [resource for resource in stack.resources if resource.name == name]
    assert len(named) == 1, f"{name} is the name of {len(named)} resources"
    return Stack(tuple(change(resource) if resource.name == name else resource for resource in stack.resources))
