"""What the running platform takes of a laptop's memory."""

import re
from pathlib import Path

import pytest

from tests.local.platform import RunningPlatform

_LIMIT_MIB = 1_536


def _shared_out_mib(process: Path) -> float:
    """A process's own pages, and its share of those that it has in common with others (Linux's PSS)."""
    try:
        found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    except (FileNotFoundError, ProcessLookupError):  # it has just ended
        return 0
    return int(found[1]) / 1024 if found else 0


def _with_children(root: int) -> set[int]:
    parents = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(process.name)] = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, added = {root}, {root}
    while added:
        added = {process for process, parent in parents.items() if parent in added}
        found |= added
    return found


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:160]
    except (FileNotFoundError, ProcessLookupError):
        return "has ended"


@pytest.mark.smoke
def test_the_whole_platform_takes_less_than_a_gigabyte_and_a_half(platform: RunningPlatform) -> None:
    processes = _with_children(platform.supervisor.pid)
    assert set(platform.processes().values()) <= processes
    taken = {process: _shared_out_mib(Path(f"/proc/{process}")) for process in processes}
    assert sum(taken.values()) < _LIMIT_MIB, "\n".join(
        f"{taken[process]:6.0f} MiB {_command(process)}" for process in sorted(taken, key=taken.__getitem__)
    )
