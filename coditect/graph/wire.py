"""Between Pulumi's wire format and plain JSON: secrets are taken out, unknown values marked, and both remembered."""

from dataclasses import dataclass, field

from google.protobuf.struct_pb2 import ListValue, Struct, Value
from pulumi.runtime import rpc

from coditect.graph.values import SECRET, UNKNOWN, Json, JsonObject, child_path

_SIGNATURE = rpc._special_sig_key
_SECRET = rpc._special_secret_sig
_REFERENCE = rpc._special_resource_sig
_OUTPUT = rpc._special_output_value_sig
_ASSETS = frozenset({rpc._special_asset_sig, rpc._special_archive_sig})

# Strings below this length (ports, regions, `true`) may well stand in the clear elsewhere without being a leak.
_TELLING_LENGTH = 12


@dataclass
class Received:
    """Properties read from the wire.

    secrets: paths whose values were secret; SECRET stands there now.
    unknown: paths whose values were not known; UNKNOWN stands there now.
    plaintexts: the secret strings themselves, long enough to be told from ordinary words; never leaves the capture.
    """

    properties: JsonObject = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    plaintexts: set[str] = field(default_factory=set)


def receive(struct: Struct) -> Received:
    """Reads a message's properties."""
    received = Received()
    for key, value in struct.fields.items():
        received.properties[key] = _read(value, key, received)
    return received


def send(value: JsonObject, secret: frozenset[str] = frozenset()) -> Struct:
    """Writes properties as a message; those named in `secret` are marked as secrets."""
    struct = Struct()
    for key, member in value.items():
        _write(struct.fields[key], member)
    for key in secret:
        mark_secret(struct, key)
    return struct


def mark_secret(struct: Struct, key: str) -> None:
    """Wraps a property as a secret, once. Does nothing where there is no such property."""
    if key not in struct.fields or _signature(struct.fields[key]) == _SECRET:
        return
    wrapped = Value()
    wrapped.struct_value.fields[_SIGNATURE].string_value = _SECRET
    wrapped.struct_value.fields["value"].CopyFrom(struct.fields[key])
    struct.fields[key].CopyFrom(wrapped)


def overlay(target: Struct, source: Struct) -> None:
    """Puts the source's properties over the target's. Objects are merged, everything else is replaced."""
    for key, value in source.fields.items():
        into = target.fields[key]
        both_objects = {into.WhichOneof("kind"), value.WhichOneof("kind")} == {"struct_value"}
        if both_objects and _signature(value) is None and _signature(into) is None:
            overlay(into.struct_value, value.struct_value)
        else:
            into.CopyFrom(value)


def _signature(value: Value) -> str | None:
    if value.WhichOneof("kind") != "struct_value" or _SIGNATURE not in value.struct_value.fields:
        return None
    return value.struct_value.fields[_SIGNATURE].string_value


def _read(value: Value, path: str, received: Received) -> Json:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if value.string_value == rpc.UNKNOWN:
            received.unknown.add(path)
            return UNKNOWN
        return value.string_value
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_read(member, child_path(path, i), received) for i, member in enumerate(value.list_value.values)]
    if kind == "struct_value":
        return _read_struct(value, path, received)
    return None


def _read_struct(value: Value, path: str, received: Received) -> Json:
    fields = value.struct_value.fields
    signature = _signature(value)
    if signature == _SECRET or (signature == _OUTPUT and fields["secret"].bool_value):
        received.secrets.add(path)
        _remember(fields["value"], received)
        return SECRET
    if signature == _OUTPUT:
        if "value" in fields:
            return _read(fields["value"], path, received)
        received.unknown.add(path)
        return UNKNOWN
    if signature == _REFERENCE:
        return fields["urn"].string_value
    if signature in _ASSETS:
        return {
            key: _read(member, child_path(path, key), received) for key, member in fields.items() if key != _SIGNATURE
        }
    return {key: _read(member, child_path(path, key), received) for key, member in fields.items()}


def _remember(value: Value, received: Received) -> None:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        if len(value.string_value) >= _TELLING_LENGTH and value.string_value != rpc.UNKNOWN:
            received.plaintexts.add(value.string_value)
    elif kind == "list_value":
        for member in value.list_value.values:
            _remember(member, received)
    elif kind == "struct_value":
        for member in value.struct_value.fields.values():
            _remember(member, received)


def _write(target: Value, value: Json) -> None:
    if value is None:
        target.null_value = 0  # type: ignore[assignment]  # the one member of protobuf's NullValue
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, list):
        target.list_value.CopyFrom(ListValue())
        for member in value:
            _write(target.list_value.values.add(), member)
    else:
        target.struct_value.CopyFrom(Struct())
        for key, member in value.items():
            _write(target.struct_value.fields[key], member)
