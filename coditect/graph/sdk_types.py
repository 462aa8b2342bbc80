"""Resolves the types of an SDK class's properties one by one, when Pulumi asks for one of them.

Pulumi resolves all of a class's properties as soon as it needs one, and a program sets few of the dozens that a Google
resource has.
"""

import functools
from typing import get_type_hints

import pulumi
from pulumi import _types


class _PropertyTypes(dict[str, type]):
    """Types of a class's properties by Pulumi's names; what was asked for once is kept."""

    def __init__(self, cls: type) -> None:
        super().__init__()
        self._class = cls
        self._getters = {name: prop.fget for _, name, prop in _types._py_properties(cls)}

    @functools.cached_property
    def _globals(self) -> dict[str, object] | None:
        return _types._globals_for_cls(self._class)

    def get(self, key: str, default: type | None = None) -> type | None:  # type: ignore[override]  # Pulumi asks with names only
        if key not in self:
            found = self._resolved(key)
            if found is None:
                return default
            self[key] = found
        return self[key]

    def _resolved(self, key: str) -> type | None:
        getter = self._getters.get(key)
        if getter is None:
            return None
        local_names = {"Output": pulumi.Output, "T": type(None)}
        hint = get_type_hints(getter, globalns=self._globals, localns=local_names).get("return")
        if hint is None:
            return None
        found = _types.unwrap_type(hint)
        # Output without an argument says nothing about the value.
        return None if found is pulumi.Output else found


def resolve_lazily() -> None:
    """From now on Pulumi resolves types in this way. Classes with annotated properties stay as ever: no SDK has any."""
    by_class = functools.cache(_PropertyTypes)
    for_annotated = _types.resource_types

    def resource_types(resource_cls: type) -> dict[str, type]:
        is_annotated = bool(_types._properties_from_annotations(resource_cls))
        return for_annotated(resource_cls) if is_annotated else by_class(resource_cls)

    _types._types_from_py_properties = by_class
    _types.resource_types = resource_types
