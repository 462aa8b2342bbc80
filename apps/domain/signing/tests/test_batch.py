"""Many threads, one signature: every reply verifies alone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import cast

import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

from apps.domain.signing import BatchSigner, Lease, LeaseReply, SigningUnavailable, batch, build_signer
from apps.domain.signing.keys import KeyVersion
from apps.domain.signing.local import FileKeyStore
from apps.domain.signing.ring import KeyRing
from apps.domain.signing.tests.conftest import MakeLease
from apps.domain.signing.tests.reference import verify

SOON = 30.0


class GatedStore(FileKeyStore):
    """A key file whose signatures wait until the test lets them go: so the test decides what a batch is."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.gate = threading.Event()
        self.began = threading.Semaphore(0)
        self.signatures = 0

    def sign(self, version: KeyVersion, message: bytes, *, timeout: float) -> bytes:
        self.began.release()
        if not self.gate.wait(timeout):
            raise SigningUnavailable("the gate stayed shut")
        self.signatures += 1
        return super().sign(version, message, timeout=timeout)


@pytest.fixture
def store(key_file: Path) -> GatedStore:
    return GatedStore(key_file)


@pytest.fixture
def signer(store: GatedStore) -> BatchSigner:
    return BatchSigner(store=store, ring=KeyRing(store, grace=timedelta(days=30)))


def pems(signer: BatchSigner) -> dict[str, str]:
    return {key["key_id"]: key["pem"] for key in signer.public_keys()}


def sign_together(signer: BatchSigner, store: GatedStore, leases: list[Lease]) -> tuple[LeaseReply, list[LeaseReply]]:
    """The first lease goes alone and holds the signer up; the others gather behind it."""
    with ThreadPoolExecutor(len(leases)) as pool:
        first = pool.submit(signer.sign, leases[0], deadline=monotonic() + SOON)
        assert store.began.acquire(timeout=SOON)
        rest = [pool.submit(signer.sign, lease, deadline=monotonic() + SOON) for lease in leases[1:]]
        wait_for(lambda: signer._queue.qsize() == len(leases) - 1)
        store.gate.set()
        return first.result().as_json(), [future.result().as_json() for future in rest]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = monotonic() + SOON
    while not condition():
        assert monotonic() < deadline, "the condition never came true"
        threading.Event().wait(0.005)


def test_a_lease_alone_is_signed_plainly(signer: BatchSigner, store: GatedStore, make_lease: MakeLease) -> None:
    store.gate.set()
    reply = signer.sign(make_lease(), deadline=monotonic() + SOON).as_json()
    assert reply["proof"] is None
    verify(reply, pems(signer))


@pytest.mark.parametrize("size", [2, 3, 4, 7, 8, 13])
def test_what_gathers_while_the_signer_is_busy_shares_one_signature(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease, size: int
) -> None:
    leases = [make_lease(session=f"sess-{i}", fence=i) for i in range(size + 1)]
    first, rest = sign_together(signer, store, leases)
    assert store.signatures == 2
    assert first["proof"] is None
    assert len({reply["signature"] for reply in rest}) == 1
    assert [reply["proof"]["size"] for reply in rest if reply["proof"]] == [size] * size
    for reply in rest:
        verify(reply, pems(signer))


def test_each_caller_gets_its_own_lease_back(signer: BatchSigner, store: GatedStore, make_lease: MakeLease) -> None:
    leases = [make_lease(session=f"sess-{i}", fence=i) for i in range(9)]
    _, rest = sign_together(signer, store, leases)
    assert [reply["session_id"] for reply in rest] == [f"sess-{i}" for i in range(1, 9)]


@pytest.mark.parametrize("field", ["tenant_id", "hardware_id", "user_id", "session_id", "expires_at", "tier", "key_id"])
def test_a_changed_field_breaks_the_signature_alone_and_in_a_batch(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease, field: str
) -> None:
    first, rest = sign_together(signer, store, [make_lease(session=f"sess-{i}") for i in range(4)])
    keys = pems(signer)
    for reply in (first, rest[0]):
        keys["globex"] = keys[reply["key_id"]]
        with pytest.raises(InvalidSignature):
            verify({**reply, field: "globex"}, keys)


def test_a_proof_of_another_lease_of_the_batch_does_not_verify(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease
) -> None:
    _, rest = sign_together(signer, store, [make_lease(session=f"sess-{i}") for i in range(5)])
    with pytest.raises(InvalidSignature):
        verify({**rest[0], "proof": rest[1]["proof"]}, pems(signer))


