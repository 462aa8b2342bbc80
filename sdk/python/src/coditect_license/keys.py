"""Public keys of the license service: pinned by the application, or fetched from the service and kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from coditect_license.errors import ConfigurationError, InvalidLease
from coditect_license.lease import parse_instant

ALGORITHM = "RSA_SIGN_PSS_4096_SHA256"


@dataclass(frozen=True)
class PublicKey:
    """One version of the service's signing key. not_after: no lease issued later may use it; None for no end."""

    key_id: str
    key: rsa.RSAPublicKey
    not_after: datetime | None = None


def pinned_keys(pems: Iterable[str]) -> Mapping[str, PublicKey]:
    """Keys by id from PEM texts, each of which may hold several. Raises ConfigurationError."""
    keys = {}
    for text in pems:
        for block in _pem_blocks(text):
            try:
                key = _load(block)
            except ValueError as error:
                raise ConfigurationError(f"A pinned public key is not usable: {error}.") from None
            keys[key_id(key)] = PublicKey(key_id=key_id(key), key=key)
    if not keys:
        raise ConfigurationError(
            "No public key is pinned: pass PEM texts (-----BEGIN PUBLIC KEY-----), or none at all to fetch the keys."
        )
    return keys


def fetched_keys(answer: bytes) -> Mapping[str, PublicKey]:
    """Keys by id from the body of `GET /api/v1/keys`: a list, or an object with the list under `keys`.

    Keys of other algorithms are left out: they are for other clients. Raises InvalidLease when it is no such body.
    """
    try:
        listing = json.loads(answer)
        entries = listing["keys"] if isinstance(listing, dict) else listing
        found = [_entry(entry) for entry in entries if entry["algorithm"] == ALGORITHM]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidLease(f"The service's list of public keys cannot be read: {error!r}.") from None
    return {key.key_id: key for key in found}


def key_id(key: rsa.RSAPublicKey) -> str:
    """Hex SHA-256 of the key's DER (SubjectPublicKeyInfo)."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def _entry(entry: Mapping[str, Any]) -> PublicKey:
    key = _load(entry["pem"])
    if key_id(key) != entry["key_id"]:
        raise ValueError(f"key {entry['key_id']} does not have that id")
    not_after = entry.get("not_after")
    return PublicKey(key_id=entry["key_id"], key=key, not_after=None if not_after is None else parse_instant(not_after))


def _load(pem: str) -> rsa.RSAPublicKey:
    key = serialization.load_pem_public_key(pem.encode())
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < 4096:
        raise ValueError("it is not an RSA key of 4096 bits")
    return key


def _pem_blocks(text: str) -> list[str]:
    end = "-----END PUBLIC KEY-----"
    return [block + end for block in text.split(end) if block.strip()]
