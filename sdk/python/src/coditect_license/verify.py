"""Whether a lease is genuine: docs/lease-format.md, as code. No network, no clock, no state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from coditect_license.errors import InvalidLease, UnknownKey
from coditect_license.keys import PublicKey
from coditect_license.lease import GrantedLease

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_BATCH_PURPOSE = "coditect-license/lease-batch"
# A path of 64 would prove a batch of 2^64 leases; longer ones only cost time.
_LONGEST_PATH = 64


def verify_reply(reply: Mapping[str, Any], keys: Mapping[str, PublicKey]) -> GrantedLease:
    """The lease in `reply`, if one of `keys` (by id) signed it.

    Raises UnknownKey when its key is not among them, InvalidLease when anything does not fit.
    """
    lease = GrantedLease.from_reply(reply)
    signature = _hex(reply.get("signature"), "signature")
    if lease.signature_version == 1:
        _verify_three_fields(reply, signature, keys)
        return lease
    key = keys.get(lease.key_id or "")
    if key is None:
        raise UnknownKey(f"The lease is signed with key {lease.key_id}, which this client does not have.")
    assert lease.issued_at is not None
    if key.not_after is not None and lease.issued_at > key.not_after:
        raise InvalidLease(f"The lease was issued after the end ({key.not_after}) of its key {key.key_id}.")
    if not _is_signed(key.key, signature, _signed_bytes(reply)):
        raise InvalidLease("The lease's signature is wrong: it was changed, or someone else made it.")
    return lease


def _signed_bytes(reply: Mapping[str, Any]) -> bytes:
    leaf = _canonical({name: value for name, value in reply.items() if name not in ("signature", "proof")})
    proof = reply.get("proof")
    if proof is None:
        return leaf
    try:
        index, size = proof["index"], proof["size"]
        path = [_hex(sibling, "proof") for sibling in proof["path"]]
    except (TypeError, KeyError):
        raise InvalidLease("The lease's proof must have index, size and path.") from None
    root = _root(leaf, index, size, path)
    return _canonical({"key_id": reply["key_id"], "purpose": _BATCH_PURPOSE, "root": root.hex(), "size": size})


def _root(leaf: bytes, index: object, size: object, path: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to (RFC 9162, section 2.1.3.2). Raises InvalidLease."""
    # bool is an int in Python, and never one in JSON.
    if type(index) is not int or type(size) is not int or not 0 <= index < size or len(path) > _LONGEST_PATH:
        raise InvalidLease("The lease's proof is outside of its batch.")
    node = hashlib.sha256(b"\x00" + leaf).digest()
    position, last = index, size - 1
    for sibling in path:
        if last == 0:
            raise InvalidLease("The lease's proof is too long for its batch.")
        if position % 2 == 1 or position == last:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while position % 2 == 0 and position != 0:
                position, last = position // 2, last // 2
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        position, last = position // 2, last // 2
    if last != 0:
        raise InvalidLease("The lease's proof is too short for its batch.")
    return node


def _verify_three_fields(reply: Mapping[str, Any], signature: bytes, keys: Mapping[str, PublicKey]) -> None:
    """`signature_version` 1 covers three fields, written as Python's json.dumps does, and names no key."""
    signed = {name: reply[name] for name in ("license_id", "session_id", "expires_at")}
    message = json.dumps(signed, sort_keys=True).encode()
    if not keys:
        raise UnknownKey("This client has no public key yet.")
    if not any(_is_signed(key.key, signature, message) for key in keys.values()):
        raise InvalidLease("The lease's signature (version 1) is wrong for every known key.")


def _is_signed(key: rsa.RSAPublicKey, signature: bytes, message: bytes) -> bool:
    try:
        key.verify(signature, message, _PSS, hashes.SHA256())
    except InvalidSignature:
        return False
    return True


def _canonical(fields: Mapping[str, Any]) -> bytes:
    try:
        return rfc8785.dumps(dict(fields))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise InvalidLease(f"The lease cannot be written as canonical JSON: {error}.") from None


def _hex(value: object, name: str) -> bytes:
    if isinstance(value, str):
        try:
            return bytes.fromhex(value)
        except ValueError:
            pass
    raise InvalidLease(f"The lease's {name} is not hexadecimal text.")
