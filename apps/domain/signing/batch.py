"""Batched signing: one RSA signature serves every lease that was waiting when the signer became free.

A batch of one is a plain signature of the lease. Alone on the machine a caller pays for one signature and never waits
for a timer. Under load the signer rests after a signature, and the leases that gather meanwhile share the next one.
"""

import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from time import monotonic, sleep

from prometheus_client import Histogram

from apps.domain.operations.tracing import tracer
from apps.domain.signing.errors import KeyVersionNotEnabledError, SigningError, SigningUnavailable
from apps.domain.signing.keys import KeyStore, KeyVersion, PublicKeyJson
from apps.domain.signing.lease import Lease, SignedLease
from apps.domain.signing.merkle import batch_envelope, prove
from apps.domain.signing.ring import KeyRing

logger = logging.getLogger(__name__)

MAX_WAIT_S = 2.0
"""How long an acquire may wait for its signature (specification of the license service: at most 2 s)."""

REST_S = 0.020
"""How long the signer rests after a signature. RSA-4096 costs 2 ms of a core, so that signing at once whatever is there
takes half of the machine when acquires come fastest (docs/adr/0010-license-hot-path.md)."""

BATCH_SIZE = Histogram("license_signing_batch_size", "Leases signed by one signature", buckets=(1, 2, 4, 8, 16, 32, 64))
SIGNING_SECONDS = Histogram(
    "license_signing_seconds",
    "Seconds one signature took, by outcome",
    ("outcome",),
    buckets=(0.002, 0.01, 0.05, 0.2, 1, 2),
)


@dataclass(frozen=True, kw_only=True)
class _Waiting:
    """asked_in: the span that waits."""

    lease: Lease
    deadline: float
    asked_in: object | None = field(default_factory=tracer.here)
    signed: Future[SignedLease] = field(default_factory=Future)


class BatchSigner:
    """Signs leases for the threads of one process. Its own thread starts with the first lease."""

    def __init__(self, *, store: KeyStore, ring: KeyRing) -> None:
        self._store = store
        self._ring = ring
        self._queue: SimpleQueue[_Waiting] = SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def sign(self, lease: Lease, *, deadline: float) -> SignedLease:
        """Block until `lease` is signed, at the latest until `deadline` (of `time.monotonic`).

        Raises SigningUnavailable at the deadline, or earlier when the key service refuses.
        """
        with tracer.step("sign lease") as traced:
            signed = self._sign(lease, deadline)
            traced.shared_by(signed.proof.size if signed.proof else 1)
            return signed

    def _sign(self, lease: Lease, deadline: float) -> SignedLease:
        self._ensure_thread()
        waiting = _Waiting(lease=lease, deadline=deadline)
        self._queue.put(waiting)
        try:
            return waiting.signed.result(timeout=max(0.0, deadline - monotonic()))
        except TimeoutError:
            # Not signed for nothing if its turn has not come yet.
            waiting.signed.cancel()
            raise SigningUnavailable("The lease was not signed in time: the signing key is slow or down.") from None

    def public_keys(self, *, timeout: float = MAX_WAIT_S) -> list[PublicKeyJson]:
        """The keys with which living leases verify. Raises SigningUnavailable when they were never to be had."""
        return self._ring.published(timeout=timeout)

    def check_ready(self, *, timeout: float) -> None:
        """Returns when a signing version is known. Raises SigningUnavailable or SigningMisconfiguredError."""
        self._ring.current(timeout=timeout)

    def _ensure_thread(self) -> None:
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="lease-signer", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        rested_at = 0.0
        while True:
            batch = [self._queue.get()]
            sleep(max(0.0, rested_at - monotonic()))
            try:
                while True:
                    batch.append(self._queue.get_nowait())
            except Empty:
                pass
            batch = [waiting for waiting in batch if waiting.signed.set_running_or_notify_cancel()]
            if not batch:
                continue
            try:
                # One call for all: it is shown in the request that has waited longest.
                with tracer.within(next((each.asked_in for each in batch if each.asked_in), None)):
                    signed = self._sign_batch(batch)
            except SigningError as error:
                logger.warning("A batch of %d leases was not signed: %s", len(batch), error)
                _fail(batch, error)
            except Exception as error:  # the thread's edge: whoever waits must hear of it, and the next batch be signed
                logger.exception("A batch of %d leases was not signed", len(batch))
                _fail(batch, error)
            else:
                rested_at = monotonic() + REST_S
                for waiting, lease in zip(batch, signed, strict=True):
                    waiting.signed.set_result(lease)

    def _sign_batch(self, batch: list[_Waiting]) -> list[SignedLease]:
        deadline = max(waiting.deadline for waiting in batch)
        version = self._ring.current(timeout=_left(deadline))
        try:
            return self._sign_with(version, batch, deadline)
        except KeyVersionNotEnabledError:
            logger.warning(
                "Version %d of the signing key is no longer enabled; reading the versions anew", version.number
            )
            self._ring.refresh(timeout=_left(deadline))
            return self._sign_with(self._ring.current(timeout=_left(deadline)), batch, deadline)

    def _sign_with(self, version: KeyVersion, batch: list[_Waiting], deadline: float) -> list[SignedLease]:
        leaves = [waiting.lease.signed_bytes(key_id=version.key_id) for waiting in batch]
        root, proofs = prove(leaves)
        alone = len(batch) == 1
        message = leaves[0] if alone else batch_envelope(root=root, size=len(batch), key_id=version.key_id)
        started = monotonic()
        outcome = "failed"
        try:
            signature = self._store.sign(version, message, timeout=_left(deadline))
            outcome = "signed"
        finally:
            SIGNING_SECONDS.labels(outcome).observe(monotonic() - started)
        BATCH_SIZE.observe(len(batch))
        return [
            SignedLease(lease=waiting.lease, key_id=version.key_id, signature=signature, proof=None if alone else proof)
            for waiting, proof in zip(batch, proofs, strict=True)
        ]


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for waiting in batch:
        # Its own object for each thread: raising one object in several would mix their tracebacks.
        unavailable = SigningUnavailable(f"The lease was not signed: {error}")
        unavailable.__cause__ = error
        waiting.signed.set_exception(unavailable)


def _left(deadline: float) -> float:
    left = deadline - monotonic()
    if left <= 0:
        raise SigningUnavailable("The lease was not signed in time: the signing key is slow or down.")
    return left
