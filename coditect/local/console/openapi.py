"""An OpenAPI document as operations with what a form needs: parameters, and an example of the body."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from coditect.graph.values import Json, JsonObject, items, lookup, members, text

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 6
_BY_FORMAT = {
    "uuid": "00000000-0000-4000-8000-000000000000",
    "date-time": "2030-01-01T00:00:00Z",
    "date": "2030-01-01",
    "email": "someone@acme.example",
    "uri": "https://example.com/",
}


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """place: path, query or header. example: what its field begins with."""

    name: str
    place: str
    is_required: bool
    description: str
    example: str


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path. body: an example as JSON; None where it takes none."""

    method: str
    path: str
    summary: str
    description: str
    needs_token: bool
    parameters: tuple[Parameter, ...]
    body: str | None
    answers: tuple[tuple[str, str], ...]


def operations(document: Json) -> list[Operation]:
    """In the document's order."""
    return [
        _operation(document, method, path, shared, told)
        for path, shared in members(document, "paths").items()
        for method, told in members(shared).items()
        if method in _METHODS
    ]


def _operation(document: Json, method: str, path: str, shared: Json, told: Json) -> Operation:
    given = [_resolved(document, item) for item in (*items(shared, "parameters"), *items(told, "parameters"))]
    schema = lookup(told, "requestBody", "content", "application/json", "schema")
    example = lookup(told, "requestBody", "content", "application/json", "example")
    security = lookup(told, "security") if "security" in members(told) else lookup(document, "security")
    schemes = members(document, "components", "securitySchemes")
    bearers = {name for name, scheme in schemes.items() if text(scheme, "scheme") == "bearer"}
    description = text(told, "description").strip()
    return Operation(
        method=method.upper(),
        path=path,
        summary=text(told, "summary") or description.partition(". ")[0].partition("\n")[0],
        description=description,
        # An empty requirement among them says that it goes without, too.
        needs_token={} not in items(security) and any(bearers & members(one).keys() for one in items(security)),
        parameters=tuple(_parameter(document, parameter) for parameter in given if text(parameter, "in") != "cookie"),
        body=None
        if schema is None
        else json.dumps(_example(document, schema) if example is None else example, indent=2, ensure_ascii=False),
        answers=tuple(
            (status, text(_resolved(document, answer), "description"))
            for status, answer in members(told, "responses").items()
        ),
    )


def _parameter(document: Json, told: Json) -> Parameter:
    schema = _resolved(document, lookup(told, "schema"))
    given = lookup(told, "example") if "example" in members(told) else lookup(schema, "default")
    is_required = lookup(told, "required") is True
    example = given if given is not None else _example(document, schema) if is_required else ""
    return Parameter(
        name=text(told, "name"),
        place=text(told, "in"),
        is_required=is_required,
        description=text(told, "description"),
        example=example if isinstance(example, str) else json.dumps(example),
    )


def _resolved(document: Json, value: Json) -> Json:
    """What a reference within the document leads to."""
    for _ in range(_DEEPEST):
        reference = text(value, "$ref")
        if not reference:
            break
        value = lookup(document, *reference.removeprefix("#/").split("/"))
    return value


def _example(document: Json, given: Json, depth: int = 0) -> Json:
    """A value that the schema allows, or nearly."""
    schema = _resolved(document, given)
    for key in ("example", "default"):
        if key in members(schema):
            return lookup(schema, key)
    if items(schema, "examples") or items(schema, "enum"):
        return [*items(schema, "examples"), *items(schema, "enum")][0]
    if depth > _DEEPEST:
        return None
    for key in ("allOf", "oneOf", "anyOf"):
        if items(schema, key):
            parts = [_example(document, part, depth + 1) for part in items(schema, key)]
            return _merged(parts) if key == "allOf" and len(parts) > 1 else parts[0]
    return _of_type(document, schema, depth)


def _of_type(document: Json, schema: Json, depth: int) -> Json:
    kind = lookup(schema, "type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), None)
    if kind == "object" or members(schema, "properties"):
        # What need not be given is left out: an invented id would be refused.
        required = items(schema, "required")
        return {
            name: _example(document, member, depth + 1)
            for name, member in members(schema, "properties").items()
            if lookup(_resolved(document, member), "readOnly") is not True and (name in required or not required)
        }
    if kind == "array":
        return [_example(document, lookup(schema, "items"), depth + 1)]
    if kind == "string":
        return _BY_FORMAT.get(text(schema, "format"), "example")
    return {"integer": 1, "number": 1.0, "boolean": True}.get(str(kind))


def _merged(parts: list[Json]) -> JsonObject:
    return dict(pair for part in parts for pair in _pairs(part))


def _pairs(value: Json) -> Iterator[tuple[str, Json]]:
    yield from members(value).items()
