"""What a resource's properties are, and reading them by type: the only place that digs in them by name."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final, TypeAlias, TypeGuard


class Unknown(Enum):
    """Stands where a preview has no value yet."""

    UNKNOWN = "unknown"


UNKNOWN: Final = Unknown.UNKNOWN

Json: TypeAlias = "Unknown | bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"


class UnknownValue(Exception):  # noqa: N818 - not an error: the rule cannot be decided yet
    """A rule needs a value that nobody knows before the deployment. path: where it stands in the properties."""

    def __init__(self, path: str) -> None:
        super().__init__(f"{path} is not known before the deployment.")
        self.path = path


class UnexpectedValue(Exception):  # noqa: N818 - reads as what it is
    """A property has another type than the provider's schema says. Guessing would let a rule pass by accident."""

    def __init__(self, path: str, value: Json, expected: str) -> None:
        super().__init__(
            f"{path} is {type(value).__name__}, but {expected} was expected: no rule about it can be trusted. "
            "Mend the program, or the view in policies/views that reads it."
        )


@dataclass(frozen=True)
class Properties:
    """A value inside a resource's properties, and where it stands.

    Every reader takes the keys that lead to a value, and returns a plain default where there is none.
    Raises UnknownValue where a value on the way is not known, UnexpectedValue where it has another type.
    """

    value: Json
    path: str = ""

    def at(self, *keys: str | int) -> "Properties":
        """The value at those keys; one that holds None where the way there ends early."""
        value, path = self.value, self.path
        for key in keys:
            if value is UNKNOWN:
                raise UnknownValue(path)
            path = _joined(path, key)
            if isinstance(key, str):
                value = value.get(key) if isinstance(value, Mapping) else None
            else:
                value = value[key] if _is_list(value) and -len(value) <= key < len(value) else None
        if value is UNKNOWN:
            raise UnknownValue(path)
        return Properties(value, path)

    def exists(self, *keys: str | int) -> bool:
        """Whether there is anything but an empty text, list or object."""
        return self.at(*keys).value not in (None, "", [], {}, ())

    def text(self, *keys: str | int, default: str = "") -> str:
        """A text; a number is written out, because Kubernetes takes both for quantities and ports."""
        found = self.at(*keys)
        if found.value is None:
            return default
        if isinstance(found.value, str):
            return found.value
        if isinstance(found.value, int | float) and not isinstance(found.value, bool):
            return f"{found.value:g}"
        raise UnexpectedValue(found.path, found.value, "a text")

    def flag(self, *keys: str | int, default: bool = False) -> bool:
        """A boolean."""
        found = self.at(*keys)
        if found.value is None:
            return default
        if isinstance(found.value, bool):
            return found.value
        raise UnexpectedValue(found.path, found.value, "true or false")

    def number(self, *keys: str | int) -> float | None:
        """A number, None where there is none. Whole numbers come back as int, however they were sent."""
        found = self.at(*keys)
        if found.value is None:
            return None
        if isinstance(found.value, int | float) and not isinstance(found.value, bool):
            return int(found.value) if float(found.value).is_integer() else found.value
        raise UnexpectedValue(found.path, found.value, "a number")

    def each(self, *keys: str | int) -> tuple["Properties", ...]:
        """The members of a list."""
        found = self.at(*keys)
        if found.value is None:
            return ()
        if _is_list(found.value):
            return tuple(Properties(member, _joined(found.path, i)) for i, member in enumerate(found.value))
        raise UnexpectedValue(found.path, found.value, "a list")

    def texts(self, *keys: str | int) -> tuple[str, ...]:
        """The members of a list of texts."""
        return tuple(member.text() for member in self.each(*keys))

    def words(self, *keys: str | int) -> dict[str, str]:
        """An object whose members are texts: labels, selectors, quotas."""
        found = self.at(*keys)
        return {name: found.text(name) for name in found.names()}

    def names(self, *keys: str | int) -> tuple[str, ...]:
        """The names of an object's members."""
        found = self.at(*keys)
        if found.value is None:
            return ()
        if isinstance(found.value, Mapping):
            return tuple(found.value)
        raise UnexpectedValue(found.path, found.value, "an object")


def _is_list(value: Json) -> TypeGuard[Sequence[Json]]:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _joined(path: str, key: str | int) -> str:
    if isinstance(key, int):
        return f"{path}[{key}]"
    if "." in key or "/" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key
