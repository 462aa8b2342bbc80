"""Merkle tree of RFC 6962, section 2.1: one signature over the root vouches for every leaf.

Leaves and nodes are hashed with different first bytes, so no node can be passed off as a leaf (second preimage).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

import rfc8785

BATCH_PURPOSE = "coditect-license/lease-batch"


@dataclass(frozen=True, kw_only=True)
class InclusionProof:
    """How leaf `index` of `size` leads to the root: the siblings on the way, from the leaf up (32 bytes each)."""

    index: int
    size: int
    path: tuple[bytes, ...]


def prove(leaves: Sequence[bytes]) -> tuple[bytes, tuple[InclusionProof, ...]]:
    """The root over `leaves` (at least one, any bytes) and each leaf's proof, in the order of the leaves."""
    if not leaves:
        raise ValueError("A tree needs at least one leaf.")
    root, paths = _subtree([sha256(b"\x00" + leaf).digest() for leaf in leaves])
    size = len(leaves)
    return root, tuple(InclusionProof(index=i, size=size, path=tuple(path)) for i, path in enumerate(paths))


def batch_envelope(*, root: bytes, size: int, key_id: str) -> bytes:
    """What is signed for a batch. It names its purpose: a root's signature can never be read as that of a lease."""
    return rfc8785.dumps({"purpose": BATCH_PURPOSE, "root": root.hex(), "size": size, "key_id": key_id})


def _subtree(hashes: list[bytes]) -> tuple[bytes, list[list[bytes]]]:
    if len(hashes) == 1:
        return hashes[0], [[]]
    split = 1 << ((len(hashes) - 1).bit_length() - 1)  # the largest power of two below the number of leaves
    left, left_paths = _subtree(hashes[:split])
    right, right_paths = _subtree(hashes[split:])
    for path in left_paths:
        path.append(right)
    for path in right_paths:
        path.append(left)
    return sha256(b"\x01" + left + right).digest(), left_paths + right_paths