def test_the_signature_of_a_batch_is_not_one_of_a_lease(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease
) -> None:
    _, rest = sign_together(signer, store, [make_lease(session=f"sess-{i}") for i in range(5)])
    with pytest.raises(InvalidSignature):
        verify({**rest[0], "proof": None}, pems(signer))


def test_a_caller_gives_up_at_its_own_deadline_and_is_not_signed_for(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease
) -> None:
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(signer.sign, make_lease(), deadline=monotonic() + SOON)
        assert store.began.acquire(timeout=SOON)
        with pytest.raises(SigningUnavailable, match="slow or down"):
            signer.sign(make_lease(session="hasty"), deadline=monotonic() + 0.05)
        patient = pool.submit(signer.sign, make_lease(session="patient"), deadline=monotonic() + SOON)
        wait_for(lambda: signer._queue.qsize() == 2)
        store.gate.set()
        first.result()
        assert patient.result().proof is None, "the lease that nobody waited for was signed too"


def test_a_failed_signature_reaches_every_waiting_caller_and_the_next_batch_is_signed(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease
) -> None:
    with pytest.raises(SigningUnavailable):
        signer.sign(make_lease(), deadline=monotonic() + 0.1)
    store.gate.set()
    verify(signer.sign(make_lease(), deadline=monotonic() + SOON).as_json(), pems(signer))


def test_a_hundred_threads_on_a_real_key_all_get_what_verifies(key_file: Path, make_lease: MakeLease) -> None:
    signer = build_signer(signing_key=f"file:{key_file}")
    with ThreadPoolExecutor(100) as pool:
        futures = [
            pool.submit(signer.sign, make_lease(session=f"sess-{i}", fence=i), deadline=monotonic() + SOON)
            for i in range(500)
        ]
        replies = [future.result().as_json() for future in futures]
    assert sorted(reply["fence"] for reply in replies) == list(range(500))
    assert len({reply["signature"] for reply in replies}) < 250
    for reply in replies:
        verify(reply, pems(signer))


def test_after_a_signature_the_signer_rests_so_that_leases_gather(
    signer: BatchSigner, store: GatedStore, make_lease: MakeLease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "REST_S", 1.0)
    store.gate.set()
    signer.sign(make_lease(), deadline=monotonic() + SOON)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(signer.sign, make_lease(), deadline=monotonic() + SOON)]
        # Long enough for a signer that does not rest to sign it alone.
        threading.Event().wait(0.1)
        waiting += [pool.submit(signer.sign, make_lease(), deadline=monotonic() + SOON) for _ in range(2)]
        proofs = [future.result().proof for future in waiting]
    assert [proof.size for proof in proofs if proof] == [3, 3, 3]


@given(
    text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=255),
    fence=st.integers(0, 2**53 - 1),
    ends=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_signed_is_canonical_json(text: str, fence: int, ends: datetime | None) -> None:
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    lease = Lease(
        license_id=text, session_id=text, tenant_id="acme", user_id="bob", hardware_id=text, fence=fence, seats_used=1,
        seats_total=fence, tier="pro", issued_at=now, expires_at=now + timedelta(seconds=360), license_expires_at=ends,
        heartbeat_interval=300,
    )  # fmt: skip
    expected = rfc8785.dumps(cast("dict[str, str | int | None]", lease.signed_fields(key_id="k")))
    assert lease.signed_bytes(key_id="k") == expected


def test_instants_are_signed_in_utc_rounded_down_to_the_second(make_lease: MakeLease) -> None:
    fields = make_lease().signed_fields(key_id="k")
    assert (fields["issued_at"], fields["expires_at"]) == ("2026-03-01T12:00:00Z", "2026-03-01T12:06:00Z")


def test_a_naive_instant_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        Lease(
            license_id="l",
            session_id="s",
            tenant_id="t",
            user_id="u",
            hardware_id="h",
            fence=1,
            seats_used=1,
            seats_total=1,
            tier="pro",
            issued_at=datetime(2026, 1, 1),  # noqa: DTZ001 - the defect under test
            expires_at=datetime(2026, 1, 2, tzinfo=UTC),
            license_expires_at=None,
            heartbeat_interval=300,
        )


def test_text_that_cannot_be_encoded_is_refused_before_it_can_spoil_a_batch(make_lease: MakeLease) -> None:
    with pytest.raises(ValueError, match="lone surrogate"):
        make_lease(session="sess-\ud800")
