"""Versions of the signing key, and what a place that keeps them must do."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Protocol, Self, TypedDict

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from apps.domain.signing.errors import SigningMisconfiguredError

ALGORITHM = "RSA_SIGN_PSS_4096_SHA256"  # Cloud KMS's name: RSASSA-PSS, SHA-256, MGF1 with SHA-256, salt of 32 bytes
KEY_BITS = 4096
# The salt is as long as the digest: what Cloud KMS makes, and what RFC 8017 recommends.
PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)


class PublicKeyJson(TypedDict):
    """One entry of `GET /api/v1/keys`; `not_after` is UTC, or null for a key with no end yet."""

    key_id: str
    algorithm: str
    pem: str
    not_after: str | None


@dataclass(frozen=True, kw_only=True)
class KeyVersion:
    """One version of the signing key.

    number: rises with every version. name: how its store knows it (resource name or path).
    key_id: hex SHA-256 of the public key's DER (SubjectPublicKeyInfo): a client can check that id and key match.
    """

    number: int
    name: str
    key_id: str
    public_key: rsa.RSAPublicKey
    created_at: datetime

    @classmethod
    def of(cls, public_key: object, *, number: int, name: str, created_at: datetime) -> Self:
        """Raises SigningMisconfiguredError unless `public_key` is RSA-4096."""
        if not isinstance(public_key, rsa.RSAPublicKey) or public_key.key_size != KEY_BITS:
            raise SigningMisconfiguredError(
                f"{name} is not an RSA key of {KEY_BITS} bits: clients would reject its leases. "
                f"Make one of algorithm {ALGORITHM}, or locally: "
                f"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{KEY_BITS} -out signing-key.pem"
            )
        der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return cls(
            number=number, name=name, key_id=sha256(der).hexdigest(), public_key=public_key, created_at=created_at
        )

    @property
    def pem(self) -> str:
        """The public key as PEM (SubjectPublicKeyInfo)."""
        return self.public_key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` is this version's over `message`."""
        try:
            self.public_key.verify(signature, message, PSS, hashes.SHA256())
        except InvalidSignature:
            return False
        return True


class KeyStore(Protocol):
    """Where the key's versions live and sign. Calls may block on a network, at most for `timeout` seconds."""

    def versions(self, *, timeout: float) -> tuple[KeyVersion, ...]:
        """The enabled versions, oldest first; at least one.

        Raises SigningUnavailable (ask again later) or SigningMisconfiguredError.
        """

    def sign(self, version: KeyVersion, message: bytes, *, timeout: float) -> bytes:
        """RSASSA-PSS signature (512 bytes) over `message`.

        Raises SigningUnavailable, or KeyVersionNotEnabledError when the version was taken out of use.
        """
