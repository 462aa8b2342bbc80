"""Reads settings from Pulumi configuration, explains what is wrong with them, and describes them as JSON Schema."""

import difflib
import json
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from infra.settings.model import Settings
from infra.settings.vocabulary import PROJECT, SettingsError


def load(stack: str, config: Mapping[str, str]) -> Settings:
    """Reads a stack's settings from Pulumi configuration (`coditect:<section>` to its JSON or plain value).

    Raises SettingsError naming every bad key with its value, what it would cause, and what is allowed.
    """
    sections: dict[str, object] = {}
    for key, value in config.items():
        namespace, _, name = key.partition(":")
        if namespace == PROJECT:
            try:
                sections[name] = json.loads(value)
            except json.JSONDecodeError:
                sections[name] = value
    sections["stack"] = stack
    try:
        return Settings.model_validate(sections)
    except ValidationError as error:
        problems = "\n".join(f"  {_explain(item)}" for item in error.errors(include_url=False))
        raise SettingsError(f"stacks/Pulumi.{stack}.yaml cannot be used:\n{problems}") from None


def json_schema() -> dict[str, object]:
    """JSON Schema of a `Pulumi.<stack>.yaml` file, for editors and for readers without Python."""
    model = Settings.model_json_schema(mode="validation", ref_template="#/$defs/{model}")
    sections: dict[str, Any] = dict(model["properties"])
    # Not written in the file: it is the file's own name.
    del sections["stack"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of one CODITECT stack",
        "type": "object",
        "properties": {
            "encryptionsalt": {"type": "string"},
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "config": {
                "type": "object",
                "properties": {f"{PROJECT}:{name}": schema for name, schema in sections.items()},
                "required": [f"{PROJECT}:{name}" for name in model["required"] if name != "stack"],
                "patternProperties": {f"^(?!{PROJECT}:)": {}},
                "additionalProperties": False,
            },
        },
        "required": ["config"],
        "additionalProperties": False,
        "$defs": model["$defs"],
    }


def _explain(item: ErrorDetails) -> str:
    """One problem as a sentence: key, value, what is allowed, what it would cause."""
    key = f"{PROJECT}:" + ".".join(str(part) for part in item["loc"])
    message = item["msg"].removeprefix("Value error, ")
    if item["type"] == "extra_forbidden":
        return f"{key} is not a setting (value {item['input']!r}). {_nearest(item['loc'])}"
    field = _field_at(item["loc"])
    if field is None or field.description is None:
        return f"{key.rstrip(':')}: {message}"
    if item["type"] == "missing":
        said = f"{key} is missing. Write it: {field.description}"
    else:
        said = f"{key} is {item['input']!r}: {message.rstrip('.')}. Allowed: {field.description}"
    extra = field.json_schema_extra
    return f"{said} Otherwise: {extra['x-otherwise']}" if isinstance(extra, dict) else said


def _field_at(location: tuple[int | str, ...]) -> FieldInfo | None:
    """The documented field that a validation error points into; None where it is a whole section."""
    model: type[BaseModel] | None = Settings
    field: FieldInfo | None = None
    for part in location:
        if isinstance(part, str) and model is not None and part in model.model_fields:
            field = model.model_fields[part]
            model = _model_in(field.annotation)
    return field


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if found := _model_in(argument):
            return found
    return None


def _nearest(location: tuple[int | str, ...]) -> str:
    """What the writer of an unknown key probably meant."""
    *parents, last = location
    model: type[BaseModel] | None = Settings
    for part in parents:
        if isinstance(part, str) and model is not None and part in model.model_fields:
            model = _model_in(model.model_fields[part].annotation)
    known = sorted(model.model_fields) if model is not None else []
    close = difflib.get_close_matches(str(last), known, n=1)
    return f"Did you mean {close[0]}?" if close else f"There are: {', '.join(known)}."
