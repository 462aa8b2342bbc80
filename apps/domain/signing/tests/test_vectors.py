"""The published test vectors fit the published format, as a reader of docs/lease-format.md would implement it."""

import hashlib
import json
from typing import cast

import pytest
from cryptography.exceptions import InvalidSignature

from apps.domain.signing.tests.make_vectors import VECTORS
from apps.domain.signing.tests.reference import Json, canonical, verify

_vectors = json.loads(VECTORS.read_text())
_keys: dict[str, str] = {key["key_id"]: key["pem"] for key in _vectors["keys"]}
# The reference knows the present form alone; the three-field form is the SDK's matter.
_present = {kind: [v for v in _vectors[kind] if "three-field" not in v["name"]] for kind in ("valid", "invalid")}


@pytest.mark.parametrize("vector", _present["valid"], ids=lambda vector: vector["name"])
def test_every_valid_vector_verifies(vector: Json) -> None:
    verify(cast("Json", vector["reply"]), _keys)


@pytest.mark.parametrize("vector", _present["invalid"], ids=lambda vector: vector["name"])
def test_every_invalid_vector_is_refused(vector: Json) -> None:
    reply = cast("Json", vector["reply"])
    with pytest.raises((InvalidSignature, KeyError, ValueError)):
        verify(reply, _keys)


def test_the_steps_on_the_way_are_those_of_the_fifth_lease_of_seven() -> None:
    steps = _vectors["steps"]
    reply = next(v["reply"] for v in _vectors["valid"] if v["name"] == "lease 5 of a batch of 7")
    leaf = canonical({name: value for name, value in reply.items() if name not in ("signature", "proof")})
    assert steps["leaf"].encode() == leaf
    assert steps["leaf_hash"] == hashlib.sha256(b"\x00" + leaf).hexdigest()
    assert json.loads(steps["envelope"])["root"] == steps["root"]


def test_no_private_key_stands_in_the_file() -> None:
    assert "PRIVATE" not in VECTORS.read_text()
