"""The frameworks of the report and their parts."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from policies.controls import Framework

PATH = Path(__file__).with_name("frameworks.yaml")


class Outline(BaseModel):
    """A framework's parts by number, and why some of them are beyond what configuration shows."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    framework: Framework
    parts: Mapping[str, str]
    beyond: Mapping[str, str] = Field(default_factory=dict)

    def part_of(self, number: str) -> str | None:
        """The part that a control belongs to: the longest number that it begins with. None where it has none."""
        found = [part for part in self.parts if _is_within(number, part)]
        return max(found, key=len, default=None)


def _is_within(number: str, part: str) -> bool:
    rest = number.removeprefix(part)
    return number == part or (number.startswith(part) and not rest[0].isdigit())


@cache
def outlines() -> tuple[Outline, ...]:
    """Every framework that the report is about, in its order."""
    found: tuple[Outline, ...] = TypeAdapter(tuple[Outline, ...]).validate_python(yaml.safe_load(PATH.read_text()))
    return found
