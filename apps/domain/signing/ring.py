"""Which version of the key signs now, and which ones are published: key rotation while leases live.

- A new version signs once it is old enough that every process publishes it (PROPAGATION): a client that meets its id
  finds the key wherever it asks.
- A version that no longer signs stays published until the grace after its successor's creation ends.
- A version that is disabled in its store is neither used nor published from the next look on: revocation beats grace.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from apps.domain.signing.errors import SigningError, SigningMisconfiguredError
from apps.domain.signing.keys import ALGORITHM, KeyStore, KeyVersion, PublicKeyJson

logger = logging.getLogger(__name__)

REFRESH_S = 60.0
# Twice the refresh: by then every process has looked at least once, also one whose first look failed.
PROPAGATION = timedelta(seconds=2 * REFRESH_S)


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    versions: tuple[KeyVersion, ...]
    read_at: float


class KeyRing:
    """The versions of one key, read from its store every REFRESH_S seconds. Safe for many threads.

    grace: how long a retired version is still published, counted from its successor's creation.
    pinned: number of the version that signs; None for the newest one.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        grace: timedelta,
        pinned: int | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._store = store
        self._grace = grace
        self._pinned = pinned
        self._now = now
        self._snapshot: _Snapshot | None = None
        self._refreshing = threading.Lock()

    def current(self, *, timeout: float) -> KeyVersion:
        """The version that signs. Blocks on the store only when nothing is known yet.

        Raises SigningUnavailable or SigningMisconfiguredError.
        """
        snapshot = self._snapshot
        if snapshot is None:
            snapshot = self.refresh(timeout=timeout)
        elif monotonic() - snapshot.read_at > REFRESH_S and self._refreshing.acquire(blocking=False):
            # Nobody waits for a look at the store: it happens beside the signatures of the version known so far.
            threading.Thread(target=self._refresh_aside, name="key-ring-refresh", daemon=True).start()
        return self._signing(snapshot.versions)

    def published(self, *, timeout: float) -> list[PublicKeyJson]:
        """The keys with which living leases verify, oldest first; a stale list while the store is out of reach.

        Raises SigningUnavailable when the store is out of reach and was never read.
        """
        snapshot = self._snapshot
        if snapshot is None or monotonic() - snapshot.read_at > REFRESH_S:
            try:
                snapshot = self.refresh(timeout=timeout)
            except SigningError:
                if snapshot is None:
                    raise
                logger.warning("The signing key's versions could not be read; publishing those known", exc_info=True)
        signing = self._signing(snapshot.versions)
        keys: list[PublicKeyJson] = []
        for version, successor in zip(snapshot.versions, (*snapshot.versions[1:], None), strict=True):
            not_after: str | None = None
            if successor is not None and version.number < signing.number:
                end = successor.created_at + self._grace
                if end <= self._now():
                    continue
                not_after = end.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
            keys.append({"key_id": version.key_id, "algorithm": ALGORITHM, "pem": version.pem, "not_after": not_after})
        return keys

    def refresh(self, *, timeout: float) -> _Snapshot:
        """Read the store now. Raises SigningUnavailable or SigningMisconfiguredError."""
        read_at = monotonic()
        snapshot = _Snapshot(versions=self._store.versions(timeout=timeout), read_at=read_at)
        self._signing(snapshot.versions)
        self._snapshot = snapshot
        return snapshot

    def _refresh_aside(self) -> None:
        try:
            self.refresh(timeout=REFRESH_S / 2)
        except SigningError:
            logger.warning(
                "The signing key's versions could not be read; signing goes on with those known", exc_info=True
            )
        finally:
            self._refreshing.release()

    def _signing(self, versions: tuple[KeyVersion, ...]) -> KeyVersion:
        if self._pinned is None:
            known_to_all = [v for v in versions if v.created_at <= self._now() - PROPAGATION]
            # A key's very first version has no elder to wait behind.
            return known_to_all[-1] if known_to_all else versions[0]
        for version in versions:
            if version.number == self._pinned:
                return version
        raise SigningMisconfiguredError(
            f"SIGNING_KEY names version {self._pinned}, but the enabled versions are "
            f"{', '.join(str(v.number) for v in versions)}. Name one of them, or the key without a version."
        )
