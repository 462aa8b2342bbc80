"""Processor time of processes and their children, as Linux counts it.

Rates depend on who else uses the machine; processor time for each request hardly does. So both are measured.
"""

import os
from collections.abc import Iterable
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


def cpu_s(roots: Iterable[int]) -> float:
    """Seconds spent by these processes and their living children."""
    return sum(_ticks(pid) for root in roots for pid in _family(root)) * _TICK_S


def _family(pid: int) -> list[int]:
    family = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            family += _family(int(child))
    return family


def _ticks(pid: int) -> int:
    try:
        # Fields 14 to 17 (proc_pid_stat(5)): own and reaped children's, user and system; the name may hold spaces.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:  # ended meanwhile
        return 0
    return sum(int(field) for field in fields[11:15])
