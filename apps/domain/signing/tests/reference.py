"""Verification as docs/lease-format.md tells it, written from that page alone: it shares no code with the signer."""

import hashlib
import json
from collections.abc import Mapping
from typing import cast

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Json = Mapping[str, object]


def canonical(fields: Json) -> bytes:
    """RFC 8785 for what a lease holds: ASCII names, whole numbers, text, null."""
    return json.dumps(dict(sorted(fields.items())), separators=(",", ":"), ensure_ascii=False).encode()


def verify(reply: Json, keys: Mapping[str, str]) -> None:
    """Raises (InvalidSignature, KeyError, ValueError) unless `reply` was signed by one of `keys` (PEM by key id)."""
    message = canonical({name: value for name, value in reply.items() if name not in ("signature", "proof")})
    if reply["proof"] is not None:
        proof = cast("Json", reply["proof"])
        root = _root(message, cast("int", proof["index"]), cast("int", proof["size"]), cast("list[str]", proof["path"]))
        message = canonical(
            {
                "key_id": reply["key_id"],
                "purpose": "coditect-license/lease-batch",
                "root": root.hex(),
                "size": proof["size"],
            }
        )
    public_key = serialization.load_pem_public_key(keys[str(reply["key_id"])].encode())
    assert isinstance(public_key, rsa.RSAPublicKey)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    public_key.verify(bytes.fromhex(str(reply["signature"])), message, pss, hashes.SHA256())


def _root(leaf: bytes, index: int, size: int, path: list[str]) -> bytes:
    # RFC 9162, section 2.1.3.2
    if not 0 <= index < size:
        raise ValueError("index outside of the batch")
    node, fn, sn = hashlib.sha256(b"\x00" + leaf).digest(), index, size - 1
    for sibling in map(bytes.fromhex, path):
        if sn == 0:
            raise ValueError("path too long")
        if fn % 2 == 1 or fn == sn:
            node = hashlib.sha256(b"\x01" + sibling + node).digest()
            while fn % 2 == 0 and fn != 0:
                fn, sn = fn // 2, sn // 2
        else:
            node = hashlib.sha256(b"\x01" + node + sibling).digest()
        fn, sn = fn // 2, sn // 2
    if sn != 0:
        raise ValueError("path too short")
    return node
