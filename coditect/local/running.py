"""Processes by id, told apart from later ones that got the same id: what ends a platform whose launcher is gone."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_POLL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A process as it was started. started: the kernel's start time in clock ticks; None where there is no /proc."""

    pid: int
    started: int | None

    @property
    def is_running(self) -> bool:
        """Whether that very process, or a member of its group, is there."""
        if self.started is None:
            return _group_exists(self.pid)
        now = _start_time(self.pid)
        # The kernel gives no process an id that a group still has: what is left of it is what we started.
        return now == self.started or (now is None and _group_exists(self.pid))


def remember(file: Path, pid: int) -> None:
    """Write a process's id and start time."""
    file.write_text(json.dumps({"pid": pid, "started": _start_time(pid)}))


def remembered(root: Path) -> Iterator[tuple[Path, Remembered]]:
    """Every process whose file stands below `root`."""
    for file in sorted(root.rglob("*.process")):
        with contextlib.suppress(ValueError, KeyError):  # half written by a launcher that was killed
            content = json.loads(file.read_text())
            yield file, Remembered(pid=int(content["pid"]), started=content["started"])


def end_all(root: Path, *, grace_s: float = 5) -> int:
    """End every process that is remembered below `root`: asked first, then killed. Returns how many there were."""
    running = [(file, process) for file, process in remembered(root) if process.is_running]
    for _, process in running:
        signal_group(process.pid, signal.SIGCONT)  # a paused process hears nothing else
        signal_group(process.pid, signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and any(process.is_running for _, process in running):
        time.sleep(_POLL_S)
    for file, process in running:
        signal_group(process.pid, signal.SIGKILL)
        file.unlink(missing_ok=True)
    return len(running)


def signal_group(pid: int, number: signal.Signals) -> None:
    """Send to a process and to all it started. Idempotent: who is gone hears nothing."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


def _group_exists(pid: int) -> bool:
    try:
        os.killpg(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _start_time(pid: int) -> int | None:
    """Field 22 of /proc/PID/stat; the name before it may hold spaces, so what follows its bracket is read."""
    try:
        content = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = content.rpartition(")")[2].split()
    return None if fields[0] == "Z" else int(fields[19])
