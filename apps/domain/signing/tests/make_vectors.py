"""Writes docs/lease-format-vectors.json: leases that every verifier must accept, and some it must refuse.

    python -m apps.domain.signing.tests.make_vectors

The keys are made for this and thrown away, so a new run changes every signature: only a new format calls for one.
"""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from apps.domain.signing.keys import ALGORITHM, PSS, KeyVersion
from apps.domain.signing.lease import Lease, SignedLease
from apps.domain.signing.merkle import InclusionProof, batch_envelope, prove

VECTORS = Path(__file__).resolve().parents[4] / "docs" / "lease-format-vectors.json"
_ISSUED_AT = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
Json = dict[str, object]


def lease(number: int, *, tier: str = "pro", license_ends: datetime | None = None) -> Lease:
    """The lease number `number`: Bob of Acme on one of his machines."""
    return Lease(
        license_id="7f0c3a52-2b1e-4d0f-9a56-0f6d1c2b3a41",
        session_id=f"00000000-0000-4000-8000-{number:012d}",
        tenant_id="3b1d8f0e-5c5a-4a39-8f6e-1a2b3c4d5e6f",
        user_id="9e107d9d-372b-4b6e-8b1d-3542a419d6aa",
        hardware_id=hashlib.sha256(f"machine {number}".encode()).hexdigest(),
        fence=number,
        seats_used=number,
        seats_total=100,
        tier=tier,
        issued_at=_ISSUED_AT,
        expires_at=_ISSUED_AT + timedelta(seconds=360),
        license_expires_at=license_ends,
        heartbeat_interval=300,
    )


class Key:
    """A throw-away RSA-4096 key."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        self.version = KeyVersion.of(self.private.public_key(), number=1, name="vector", created_at=_ISSUED_AT)

    def sign(self, message: bytes, pss: padding.PSS = PSS) -> bytes:
        return self.private.sign(message, pss, hashes.SHA256())

    def alone(self, one: Lease) -> Json:
        message = one.signed_bytes(key_id=self.version.key_id)
        return _reply(one, self, self.sign(message), None)

    def batch(self, leases: list[Lease]) -> list[Json]:
        root, proofs = prove([one.signed_bytes(key_id=self.version.key_id) for one in leases])
        envelope = batch_envelope(root=root, size=len(leases), key_id=self.version.key_id)
        signature = self.sign(envelope)
        return [_reply(one, self, signature, proof) for one, proof in zip(leases, proofs, strict=True)]


def _reply(one: Lease, key: Key, signature: bytes, proof: InclusionProof | None) -> Json:
    signed = SignedLease(lease=one, key_id=key.version.key_id, signature=signature, proof=proof)
    return cast("Json", signed.as_json())


def main() -> None:
    """Write the file anew."""
    key, stranger = Key(), Key()
    plain = lease(1)
    alone = key.alone(plain)
    batches = {size: key.batch([lease(i + 1) for i in range(size)]) for size in (2, 3, 7, 8)}
    of_seven = batches[7][4]
    proof = cast("Json", of_seven["proof"])
    path = cast("list[str]", proof["path"])
    envelope: Json = {
        "key_id": key.version.key_id,
        "purpose": "coditect-license/lease-batch",
        "root": "00" * 32,
        "size": 2,
    }
    envelope_bytes = batch_envelope(root=bytes(32), size=2, key_id=key.version.key_id)

    three: Json = {name: alone[name] for name in ("license_id", "session_id", "expires_at")}
    shown: Json = {name: alone[name] for name in ("seats_used", "seats_total", "heartbeat_interval")}
    three_signature = key.sign(json.dumps(three, sort_keys=True).encode()).hex()
    version_1 = {**three, **shown, "signature": three_signature, "signature_version": 1}

    good: list[Json] = [
        {"name": "alone", "reply": alone},
        {
            "name": "alone, license with an end",
            "reply": key.alone(lease(2, license_ends=datetime(2027, 1, 1, tzinfo=UTC))),
        },
        {"name": "alone, text beyond ASCII", "reply": key.alone(lease(3, tier='größe "€" \u2028\n'))},
        {"name": "three-field form", "reply": version_1},
    ]
    for size, batch in batches.items():
        good += [{"name": f"lease {i + 1} of a batch of {size}", "reply": reply} for i, reply in enumerate(batch)]
    bad: list[Json] = [
        {"name": "tenant changed", "reply": {**alone, "tenant_id": "globex"}},
        {"name": "seats changed in a batch", "reply": {**of_seven, "seats_total": 1000}},
        {"name": "expiry changed", "reply": {**alone, "expires_at": "2036-03-01T12:06:00Z"}},
        {"name": "field added", "reply": {**alone, "entitlement": "everything"}},
        {"name": "field removed", "reply": {n: v for n, v in alone.items() if n != "tier"}},
        {"name": "signature of another lease", "reply": {**alone, "signature": key.alone(lease(9))["signature"]}},
        {"name": "signature of a batch read as one of a lease", "reply": {**of_seven, "proof": None}},
        {
            "name": "batch envelope passed off as a lease",
            "reply": {**envelope, "signature": key.sign(envelope_bytes).hex()},
        },
        {"name": "index of a neighbour", "reply": {**of_seven, "proof": {**proof, "index": 5}}},
        {"name": "index outside of the batch", "reply": {**of_seven, "proof": {**proof, "index": 7}}},
        {"name": "size changed", "reply": {**of_seven, "proof": {**proof, "size": 8}}},
        {"name": "path too short", "reply": {**of_seven, "proof": {**proof, "path": path[:-1]}}},
        {"name": "path too long", "reply": {**of_seven, "proof": {**proof, "path": [*path, "00" * 32]}}},
        {"name": "path reversed", "reply": {**of_seven, "proof": {**proof, "path": path[::-1]}}},
        {"name": "key unknown", "reply": stranger.alone(plain)},
        {
            "name": "signed by a stranger in the key's name",
            "reply": {
                **alone,
                "signature": stranger.sign(plain.signed_bytes(key_id=key.version.key_id)).hex(),
            },
        },
        {
            "name": "salt as long as the key allows",
            "reply": {
                **alone,
                "signature": key.sign(
                    plain.signed_bytes(key_id=key.version.key_id),
                    padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.MAX_LENGTH),
                ).hex(),
            },
        },
        {"name": "three-field form, expiry changed", "reply": {**version_1, "expires_at": "2036-03-01T12:06:00Z"}},
        {"name": "new form called the three-field form", "reply": {**alone, "signature_version": 1}},
    ]
    leaf = lease(5).signed_bytes(key_id=key.version.key_id)
    vectors: Json = {
        "about": "Test vectors of docs/lease-format.md. Written by apps/domain/signing/tests/make_vectors.py.",
        "keys": [{"key_id": key.version.key_id, "algorithm": ALGORITHM, "pem": key.version.pem, "not_after": None}],
        "steps": {
            "about": "What a verifier computes on the way, for lease 5 of the batch of 7",
            "leaf": leaf.decode(),
            "leaf_hash": hashlib.sha256(b"\x00" + leaf).hexdigest(),
            "root": prove([lease(i + 1).signed_bytes(key_id=key.version.key_id) for i in range(7)])[0].hex(),
            "envelope": batch_envelope(
                root=prove([lease(i + 1).signed_bytes(key_id=key.version.key_id) for i in range(7)])[0],
                size=7,
                key_id=key.version.key_id,
            ).decode(),
        },
        "valid": good,
        "invalid": bad,
    }
    VECTORS.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
