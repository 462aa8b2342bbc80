"""JSON values of the graph, the markers that stand for what is not shown, and paths to a value inside another."""

from collections.abc import Iterator
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]

SECRET = "<secret>"  # noqa: S105 - stands where a secret was
UNKNOWN = "<unknown>"
"""Stands where a first preview has no value yet."""


def child_path(path: str, key: str | int) -> str:
    """The path of a member, in Pulumi's own syntax: `spec.ports[0].name`, `labels["app.kubernetes.io/name"]`."""
    if isinstance(key, int):
        return f"{path}[{key}]"
    if "." in key or "[" in key or "/" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def leaves(value: Json, path: str = "") -> Iterator[tuple[str, Json]]:
    """Every path that ends in a plain value or in an empty list or object."""
    if isinstance(value, dict) and value:
        for key, member in value.items():
            yield from leaves(member, child_path(path, key))
    elif isinstance(value, list) and value:
        for index, member in enumerate(value):
            yield from leaves(member, child_path(path, index))
    else:
        yield path, value


def first_key(path: str) -> str:
    """The top-level property of a path: `settings` of `settings.ipConfiguration[0].network`."""
    for position, character in enumerate(path):
        if character in ".[":
            return path[:position]
    return path


def lookup(value: Json, *keys: str | int) -> Json:
    """The member at those keys; None where the way there ends early."""
    for key in keys:
        if isinstance(value, dict) and isinstance(key, str):
            value = value.get(key)
        elif isinstance(value, list) and isinstance(key, int) and -len(value) <= key < len(value):
            value = value[key]
        else:
            return None
    return value


def text(value: Json, *keys: str | int) -> str:
    """The string at those keys; empty where there is none."""
    found = lookup(value, *keys)
    return found if isinstance(found, str) else ""


def items(value: Json, *keys: str | int) -> list[Json]:
    """The list at those keys; empty where there is none."""
    found = lookup(value, *keys)
    return found if isinstance(found, list) else []


def members(value: Json, *keys: str | int) -> JsonObject:
    """The object at those keys; empty where there is none."""
    found = lookup(value, *keys)
    return found if isinstance(found, dict) else {}
