"""The offline cache: the last lease and the keys it verifies with, for one service, on this machine.

A cached lease is valid only here, only until its own expiry, and only while its signature verifies. Who owns the
machine owns its clock, so the time is checked twice: the clock must stand between the lease's issue and its expiry, and
within one boot no more time may have passed than the lease was given for, whatever the clock says.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from coditect_license.clock import Clock
from coditect_license.errors import InvalidLease
from coditect_license.files import write_private
from coditect_license.keys import PublicKey, fetched_keys
from coditect_license.lease import GrantedLease
from coditect_license.verify import verify_reply

logger = logging.getLogger(__name__)

# A clock this much behind the service's is still taken for an honest one.
CLOCK_TOLERANCE = timedelta(minutes=5)


@dataclass(frozen=True)
class CachedLease:
    """A lease that may be used without the service for `remaining` seconds from now."""

    lease: GrantedLease
    remaining: float


class LeaseCache:
    """`license.json` and `keys.json` in `directory`. Where they cannot be written, there is only no offline use."""

    def __init__(self, directory: Path, *, clock: Clock) -> None:
        self._lease = directory / "license.json"
        self._keys = directory / "keys.json"
        self._clock = clock

    def save_lease(self, reply: Mapping[str, Any], *, received_at: float) -> None:
        """Keep a verified reply. received_at: `Clock.elapsed` when it was asked for."""
        record = {"boot_id": self._clock.boot_id(), "elapsed": received_at, "lease": reply}
        self._write(self._lease, json.dumps(record).encode())

    def load_lease(self, *, hardware_id: str, keys: Mapping[str, PublicKey]) -> CachedLease:
        """The cached lease, if it may be used now. Raises InvalidLease, which says why not."""
        try:
            record = json.loads(self._lease.read_bytes())
            reply, boot_id, received_at = record["lease"], record["boot_id"], float(record["elapsed"])
        except FileNotFoundError:
            raise InvalidLease("No lease is cached.") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InvalidLease(f"The cached lease in {self._lease} cannot be read: {error!r}.") from None
        if not isinstance(reply, dict):
            raise InvalidLease(f"The cached lease in {self._lease} is not one.")
        lease = verify_reply(reply, keys)
        if lease.signature_version == 1:
            raise InvalidLease("The cached lease (signature_version 1) is not bound to a machine.")
        if lease.hardware_id != hardware_id:
            raise InvalidLease("The cached lease belongs to another machine.")
        assert lease.issued_at is not None
        now = self._clock.wall()
        if now < lease.issued_at - CLOCK_TOLERANCE:
            raise InvalidLease("The cached lease was issued in the future: this machine's clock is wrong.")
        remaining = (lease.expires_at - now).total_seconds()
        if boot_id is not None and boot_id == self._clock.boot_id():
            remaining = min(remaining, lease.lifetime.total_seconds() - (self._clock.elapsed() - received_at))
        if remaining <= 0:
            raise InvalidLease(f"The cached lease expired at {lease.expires_at:%Y-%m-%d %H:%M:%S} UTC.")
        return CachedLease(lease=lease, remaining=remaining)

    def session_id(self) -> str | None:
        """The cached lease's session, valid or not: for giving it back."""
        try:
            found = json.loads(self._lease.read_bytes())["lease"]["session_id"]
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return found if isinstance(found, str) else None

    def forget_lease(self) -> None:
        """A released or lost session must not look valid to the next start."""
        try:
            self._lease.unlink()
        except FileNotFoundError:
            pass
        except OSError:
            logger.warning("The cached lease %s cannot be removed", self._lease, exc_info=True)

    def save_keys(self, answer: bytes) -> None:
        """Keep the body of `GET /api/v1/keys`."""
        self._write(self._keys, answer)

    def load_keys(self) -> Mapping[str, PublicKey]:
        """The keys fetched last; none when there are none or they cannot be read."""
        try:
            return fetched_keys(self._keys.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, InvalidLease) as error:
            logger.warning("The cached keys %s are ignored: %s", self._keys, error)
            return {}

    def _write(self, path: Path, content: bytes) -> None:
        try:
            write_private(path, content)
        except OSError:
            logger.warning("%s cannot be written: there will be no offline use", path, exc_info=True)
