"""The key file of development, and settings that name no key."""

import os
from pathlib import Path
from time import monotonic

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.domain.signing import SigningMisconfiguredError, SigningUnavailable, build_signer
from apps.domain.signing.local import FileKeyStore
from apps.domain.signing.tests.conftest import MakeLease, write_key
from apps.domain.signing.tests.reference import verify

SOON = 30.0


def test_the_highest_number_of_a_directory_signs(tmp_path: Path, key_file: Path, make_lease: MakeLease) -> None:
    for number, age_days in ((9, 3), (10, 2)):
        path = write_key(tmp_path / f"{number}.pem")
        os.utime(path, (path.stat().st_mtime - age_days * 86400,) * 2)
    signer = build_signer(signing_key=f"file:{tmp_path}")
    reply = signer.sign(make_lease(), deadline=monotonic() + SOON).as_json()
    ninth, tenth = signer.public_keys()
    assert reply["key_id"] == tenth["key_id"]
    assert (ninth["not_after"] is None, tenth["not_after"] is None) == (False, True)
    verify(reply, {tenth["key_id"]: tenth["pem"]})


def test_a_key_that_is_taken_away_signs_nothing_more(tmp_path: Path, make_lease: MakeLease) -> None:
    path = write_key(tmp_path / "1.pem")
    signer = build_signer(signing_key=f"file:{path}")
    signer.sign(make_lease(), deadline=monotonic() + SOON)
    path.unlink()
    with pytest.raises(SigningUnavailable, match="cannot be read"):
        signer.sign(make_lease(), deadline=monotonic() + SOON)


def test_a_key_that_was_replaced_is_read_anew_and_one_that_was_not_is_not(tmp_path: Path) -> None:
    store = FileKeyStore(write_key(tmp_path / "1.pem"))
    (first,) = store.versions(timeout=0)
    assert store.versions(timeout=0)[0] is first
    write_key(tmp_path / "1.pem")
    (second,) = store.versions(timeout=0)
    assert second.key_id != first.key_id
    assert second.verifies(store.sign(second, b"lease", timeout=0), b"lease")
    (tmp_path / "1.pem").chmod(0o644)
    with pytest.raises(SigningMisconfiguredError, match="open to every user"):
        store.versions(timeout=0)


def test_a_missing_key_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(SigningMisconfiguredError, match="openssl genpkey"):
        build_signer(signing_key=f"file:{tmp_path / 'absent.pem'}")


def test_a_key_that_every_user_can_read_is_refused(tmp_path: Path) -> None:
    path = write_key(tmp_path / "key.pem")
    path.chmod(0o644)
    with pytest.raises(SigningMisconfiguredError, match="chmod 600"):
        build_signer(signing_key=f"file:{path}")


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    path = tmp_path / "short.pem"
    path.touch(mode=0o600)
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(SigningMisconfiguredError, match="4096 bits"):
        build_signer(signing_key=f"file:{path}")


@pytest.mark.parametrize("name", ["", "leases", "projects/p/cryptoKeys/k", "/etc/key.pem"])
def test_a_name_that_is_no_key_says_what_to_write(name: str) -> None:
    with pytest.raises(SigningMisconfiguredError, match="or file:PATH"):
        build_signer(signing_key=name)


def test_a_file_and_a_key_service_together_are_refused(key_file: Path) -> None:
    with pytest.raises(SigningMisconfiguredError, match="leave one of them out"):
        build_signer(signing_key=f"file:{key_file}", kms_endpoint="127.0.0.1:1")
