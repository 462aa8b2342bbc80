"""Keeps what was worked out about Pulumi's SDKs between runs: compiled pieces, and which module has which name."""

import contextlib
import hashlib
import importlib.util
import marshal
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import CodeType
from typing import TypeVar, cast

Kept = (
    CodeType
    | tuple[CodeType, dict[str, str]]
    | tuple[CodeType, dict[str, tuple[int, int]]]
    | tuple[CodeType, list[str]]
)
T = TypeVar("T", bound=Kept)

_LAYOUT = 4


class SdkCache:
    """One file below `directory` for each set of SDK versions and each Python.

    A damaged file is the same as none, and one that cannot be written only costs the next run its time.
    """

    def __init__(self, directory: Path, sdks: tuple[str, ...]) -> None:
        versions = "".join(_version(sdk) for sdk in sdks)
        mark = hashlib.sha256(f"{_LAYOUT}{importlib.util.MAGIC_NUMBER.hex()}{versions}".encode()).hexdigest()[:16]
        self._path = directory / f"sdk-{mark}.bin"
        self._known = self._load()
        self._has_news = False

    def get(self, key: str, make: Callable[[], T]) -> T:
        """What is known under that key, made now where nothing is."""
        if key not in self._known:
            self._known[key] = marshal.dumps(make())
            self._has_news = True
        # A key always has the same kind of value: the layout's number changes with it.
        return cast("T", marshal.loads(self._known[key]))  # noqa: S302 - written by this class, below the repository

    def save(self) -> None:
        """Writes what is new."""
        if not self._has_news:
            return
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._path.parent, delete=False) as file:
                file.write(marshal.dumps(self._known))
            Path(file.name).replace(self._path)
            self._has_news = False

    def _load(self) -> dict[str, bytes]:
        try:
            found = marshal.loads(self._path.read_bytes())  # noqa: S302 - written by this class, below the repository
        except (OSError, EOFError, ValueError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}


def _version(sdk: str) -> str:
    """What an installed SDK says of its version, without importing it."""
    spec = importlib.util.find_spec(sdk)
    if spec is None or spec.origin is None:
        return ""
    return (Path(spec.origin).parent / "pulumi-plugin.json").read_text()
