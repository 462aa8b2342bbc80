"""Secrets of this platform are never shown: wherever one stands in a log or an answer, dots stand instead."""

import re
from pathlib import Path

MASK = "••••••••"
_SHORTEST = 8
_SECRET_NAMES = re.compile(r"token|password|secret|api_key|authorization|cookie", re.IGNORECASE)


class Masking:
    """Knows the values of the secrets below a directory; read again when one is added or changed."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._seen: dict[Path, int] = {}
        self._values: list[str] = []

    def masked(self, words: str) -> str:
        """The same words without any secret."""
        for value in self._known():
            if value in words:
                words = words.replace(value, MASK)
        return words

    def _known(self) -> list[str]:
        now = {file: file.stat().st_mtime_ns for file in self._directory.glob("*") if file.is_file()}
        if now != self._seen:
            self._seen = now
            lines = {line.strip() for file in now for line in file.read_text(errors="replace").splitlines()}
            # The longest first: one secret may be part of another, as a password is of an address.
            self._values = sorted((line for line in lines if len(line) >= _SHORTEST), key=len, reverse=True)
        return self._values


def names_a_secret(name: str) -> bool:
    """Whether a header or a field of that name holds what must not be shown."""
    return _SECRET_NAMES.search(name) is not None
