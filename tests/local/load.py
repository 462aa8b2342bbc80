"""Requests at a steady rate through the edge, counted by their status."""

import threading
import time
from collections import Counter

from tests.local.platform import RunningPlatform


class Load:
    """Requests at a steady rate from a few threads, whatever becomes of each."""

    def __init__(self, platform: RunningPlatform, host: str, path: str, *, per_s: int, threads: int = 5) -> None:
        self.statuses: Counter[int] = Counter()
        self._platform = platform
        self._host, self._path, self._per_s = host, path, per_s
        self._threads = [threading.Thread(target=self._run, args=(threads,)) for _ in range(threads)]
        self._end = threading.Event()
        self._counting = threading.Lock()

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _run(self, threads: int) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            status = self._platform.ask(self._host, self._path).status
            with self._counting:
                self.statuses[status] += 1
            due += threads / self._per_s
            time.sleep(max(0.0, due - time.monotonic()))
