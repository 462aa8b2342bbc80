"""Where the things of a stand-in cloud are kept: in files that several processes share, or in memory."""

import hashlib
import json
import os
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from coditect.graph.values import JsonObject


@dataclass(frozen=True, kw_only=True)
class Thing:
    """inputs: as they were asked for, in clear. self_link: Google's other name for it; empty where it has none.

    cluster: of an object of Kubernetes, the stack whose cluster it is in; else empty.
    made_in: the number of the run that made it. gone_on: the day on which it was deleted, counted from the first run;
    None while it exists.
    """

    type: str
    id: str
    urn: str
    inputs: JsonObject
    self_link: str = ""
    cluster: str = ""
    made_in: int = 1
    gone_on: int | None = None

    def deleted(self, day: int) -> "Thing":
        """The same thing as its name is remembered."""
        return replace(self, gone_on=day)


class Shelf(Protocol):
    """Keeps things by type and key. What was deleted is kept too, as long as its name may matter."""

    def load(self, type_: str, key: str) -> Thing | None:
        """What is kept there; None where there is nothing."""

    def store(self, key: str, thing: Thing) -> None:
        """Keeps a thing, in place of whatever was there."""

    def all(self, type_: str | None = None) -> Iterator[Thing]:
        """Everything, or everything of one type, in the order of keys."""


class FileShelf:
    """One directory, one file a thing. Several processes may use it: each thing is written as a whole."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, type_: str, key: str) -> Thing | None:
        return self._load(self._path(type_, key))

    def store(self, key: str, thing: Thing) -> None:
        path = self._path(thing.type, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Several may write one thing at once: each has an unfinished file of its own.
        unfinished = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        unfinished.write_text(json.dumps(asdict(thing)))
        unfinished.replace(path)

    def all(self, type_: str | None = None) -> Iterator[Thing]:
        for path in sorted(self._directory.glob(f"{_folder(type_) if type_ else '*'}/*.json")):
            thing = self._load(path)
            if thing is not None:
                yield thing

    def _path(self, type_: str, key: str) -> Path:
        return self._directory / _folder(type_) / f"{hashlib.sha256(key.encode()).hexdigest()}.json"

    @staticmethod
    def _load(path: Path) -> Thing | None:
        try:
            return Thing(**json.loads(path.read_text()))
        except FileNotFoundError:
            return None


class MemoryShelf:
    """In the memory of one process."""

    def __init__(self, kept: dict[str, dict[str, Thing]] | None = None) -> None:
        self._kept = kept if kept is not None else {}

    def copy(self) -> "MemoryShelf":
        """Another shelf with the same things. Things never change, so they are shared."""
        return MemoryShelf({type_: dict(things) for type_, things in self._kept.items()})

    def load(self, type_: str, key: str) -> Thing | None:
        return self._kept.get(type_, {}).get(key)

    def store(self, key: str, thing: Thing) -> None:
        self._kept.setdefault(thing.type, {})[key] = thing

    def all(self, type_: str | None = None) -> Iterator[Thing]:
        for kind in sorted(self._kept) if type_ is None else [type_]:
            yield from list(self._kept.get(kind, {}).values())


def _folder(type_: str) -> str:
    return type_.replace("/", "_").replace(":", "_")
