"""Faults that last for a while: each ends by itself, and none ends another."""

import threading
from collections import Counter
from collections.abc import Callable


class Lasting:
    """What lasts now. What was begun twice is undone when the last of the two ends."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def begin(self, what: str, do: Callable[[], object], undo: Callable[[], object]) -> Callable[[], None]:
        """Do it, and return what ends it, to be called once. what: names it, as `slow ide-frontend`."""
        with self._lock:
            do()
            self._counts[what] += 1

        def end() -> None:
            with self._lock:
                self._counts[what] -= 1
                if not self._counts[what]:
                    undo()

        return end
