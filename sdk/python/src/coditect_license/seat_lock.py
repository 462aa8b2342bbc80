"""Processes of one machine share its seat: the service knows machine and user, not processes.

The one that ends last gives the seat back; without this the first to end would take it from under the others. The
operating system keeps count: every process holds a shared lock on one file, and a process that can lock it alone is the
last. A killed process loses its lock by itself. Where there is no flock (Windows), every process counts as the last.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import BinaryIO

from coditect_license.files import private_directory

if sys.platform != "win32":
    import fcntl

logger = logging.getLogger(__name__)


class SeatLock:
    """One process's part in the machine's seat."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def join(self) -> None:
        """Count as a user of the seat. Waits while another process is giving it back (3 s at most: release_call)."""
        if sys.platform == "win32" or self._file is not None:
            return
        try:
            private_directory(self._path.parent)
            self._file = self._path.open("ab")
            fcntl.flock(self._file, fcntl.LOCK_SH)
        except OSError:
            logger.warning("%s cannot be locked: this process gives the seat back by itself", self._path, exc_info=True)
            self._file = None

    def is_last(self) -> bool:
        """Whether no other process uses the seat. If so they wait to join until `leave`; else this one has left."""
        if sys.platform == "win32" or self._file is None:
            return True
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.leave()
            return False
        return True

    def leave(self) -> None:
        """Count no more."""
        if self._file is not None:
            self._file.close()
            self._file = None
