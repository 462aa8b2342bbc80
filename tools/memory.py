"""What a process and all below it take of this machine's memory (Linux)."""

import re
from pathlib import Path

_PSS = re.compile(r"^Pss:\s+(\d+) kB", re.MULTILINE)
_GONE = (FileNotFoundError, ProcessLookupError)


def shared_out_mib(root: int) -> dict[int, float]:
    """MiB by process id, of `root` and its descendants: own pages, and a share of those in common with others (PSS)."""
    return {process: _pss_mib(process) for process in _with_children(root)}


def _pss_mib(process: int) -> float:
    try:
        found = _PSS.search(Path(f"/proc/{process}/smaps_rollup").read_text())
    except _GONE:  # it has just ended
        return 0
    return int(found[1]) / 1024 if found else 0


def _with_children(root: int) -> set[int]:
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except _GONE:
            continue
    found, added = {root}, {root}
    while added:
        added = {process for process, parent in parents.items() if parent in added}
        found |= added
    return found
