"""The client for programs with threads."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from coditect_license import shutdown
from coditect_license.errors import Released
from coditect_license.handle import Lease
from coditect_license.settings import DEFAULT_API_URL, DEFAULT_CACHE_DIR, Parts, Token, build
from coditect_license.transport import SyncTransport, drive

logger = logging.getLogger(__name__)


class LicenseClient:
    """Takes a seat and keeps it while the `with` block runs.

        with LicenseClient(token) as lease:
            lease.check()

    token: access token of the signed-in user, or a function that answers the present one (asked before each request).
    api_url: https, or http on this machine.
    ca_file: certificate, in PEM, of the only authority that the service's may be signed by; CODITECT_CA_FILE when left
    out, and the system's authorities without either.
    cache_dir: for offline use, and shared by the processes of one user.
    public_keys: PEM texts of the service's keys, if the application pins them; else they are fetched from the service.
    hardware_id: names this machine; made by itself when left out.
    version: the application's, for the service's records.
    wait: seconds to wait for a seat while all are taken.
    Raises ConfigurationError.
    """

    def __init__(
        self,
        token: Token,
        *,
        api_url: str = DEFAULT_API_URL,
        ca_file: Path | str | None = None,
        cache_dir: Path | str = DEFAULT_CACHE_DIR,
        public_keys: Iterable[str] | None = None,
        hardware_id: str | None = None,
        version: str = "0",
        wait: float = 0.0,
    ) -> None:
        self._parts = build(
            api_url=api_url,
            token=token,
            ca_file=ca_file,
            cache_dir=cache_dir,
            public_keys=public_keys,
            chosen_hardware_id=hardware_id,
            version=version,
        )
        self._wait = wait
        self._stop = threading.Event()
        self._keeper: threading.Thread | None = None
        self._former_keeper: threading.Thread | None = None
        self._lease = Lease(self._parts.seat)

    def __enter__(self) -> Lease:
        """See `acquire`."""
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `release`."""
        self.release()

    def acquire(self) -> Lease:
        """Take a seat, or go on with the one held, and keep it in the background until `release`.

        Raises NoSeats, LicenseInactive, Revoked, Unauthorized, Refused, InvalidLease or Offline.
        """
        if self._keeper is not None:
            return self._lease
        if self._former_keeper is not None:
            # It may be in the middle of a request, whose answer must not be taken for one about the new seat.
            self._former_keeper.join()
        self._stop = threading.Event()
        transport = SyncTransport(self._parts.api_url, self._parts.token, trust=self._parts.trust)
        self._parts.lock.join()
        try:
            drive(self._parts.seat.acquire(wait=self._wait), transport, self._stop)
        except BaseException:
            self._parts.lock.leave()
            transport.close()
            raise
        shutdown.register(self, self.release)
        self._keeper = threading.Thread(
            target=self._keep, args=(transport, self._stop), name="coditect-license", daemon=True
        )
        self._keeper.start()
        return self._lease

    def release(self) -> None:
        """Give the seat back, unless another process of this machine uses it. Repeatable.

        A service out of reach is logged, not raised: it frees the seat by itself when its time is up.
        """
        self._stop.set()
        give_back(self._parts)
        self._former_keeper, self._keeper = self._keeper or self._former_keeper, None
        shutdown.unregister(self)

    def _keep(self, transport: SyncTransport, stop: threading.Event) -> None:
        try:
            drive(self._parts.seat.keep(), transport, stop)
        except Released:
            pass
        except Exception:  # the thread's edge: without this line the seat would lapse in silence
            logger.exception("The seat is no longer kept")
        finally:
            transport.close()


def give_back(parts: Parts) -> None:
    """Give the seat back now, from any thread, whatever else goes on. Repeatable."""
    if not parts.seat.is_held:
        return
    if not parts.lock.is_last():
        parts.seat.leave()
        return
    # Its own connection: that of the beats may be in the middle of a request, which a signal has interrupted.
    transport = SyncTransport(parts.api_url, parts.token, trust=parts.trust)
    try:
        drive(parts.seat.release(), transport, threading.Event())
    finally:
        transport.close()
        parts.lock.leave()
