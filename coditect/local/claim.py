"""One platform for each state directory: a lock that its supervisor holds for as long as it lives."""

import fcntl
import os
import time
from types import TracebackType
from typing import Self

from coditect.local.layout import Layout
from coditect.local.process import StartError

_POLL_S = 0.05


class Claim:
    """The right to run a platform from a state directory, held for as long as this process lives."""

    def __init__(self, layout: Layout) -> None:
        self._file = layout.lock.open("a+")

    def __enter__(self) -> Self:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._file.close()
            raise StartError(
                "A platform already runs from here. See it with `coditect status`, end it with `coditect down`."
            ) from error
        self._file.truncate(0)
        self._file.write(str(os.getpid()))
        self._file.flush()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()


def claimant(layout: Layout) -> int | None:
    """The process id of the supervisor that runs from here; None where none does."""
    if not layout.lock.exists():
        return None
    try:
        with Claim(layout):
            return None
    except StartError:
        return int(layout.lock.read_text() or 0) or None


def wait_unclaimed(layout: Layout, *, timeout_s: float) -> bool:
    """Wait until no supervisor runs. Returns False when the time is over."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        try:
            with Claim(layout):
                return True
        except StartError:
            time.sleep(_POLL_S)
    return False
