"""Deleting a platform's state: what would go, and how it goes, so that an interrupted deletion can be repeated."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from coditect.graph.values import items
from coditect.local.layout import Layout, StateError
from coditect.local.unprivileged import account_for_server, where_owned


@dataclass(frozen=True, kw_only=True)
class Deletion:
    """What a deletion takes. size_mib: of the state directory's files, and of PostgreSQL's where they lie elsewhere."""

    directories: tuple[Path, ...]
    size_mib: int
    databases: tuple[str, ...]


def what_goes(layout: Layout) -> Deletion | None:
    """What deleting the state would take; None where there is none.

    Raises StateError for a directory that no platform made: nobody must lose other files by a slip of `--state`.
    """
    if not layout.root.exists() or not any(layout.root.iterdir()):
        return None
    if not layout.lock.exists():
        raise StateError(f"{layout.root} was not made by `coditect up`, so nothing of it is deleted.")
    directories = (layout.root, *_cluster_elsewhere(layout))
    files = [file for directory in directories for file in directory.rglob("*") if not file.is_symlink()]
    size = sum(file.stat().st_size for file in files if file.is_file())
    return Deletion(directories=directories, size_mib=round(size / 2**20), databases=_databases(layout))


def delete(layout: Layout) -> tuple[str, ...]:
    """Delete all that is a platform's, and last the file that says whose directory it is. Idempotent.

    Returns the names of what else is in the directory, which is left there.
    """
    for directory in _cluster_elsewhere(layout):
        shutil.rmtree(directory)
    left = []
    for path in sorted(layout.root.iterdir()):
        if not layout.is_known(path.name):
            left.append(path.name)
        elif path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != layout.lock:
            path.unlink()
    layout.lock.unlink(missing_ok=True)
    if not left:
        layout.root.rmdir()
    return tuple(left)


def _cluster_elsewhere(layout: Layout) -> tuple[Path, ...]:
    """PostgreSQL's files where its account could not enter the state directory."""
    cluster = where_owned(layout.root / "postgres" / "cluster", account=account_for_server())
    return () if cluster.is_relative_to(layout.root) or not cluster.exists() else (cluster,)


def _databases(layout: Layout) -> tuple[str, ...]:
    try:
        return tuple(str(name) for name in items(json.loads(layout.state.read_text()), "databases"))
    except (FileNotFoundError, ValueError):
        return ()
