"""Tokens that let a browser in once: the supervisor gives them out and takes them back."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable

LIFETIME_S = 600.0


class OneTimeTokens:
    """Each is good for one use within ten minutes. Only its hash is kept."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[bytes, float] = {}
        self._lock = threading.Lock()

    def issue(self) -> str:
        """A fresh one, 256 bits in URL-safe letters."""
        token = secrets.token_urlsafe(32)
        now = self._clock()
        with self._lock:
            self._until = {known: until for known, until in self._until.items() if until > now}
            self._until[_hash(token)] = now + LIFETIME_S
        return token

    def redeem(self, token: str) -> bool:
        """Whether it lets somebody in. It never does again."""
        with self._lock:
            until = self._until.pop(_hash(token), None)
        return until is not None and until > self._clock()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
