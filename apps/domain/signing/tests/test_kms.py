"""Cloud KMS, slow, down, damaged and rotated: the client code is Google's, the server a stand-in on this machine."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import kms_v1
from google.protobuf.field_mask_pb2 import FieldMask

from apps.domain.signing import BatchSigner, SigningMisconfiguredError, SigningUnavailable, build_signer
from apps.domain.signing.kms import KmsKeyStore
from apps.domain.signing.ring import PROPAGATION, KeyRing
from apps.domain.signing.tests.conftest import KEY, Kms, MakeLease
from apps.domain.signing.tests.reference import verify

SOON = 30.0


@pytest.fixture
def signer(kms: Kms) -> BatchSigner:
    return build_signer(signing_key=KEY, kms_endpoint=kms.endpoint)


def pems(signer: BatchSigner) -> dict[str, str]:
    return {key["key_id"]: key["pem"] for key in signer.public_keys(timeout=SOON)}


def test_a_lease_signed_by_cloud_kms_verifies(signer: BatchSigner, make_lease: MakeLease) -> None:
    verify(signer.sign(make_lease(), deadline=monotonic() + SOON).as_json(), pems(signer))


def test_the_stand_in_names_itself_and_claims_no_hardware(kms: Kms) -> None:
    version = kms.client().get_crypto_key_version(name=f"{KEY}/cryptoKeyVersions/1")
    assert version.protection_level == kms_v1.ProtectionLevel.SOFTWARE


def test_the_stand_in_refuses_a_digest_that_arrived_damaged(kms: Kms) -> None:
    request = kms_v1.AsymmetricSignRequest(
        name=f"{KEY}/cryptoKeyVersions/1", digest=kms_v1.Digest(sha256=b"\x00" * 32), digest_crc32c=1
    )
    with pytest.raises(GoogleAPICallError, match="digest_crc32c"):
        kms.client().asymmetric_sign(request=request)


@pytest.mark.parametrize("damage", ["checksum", "signature", "name", "digest"])
def test_a_damaged_reply_is_never_handed_on(kms: Kms, signer: BatchSigner, make_lease: MakeLease, damage: str) -> None:
    kms.go_wrong(damage=damage)
    with pytest.raises(SigningUnavailable):
        signer.sign(make_lease(), deadline=monotonic() + 1)


def test_a_damaged_reply_is_asked_for_again_until_a_sound_one_comes(
    kms: Kms, signer: BatchSigner, make_lease: MakeLease
) -> None:
    kms.go_wrong(damage="checksum")
    with ThreadPoolExecutor(1) as pool:
        signing = pool.submit(signer.sign, make_lease(), deadline=monotonic() + SOON)
        with pytest.raises(TimeoutError):
            signing.result(timeout=1)
        kms.faults.unlink()
        verify(signing.result().as_json(), pems(signer))


def test_a_slow_key_service_costs_a_caller_no_more_than_its_deadline(
    kms: Kms, signer: BatchSigner, make_lease: MakeLease
) -> None:
    signer.sign(make_lease(), deadline=monotonic() + SOON)
    kms.go_wrong(latency_s=20)
    with pytest.raises(SigningUnavailable):
        signer.sign(make_lease(), deadline=monotonic() + 0.5)


def test_signing_goes_on_by_itself_after_an_outage(kms: Kms, signer: BatchSigner, make_lease: MakeLease) -> None:
    signer.sign(make_lease(), deadline=monotonic() + SOON)
    kms.process.send_signal(signal.SIGSTOP)
    with pytest.raises(SigningUnavailable):
        signer.sign(make_lease(), deadline=monotonic() + 0.5)
    kms.process.send_signal(signal.SIGCONT)
    verify(signer.sign(make_lease(), deadline=monotonic() + SOON).as_json(), pems(signer))


def test_a_killed_key_service_is_an_error_that_callers_can_wait_out(
    kms: Kms, signer: BatchSigner, make_lease: MakeLease
) -> None:
    signer.sign(make_lease(), deadline=monotonic() + SOON)
    kms.process.kill()
    kms.process.wait()
    with pytest.raises(SigningUnavailable):
        signer.sign(make_lease(), deadline=monotonic() + 1)


def test_the_published_keys_outlive_an_outage(kms: Kms, signer: BatchSigner, monkeypatch: pytest.MonkeyPatch) -> None:
    before = signer.public_keys(timeout=SOON)
    monkeypatch.setattr("apps.domain.signing.ring.REFRESH_S", 0.0)
    kms.go_wrong(error="UNAVAILABLE")
    assert signer.public_keys(timeout=1) == before


def test_a_new_version_signs_once_every_process_publishes_it(kms: Kms, make_lease: MakeLease) -> None:
    store = KmsKeyStore(KEY, endpoint=kms.endpoint)
    now = datetime.now(UTC)
    ring = KeyRing(store, grace=timedelta(days=30), now=lambda: now)
    signer = BatchSigner(store=store, ring=ring)
    old = signer.sign(make_lease(), deadline=monotonic() + SOON).as_json()

    kms.client().create_crypto_key_version(parent=KEY, crypto_key_version=kms_v1.CryptoKeyVersion())
    ring.refresh(timeout=SOON)
    now = datetime.now(UTC)
    assert len(signer.public_keys()) == 2
    assert signer.sign(make_lease(), deadline=monotonic() + SOON).key_id == old["key_id"]

    now += PROPAGATION
    new = signer.sign(make_lease(), deadline=monotonic() + SOON).as_json()
    assert new["key_id"] != old["key_id"]
    keys = signer.public_keys()
    assert [key["not_after"] is None for key in keys] == [False, True]
    for reply in (old, new):
        verify(reply, pems(signer))

    now += timedelta(days=30)
    assert list(pems(signer)) == [new["key_id"]]


def test_a_disabled_version_is_left_at_once(kms: Kms, make_lease: MakeLease) -> None:
    store = KmsKeyStore(KEY, endpoint=kms.endpoint)
    now = datetime.now(UTC)
    signer = BatchSigner(store=store, ring=KeyRing(store, grace=timedelta(days=30), now=lambda: now))
    client = kms.client()
    client.create_crypto_key_version(parent=KEY, crypto_key_version=kms_v1.CryptoKeyVersion())
    now = datetime.now(UTC) + PROPAGATION
    newest = signer.sign(make_lease(), deadline=monotonic() + SOON)

    client.update_crypto_key_version(
        crypto_key_version=kms_v1.CryptoKeyVersion(
            name=f"{KEY}/cryptoKeyVersions/2", state=kms_v1.CryptoKeyVersion.CryptoKeyVersionState.DISABLED
        ),
        update_mask=FieldMask(paths=["state"]),
    )
    fallback = signer.sign(make_lease(), deadline=monotonic() + SOON)
    assert fallback.key_id != newest.key_id
    assert list(pems(signer)) == [fallback.key_id]


def test_a_named_version_signs_while_a_newer_one_is_already_published(kms: Kms, make_lease: MakeLease) -> None:
    kms.client().create_crypto_key_version(parent=KEY, crypto_key_version=kms_v1.CryptoKeyVersion())
    signer = build_signer(signing_key=f"{KEY}/cryptoKeyVersions/1", kms_endpoint=kms.endpoint)
    first, second = signer.public_keys(timeout=SOON)
    assert signer.sign(make_lease(), deadline=monotonic() + SOON).key_id == first["key_id"]
    assert first["not_after"] is None
    assert second["not_after"] is None


def test_an_unknown_key_says_what_to_write(kms: Kms) -> None:
    signer = build_signer(signing_key=KEY + "-other", kms_endpoint=kms.endpoint)
    with pytest.raises(SigningMisconfiguredError, match="Write the key's full name"):
        signer.check_ready(timeout=SOON)


def test_a_key_service_without_encryption_must_be_on_this_machine() -> None:
    with pytest.raises(SigningMisconfiguredError, match="must be on this machine"):
        build_signer(signing_key=KEY, kms_endpoint="kms.example.com:443")
