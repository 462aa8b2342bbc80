"""Verification against the published test vectors, which the signer's own tests check too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from service_stand_in import SigningKey

from coditect_license import GrantedLease, InvalidLease, UnknownKey, fetched_keys, verify_reply

VECTORS = json.loads((Path(__file__).resolve().parents[3] / "docs" / "lease-format-vectors.json").read_text())
KEYS = fetched_keys(json.dumps({"keys": VECTORS["keys"]}).encode())


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["name"])
def test_every_valid_vector_is_accepted(vector: dict[str, Any]) -> None:
    lease = verify_reply(vector["reply"], KEYS)
    assert isinstance(lease, GrantedLease)
    assert lease.session_id == vector["reply"]["session_id"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["name"])
def test_every_invalid_vector_is_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(InvalidLease):
        verify_reply(vector["reply"], KEYS)


def alone() -> dict[str, Any]:
    reply: dict[str, Any] = VECTORS["valid"][0]["reply"]
    return dict(reply)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("path too short", "too short"), ("path too long", "too long"), ("index outside of the batch", "outside")],
)
def test_a_proof_that_does_not_fit_its_batch_is_refused_before_any_signature_is_tried(name: str, reason: str) -> None:
    (vector,) = (vector for vector in VECTORS["invalid"] if vector["name"] == name)
    with pytest.raises(InvalidLease, match=reason):
        verify_reply(vector["reply"], KEYS)


def test_an_unknown_key_is_told_apart_so_that_keys_can_be_fetched() -> None:
    with pytest.raises(UnknownKey):
        verify_reply(alone(), {})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("session_id", 5),
        ("session_id", ""),
        ("seats_used", "1"),
        ("seats_used", True),
        ("seats_used", -1),
        ("fence", 1.5),
        ("expires_at", "tomorrow"),
        ("expires_at", "2026-03-01T12:06:00"),
        ("expires_at", "2026-03-01T11:00:00Z"),
        ("heartbeat_interval", 0),
        ("signature_version", 3),
        ("signature_version", True),
        ("signature", None),
        ("signature", "not hex"),
        ("proof", []),
        ("proof", {"index": 0, "size": 1, "path": "00"}),
        ("proof", {"index": 0, "size": 2}),
        ("proof", {"index": True, "size": 2, "path": []}),
        ("proof", {"index": 0, "size": 2**70, "path": ["00" * 32] * 70}),
        ("tier", "\ud800"),
        ("license_expires_at", "never"),
    ],
)
def test_a_malformed_field_is_an_invalid_lease_and_nothing_worse(field: str, value: object) -> None:
    with pytest.raises(InvalidLease):
        verify_reply({**alone(), field: value}, KEYS)


def test_a_field_that_a_later_service_adds_is_covered_by_the_signature(key: SigningKey) -> None:
    fields = {name: value for name, value in alone().items() if name not in ("signature", "proof", "key_id")}
    reply = key.sign_alone({**fields, "region": "us-central1"})
    keys = fetched_keys(json.dumps([key.entry()]).encode())
    verify_reply(reply, keys)
    with pytest.raises(InvalidLease):
        verify_reply({**reply, "region": "us-east1"}, keys)


def test_a_listed_key_that_does_not_have_its_id_is_refused(key: SigningKey, other_key: SigningKey) -> None:
    with pytest.raises(InvalidLease, match="does not have that id"):
        fetched_keys(json.dumps([{**key.entry(), "key_id": other_key.key_id}]).encode())


def test_keys_of_other_algorithms_are_left_out(key: SigningKey) -> None:
    assert fetched_keys(json.dumps([{"algorithm": "EC_SIGN_P256_SHA256"}, key.entry()]).encode()).keys() == {key.key_id}


@pytest.mark.parametrize("body", [b"", b"null", b"<html>", b"[1]", b'{"keys": 5}', b"[{}]"])
def test_a_listing_that_is_none_is_an_invalid_lease_and_nothing_worse(body: bytes) -> None:
    with pytest.raises(InvalidLease):
        fetched_keys(body)
