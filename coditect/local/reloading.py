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
from coditect.local.graph_cache import SOURCES, GraphError, captured, is_source
from coditect.local.layout import REPOSITORY
from coditect.local.platform import Platform
from coditect.local.process import StartError
from coditect.local.renewal import APPLICATIONS, Renewal

_APPLICATION = frozenset({".py", ".html", ".sql", ".lua", ".css", ".js", ".svg"})
_POLL_S = 0.5
_QUIET_S = 0.25
# A change of branches, or a new service, is many files: half of them declare nothing that can run.
_GRAPH_QUIET_S = 0.5


class Changes:
    """Which source files below some directories are new, gone or written since the last question."""

    def __init__(self, *roots: Path, is_source: Callable[[Path], bool]) -> None:
        self._roots = roots
        self._is_source = is_source
        self._known = self._seen()

    def since(self) -> list[Path]:
        """Changed files, sorted."""
        now = self._seen()
        changed = {path for path in now.keys() | self._known.keys() if now.get(path) != self._known.get(path)}
        self._known = now
        return sorted(changed)

    def settled(self, quiet_s: float, until: threading.Event) -> list[Path]:
        """As `since`, once nothing has changed for that long: who saves several files is not met half way."""
        changed = self.since()
        while changed and not until.wait(quiet_s) and (more := self.since()):
            changed = sorted({*changed, *more})
        return changed

    def _seen(self) -> dict[Path, int]:
        found = {}
        # A change of branches takes directories away while they are read: os.walk passes over what is gone.
        walked = (walk for root in self._roots for walk in os.walk(root))
        for file in (Path(directory, name) for directory, _, names in walked for name in names):
            if self._is_source(file) and "tests" not in file.parts:
                with contextlib.suppress(FileNotFoundError):  # an editor renames while it saves
                    found[file] = file.stat().st_mtime_ns
        return found


def reload_on_change(platform: Platform, *, said: Callable[[str], None], until: threading.Event) -> None:
    """Watch the applications in the background until told to stop."""
    changes = Changes(APPLICATIONS, is_source=lambda file: file.suffix in _APPLICATION)
    renewal = Renewal(platform, said=said)

    def watch() -> None:
        renewal.show_what_failed()
        while not until.wait(_POLL_S):
            changed = changes.settled(_QUIET_S, until)
            if changed:
                said(f"{_named(changed)} changed; starting its processes anew")
                renewal.renew(changed)

    threading.Thread(target=watch, name="reload", daemon=True).start()


def adopt_on_change(
    platform: Platform, *, remembered: Path, said: Callable[[str], None], until: threading.Event
) -> None:
    """Watch what the graph is made from in the background until told to stop. remembered: the captured graph's file."""
    changes = Changes(*(REPOSITORY / source for source in SOURCES), is_source=is_source)

    def watch() -> None:
        while not until.wait(_POLL_S):
            changed = changes.settled(_GRAPH_QUIET_S, until)
            if not changed or until.is_set():
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
