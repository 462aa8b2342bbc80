"""How long Google usually takes, from the table durations.yaml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

PATH = Path(__file__).with_name("durations.yaml")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Duration(_Part):
    """seconds: to create one. source: a key into the table's sources."""

    seconds: int = Field(gt=0)
    source: str


class Table(_Part):
    """sources: text by key. usual: durations by type, or by a prefix of types that ends with `:` or `/`."""

    sources: Mapping[str, str]
    usual: Mapping[str, Duration]

    @model_validator(mode="after")
    def _sourced(self) -> Self:
        if wrong := sorted({duration.source for duration in self.usual.values()} ^ set(self.sources)):
            raise ValueError(f"sources {', '.join(wrong)} are named or written, not both")
        return self

    def of(self, type_: str) -> Duration:
        """The usual duration of creating one of a type. Raises KeyError for a type of an unknown provider."""
        if type_ in self.usual:
            return self.usual[type_]
        matching = [prefix for prefix in self.usual if prefix.endswith((":", "/")) and type_.startswith(prefix)]
        if not matching:
            raise KeyError(f"{PATH.name} has no duration for {type_}. Add one with its source.")
        return self.usual[max(matching, key=len)]


@cache
def table() -> Table:
    """The table that stands beside this file."""
    return Table.model_validate(yaml.safe_load(PATH.read_text()))
