"""Time that neither a suspended machine nor a changed clock can bend.

`time.monotonic` stands still while a Linux or macOS machine sleeps, so a lease would look alive long after it ended.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timezone
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """What this package asks about time."""

    def elapsed(self) -> float:
        """Seconds since some moment of this boot, counting sleep; never goes back."""

    def wall(self) -> datetime:
        """What the machine believes the time to be (aware, UTC). It may be wrong, and it may jump."""

    def boot_id(self) -> str | None:
        """Names this boot of the machine, so that `elapsed` of two processes can be compared; None if unknown."""


class SystemClock:
    """The clock of this machine."""

    def elapsed(self) -> float:
        """See Clock."""
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        if sys.platform == "darwin":
            # Here CLOCK_MONOTONIC counts sleep, and time.monotonic (mach_absolute_time) does not.
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        return time.monotonic()

    def wall(self) -> datetime:
        """See Clock."""
        return datetime.now(timezone.utc)

    def boot_id(self) -> str | None:
        """See Clock."""
        try:
            return Path("/proc/sys/kernel/random/boot_id").read_text().strip() or None
        except OSError:
            return None
