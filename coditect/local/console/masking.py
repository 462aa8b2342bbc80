"""Secrets of this platform are never shown: wherever one stands in what a page puts out, dots stand instead."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from markupsafe import Markup, escape

from coditect.graph.values import Json

MASK = "••••••••"
_SHORTEST = 8
_SECRET_NAMES = re.compile(r"token|password|secret|api_key|authorization|cookie", re.IGNORECASE)
_PEM_FRAME = "-----"


class Typed(str):
    """What a person typed into a form and gets back in it: as it is, or the next sending would send dots."""

    __slots__ = ()


class Masking:
    """Knows the values of the secrets in some files. files: finds them, also those that came later."""

    def __init__(self, files: Callable[[], Iterable[Path]]) -> None:
        self._files = files
        self._seen: dict[Path, int] = {}
        self._values: list[str] = []

    def refresh(self) -> None:
        """Read again what was added or changed."""
        now = {file: file.stat().st_mtime_ns for file in self._files()}
        if now != self._seen:
            self._seen = now
            values = {value for file in now for value in _values(file.read_text(errors="replace"))}
            values |= {str(escape(value)) for value in values}  # as it stands in what is markup already
            # The longest first: one secret may be part of another, as a password is of an address.
            self._values = sorted(values, key=len, reverse=True)

    def masked(self, words: str) -> str:
        """The same words without any secret."""
        for value in self._values:
            if value in words:
                words = words.replace(value, MASK)
        return words

    def shown(self, value: object) -> str:
        """What a template puts out for a value."""
        if isinstance(value, Typed):
            return value
        if isinstance(value, Markup):
            return Markup(self.masked(str(value)))  # noqa: S704 - it was escaped before, and dots need not be
        return self.masked(str(value))


def _values(content: str) -> Iterator[str]:
    """A secret's lines, and where it is a JSON document, the words in it."""
    try:
        found = _words(json.loads(content))
    except ValueError:
        found = iter(())
    for value in (*found, *content.splitlines()):
        if len(value.strip()) >= _SHORTEST and not value.startswith(_PEM_FRAME):
            yield value.strip()


def _words(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for member in value.values() if isinstance(value, dict) else value:
            yield from _words(member)


def names_a_secret(name: str) -> bool:
    """Whether a header or a field of that name holds what must not be shown."""
    return _SECRET_NAMES.search(name) is not None
