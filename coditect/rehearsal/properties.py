"""Properties as the wire carries them, read in clear: only a stand-in of a cloud may see a secret's value."""

from collections.abc import Iterator, Mapping

from google.protobuf.struct_pb2 import Struct, Value
from pulumi.runtime import rpc

from coditect.graph.values import Json, JsonObject, leaves
from coditect.graph.wire import mark_secret, overlay, send


def clear(struct: Struct) -> JsonObject:
    """All values, secrets among them. What is not known yet is rpc.UNKNOWN."""
    return {key: _clear(value) for key, value in struct.fields.items()}


def changed_paths(old: JsonObject, new: JsonObject) -> Iterator[str]:
    """Paths of plain values that were added, removed or are different."""
    before, after = dict(leaves(old)), dict(leaves(new))
    for path in sorted(before.keys() | after.keys()):
        if path not in before or path not in after or before[path] != after[path]:
            yield path


def state(inputs: Struct, computed: JsonObject, secret: frozenset[str]) -> Struct:
    """What a provider reports: its computed outputs under the inputs, and secrets still marked."""
    reported = send(computed, secret)
    overlay(reported, inputs)
    return reported


def unknown(computed: Mapping[str, Json]) -> JsonObject:
    """The same outputs before they are known, as a preview reports them."""
    return {key: unknown(value) if isinstance(value, dict) else rpc.UNKNOWN for key, value in computed.items()}


def as_found(expected: Struct, found: JsonObject) -> Struct:
    """What stands in the cloud, with the secrecy of what was expected there."""
    before = clear(expected)
    answer = Struct()
    for key, value in found.items():
        if before.get(key) == value:
            answer.fields[key].CopyFrom(expected.fields[key])
        else:
            overlay(answer, send({key: value}))
            if rpc._special_secret_sig in str(expected.fields.get(key, "")):
                mark_secret(answer, key)
    return answer


def _clear(value: Value) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "struct_value":
        fields = value.struct_value.fields
        signature = fields[rpc._special_sig_key].string_value if rpc._special_sig_key in fields else None
        if signature in (rpc._special_secret_sig, rpc._special_output_value_sig):
            return _clear(fields["value"]) if "value" in fields else rpc.UNKNOWN
        return clear(value.struct_value)
    if kind == "list_value":
        return [_clear(member) for member in value.list_value.values]
    if kind == "number_value":
        return int(value.number_value) if value.number_value.is_integer() else value.number_value
    if kind == "bool_value":
        return value.bool_value
    return value.string_value if kind == "string_value" else None
