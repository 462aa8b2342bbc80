"""A lease as it is signed and as it travels: docs/lease-format.md is the same for other languages."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypedDict

from apps.domain.signing.merkle import InclusionProof

SIGNATURE_VERSION = 2


# Of text, whole numbers below 2^53 and null under ASCII names, this is RFC 8785 exactly, six times as fast as a whole
# implementation of it; a test holds the two together.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


class ProofJson(TypedDict):
    """Where the lease stands in its batch: `path` holds hex SHA-256 hashes from the leaf's sibling up."""

    index: int
    size: int
    path: list[str]


class SignedFields(TypedDict):
    """Every field that a signature covers. Instants are UTC, whole seconds, `2025-12-01T00:00:00Z`."""

    license_id: str
    session_id: str
    seats_used: int
    seats_total: int
    expires_at: str
    heartbeat_interval: int
    tenant_id: str
    user_id: str
    hardware_id: str
    fence: int
    tier: str
    issued_at: str
    license_expires_at: str | None
    key_id: str
    signature_version: int


class LeaseReply(SignedFields):
    """The whole reply of `POST /api/v1/licenses/acquire`."""

    signature: str
    proof: ProofJson | None


@dataclass(frozen=True, kw_only=True)
class Lease:
    """One seat, held by one user on one machine until `expires_at`.

    fence: rises with every grant of the license; what depends on the seat refuses a lower one.
    heartbeat_interval: seconds.
    issued_at, expires_at, license_expires_at: aware instants; they are signed in UTC, rounded down to the second,
    so that a client never believes in a seat longer than the service does.
    """

    license_id: str
    session_id: str
    tenant_id: str
    user_id: str
    hardware_id: str
    fence: int
    seats_used: int
    seats_total: int
    tier: str
    issued_at: datetime
    expires_at: datetime
    license_expires_at: datetime | None
    heartbeat_interval: int

    def __post_init__(self) -> None:
        # One lease that cannot be encoded would spoil the signature of everyone else in its batch.
        for name in ("license_id", "session_id", "tenant_id", "user_id", "hardware_id", "tier"):
            _check_text(name, getattr(self, name))
        for name in ("fence", "seats_used", "seats_total", "heartbeat_interval"):
            value = getattr(self, name)
            if not 0 <= value < 2**53:
                raise ValueError(
                    f"lease.{name} is {value}: JSON carries whole numbers exactly from 0 to 2^53 - 1 only."
                )
        for name in ("issued_at", "expires_at", "license_expires_at"):
            instant = getattr(self, name)
            if instant is not None and instant.tzinfo is None:
                raise ValueError(f"lease.{name} has no time zone: pass an aware instant, such as datetime.now(UTC).")
        if self.expires_at <= self.issued_at:
            raise ValueError(f"lease.expires_at ({self.expires_at}) must be after issued_at ({self.issued_at}).")

    def signed_fields(self, *, key_id: str) -> SignedFields:
        """What is signed: all fields of the reply but `signature` and `proof`."""
        return {
            "license_id": self.license_id,
            "session_id": self.session_id,
            "seats_used": self.seats_used,
            "seats_total": self.seats_total,
            "expires_at": _instant(self.expires_at),
            "heartbeat_interval": self.heartbeat_interval,
            "tenant_id": self.tenant_id,
            "user_id": self.user_id,
            "hardware_id": self.hardware_id,
            "fence": self.fence,
            "tier": self.tier,
            "issued_at": _instant(self.issued_at),
            "license_expires_at": None if self.license_expires_at is None else _instant(self.license_expires_at),
            "key_id": key_id,
            "signature_version": SIGNATURE_VERSION,
        }

    def signed_bytes(self, *, key_id: str) -> bytes:
        """Canonical JSON (RFC 8785) of `signed_fields`."""
        return _CANONICAL.encode(self.signed_fields(key_id=key_id)).encode()


@dataclass(frozen=True, kw_only=True)
class SignedLease:
    """A lease with a signature that anyone holding the public key can check.

    signature: RSASSA-PSS (SHA-256, salt 32) over the lease's bytes when `proof` is None, else over the batch envelope.
    """

    lease: Lease
    key_id: str
    signature: bytes
    proof: InclusionProof | None

    def as_json(self) -> LeaseReply:
        """The reply's JSON: the specification's fields and those that make it verifiable."""
        proof: ProofJson | None = None
        if self.proof is not None:
            path = [sibling.hex() for sibling in self.proof.path]
            proof = {"index": self.proof.index, "size": self.proof.size, "path": path}
        return {**self.lease.signed_fields(key_id=self.key_id), "signature": self.signature.hex(), "proof": proof}


def _check_text(name: str, value: str) -> None:
    if not value:
        raise ValueError(f"lease.{name} is empty.")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise ValueError(f"lease.{name} is not valid Unicode (a lone surrogate): refuse it where it came in.") from None


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
