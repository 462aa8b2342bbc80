"""The end of a process's log."""

from dataclasses import dataclass
from pathlib import Path

_LAST_BYTES = 128 * 1024


@dataclass(frozen=True, kw_only=True)
class Tail:
    """lines: the last ones. is_cut: there are earlier ones."""

    lines: tuple[str, ...]
    is_cut: bool


def tail(file: Path, *, count: int) -> Tail:
    """At most so many whole lines; none where there is no log yet."""
    if not file.exists():
        return Tail(lines=(), is_cut=False)
    size = file.stat().st_size
    with file.open("rb") as stream:
        stream.seek(max(0, size - _LAST_BYTES))
        lines = stream.read().decode(errors="replace").splitlines()
    if size > _LAST_BYTES:
        lines = lines[1:]
    return Tail(lines=tuple(lines[-count:]), is_cut=len(lines) > count or size > _LAST_BYTES)
