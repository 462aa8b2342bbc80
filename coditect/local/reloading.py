"""What changes while the platform runs: application code is run anew, and the graph is read again."""

import contextlib
import os
import threading
from collections.abc import Callable
from pathlib import Path

from coditect.graph.request_path import BrokenPath
from coditect.local.adoption import adopt
from coditect.local.declared import NotDeclared, deployed
from coditect.local.edge.declared import edge
from coditect.local.graph_cache import SOURCES, SUFFIXES, GraphError, captured
from coditect.local.layout import REPOSITORY
from coditect.local.platform import Platform
from coditect.local.process import StartError
from coditect.local.renewal import APPLICATIONS, Renewal

_APPLICATION = frozenset({".py", ".html", ".sql", ".lua", ".css", ".js", ".svg"})
_POLL_S = 0.5
_QUIET_S = 0.25


class Changes:
    """Which source files below some directories are new, gone or written since the last question."""

    def __init__(self, *roots: Path, suffixes: frozenset[str]) -> None:
        self._roots = roots
        self._suffixes = suffixes
        self._known = self._seen()

    def since(self) -> list[Path]:
        """Changed files, sorted."""
        now = self._seen()
        changed = {path for path in now.keys() | self._known.keys() if now.get(path) != self._known.get(path)}
        self._known = now
        return sorted(changed)

    def _seen(self) -> dict[Path, int]:
        found = {}
        # A change of branches takes directories away while they are read: os.walk passes over what is gone.
        walked = (walk for root in self._roots for walk in os.walk(root))
        for file in (Path(directory, name) for directory, _, names in walked for name in names):
            if file.suffix in self._suffixes and "tests" not in file.parts:
                with contextlib.suppress(FileNotFoundError):  # an editor renames while it saves
                    found[file] = file.stat().st_mtime_ns
        return found


def reload_on_change(platform: Platform, *, said: Callable[[str], None], until: threading.Event) -> None:
    """Watch the applications in the background until told to stop."""
    changes = Changes(APPLICATIONS, suffixes=_APPLICATION)
    renewal = Renewal(platform, said=said)

    def watch() -> None:
        renewal.show_what_failed()
        while not until.wait(_POLL_S):
            changed = changes.since()
            while changed and not until.wait(_QUIET_S) and (more := changes.since()):
                changed = sorted({*changed, *more})  # an editor saves several files, or one file several times
            if changed:
                said(f"{_named(changed)} changed; starting its processes anew")
                renewal.renew(changed)

    threading.Thread(target=watch, name="reload", daemon=True).start()


def adopt_on_change(
    platform: Platform, *, remembered: Path, said: Callable[[str], None], until: threading.Event
) -> None:
    """Watch what the graph is made from in the background until told to stop. remembered: the captured graph's file."""
    changes = Changes(*(REPOSITORY / source for source in SOURCES), suffixes=SUFFIXES)

    def watch() -> None:
        while not until.wait(_POLL_S):
            changed = changes.since()
            if not changed:
                continue
            said(f"{_named(changed)} changed; reading the graph again")
            try:
                graph = captured(platform.deployed.stack, remembered)
                adopt(platform, deployed(graph), edge(graph), said=said)
            except (GraphError, NotDeclared, BrokenPath, StartError, OSError) as error:
                said(f"The change is not run here. {error}")

    threading.Thread(target=watch, name="graph", daemon=True).start()


def _named(changed: list[Path]) -> str:
    more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
    return f"{changed[0].relative_to(REPOSITORY)}{more}"
