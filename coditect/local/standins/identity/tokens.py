"""ID tokens (RS256), the key that signs them, and the ways in which its public half is published."""

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from coditect.graph.values import Json, JsonObject

LIFETIME_S = 3600


class InvalidTokenError(Exception):
    """The token is not ours, not for this audience, or over."""


class TokenKey:
    """An RSA-2048 key in `file`, which is made when it is not there."""

    def __init__(self, file: Path) -> None:
        if not file.exists():
            made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            file.touch(mode=0o600)
            file.write_bytes(
                made.private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        loaded = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(loaded, rsa.RSAPrivateKey):
            raise TypeError(f"{file} holds no RSA key. Delete it, and a new one is made.")
        self._key = loaded
        public = loaded.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.kid = hashlib.sha256(public).hexdigest()[:40]

    def sign(self, claims: JsonObject) -> str:
        """A token of these claims, an hour long from now."""
        now = int(time.time())
        return jwt.encode(
            {"iat": now, "exp": now + LIFETIME_S, **claims}, self._key, algorithm="RS256", headers={"kid": self.kid}
        )

    def verify(self, token: str, *, issuer: str, audience: str | None) -> JsonObject:
        """The claims. audience: None takes any. Raises InvalidTokenError."""
        try:
            claims: JsonObject = jwt.decode(
                token,
                self._key.public_key(),
                algorithms=["RS256"],
                issuer=issuer,
                audience=audience,
                options={"verify_aud": audience is not None, "require": ["exp", "sub", "aud"]},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(str(error)) from None
        return claims

    def jwks(self) -> JsonObject:
        """The public key as a JSON Web Key Set."""
        numbers = self._key.public_key().public_numbers()
        key: Json = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.kid,
            "n": _base64url(numbers.n),
            "e": _base64url(numbers.e),
        }
        return {"keys": [key]}

    def certificates(self) -> JsonObject:
        """The public key as Google's older libraries read it: a certificate by key id."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "securetoken.stand-in")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=16))
            .sign(self._key, hashes.SHA256())
        )
        return {self.kid: certificate.public_bytes(serialization.Encoding.PEM).decode()}


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
