"""Application code that changes is run anew: every process of ours is ended as it declares, and started again."""

import threading
from collections.abc import Callable
from pathlib import Path

from coditect.local.layout import REPOSITORY
from coditect.local.platform import Platform

_SUFFIXES = frozenset({".py", ".html", ".sql", ".lua", ".css", ".js", ".svg"})
_POLL_S = 0.5


class Changes:
    """Which source files below a directory are new, gone or written since the last question."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known = self._seen()

    def since(self) -> list[Path]:
        """Changed files, sorted."""
        now = self._seen()
        changed = {path for path in now.keys() | self._known.keys() if now.get(path) != self._known.get(path)}
        self._known = now
        return sorted(changed)

    def _seen(self) -> dict[Path, int]:
        found = {}
        for file in self._root.rglob("*"):
            if file.suffix in _SUFFIXES and "tests" not in file.parts:
                try:
                    found[file] = file.stat().st_mtime_ns
                except FileNotFoundError:  # an editor renames while it saves
                    continue
        return found


def reload_on_change(platform: Platform, *, said: Callable[[str], None], until: threading.Event) -> None:
    """Watch the applications in the background until told to stop."""
    changes = Changes(REPOSITORY / "apps")

    def watch() -> None:
        while not until.wait(_POLL_S):
            changed = changes.since()
            if changed:
                more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
                said(f"{changed[0].relative_to(REPOSITORY)}{more} changed; starting our processes again")
                platform.restart_ours()

    threading.Thread(target=watch, name="reload", daemon=True).start()
