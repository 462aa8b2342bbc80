"""The price book: every figure with its unit, region, source and date. Nothing here is a binary float."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from coditect.cost.errors import CostError
from coditect.graph.values import Json

PATH = Path(__file__).with_name("prices.yaml")
ANY_REGION = "any"
HOME_REGION = "us-central1"
"""The region that the regional figures were found for."""

HOURS = Decimal(730)
"""Hours of a month, as Google's calculator counts them."""


def _exact(value: object) -> object:
    if isinstance(value, float):
        raise ValueError("is a binary float, so sums would be off. Write it in quotes.")
    return value


Exact = Annotated[Decimal, BeforeValidator(_exact), Field(ge=0)]
AsOf = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?$")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Part):
    """Where figures come from. as_of: year, month and perhaps day; None where the source bears no date."""

    text: str
    as_of: AsOf | None = None


class Price(_Part):
    """One figure. start: where its tier begins, in its unit; 0 where the price is flat."""

    item: str
    price: Exact
    unit: str
    region: str
    sources: tuple[str, ...] = Field(min_length=1)
    currency: str = "USD"
    start: Exact = Field(default=Decimal(0), alias="from")
    as_of: AsOf | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Tariff:
    """All tiers of an item, lowest first. is_borrowed: the region asked for has no row, these are us-central1's."""

    tiers: tuple[Price, ...]
    is_borrowed: bool

    @property
    def flat(self) -> Price:
        """The only tier. Raises CostError where there are several: one of them would be a wrong price."""
        if len(self.tiers) != 1:
            raise CostError(f"{self.tiers[0].item} has {len(self.tiers)} tiers in the price book: it has no one price.")
        return self.tiers[0]

    def band(self, size: Decimal) -> Price:
        """The tier that something of this size falls into as a whole (Memorystore)."""
        return next(tier for tier in reversed(self.tiers) if tier.start <= size)


class Meter:
    """Measures out a graduated tariff: each unit taken costs what the tier says that the units before it have reached.

    A stack's resources share a meter, as a billing account's do: the free tier is given once.
    """

    def __init__(self, tariff: Tariff) -> None:
        self.tariff = tariff
        self._used = Decimal(0)

    def take(self, quantity: Decimal) -> tuple[tuple[Decimal, Price], ...]:
        """How much of the quantity falls into which tier; nothing for 0."""
        taken = []
        end = self._used + quantity
        starts = [tier.start for tier in self.tariff.tiers]
        for tier, stop in zip(self.tariff.tiers, [*starts[1:], None], strict=True):
            top = end if stop is None else min(end, stop)
            inside = top - max(self._used, tier.start)
            if inside > 0:
                taken.append((inside, tier))
        self._used = end
        return tuple(taken)


class PriceBook(_Part):
    sources: Mapping[str, Source]
    rows: tuple[Price, ...]

    @model_validator(mode="after")
    def _is_sound(self) -> Self:
        seen = set()
        for row in self.rows:
            if unknown := set(row.sources) - self.sources.keys():
                raise ValueError(f"{row.item}: source {', '.join(sorted(unknown))} is not among `sources`.")
            if row.currency != "USD":
                raise ValueError(f"{row.item} is in {row.currency}: sums would mix currencies. Convert it to USD.")
            if (key := (row.item, row.region, row.start)) in seen:
                raise ValueError(f"{row.item} has two figures for {row.region} from {row.start}. Keep one.")
            seen.add(key)
        for (item, region), tiers in self._tariffs.items():
            if [t.start for t in tiers] != sorted(t.start for t in tiers) or tiers[0].start != 0:
                raise ValueError(f"{item} in {region}: tiers must rise from 0, or some quantity has no price.")
            if len({t.unit for t in tiers}) != 1:
                raise ValueError(f"{item} in {region}: tiers of different units cannot be one tariff.")
        return self

    @cached_property
    def _tariffs(self) -> Mapping[tuple[str, str], tuple[Price, ...]]:
        found: dict[tuple[str, str], list[Price]] = {}
        for row in self.rows:
            found.setdefault((row.item, row.region), []).append(row)
        return {key: tuple(tiers) for key, tiers in found.items()}

    def tariff(self, item: str, region: str = ANY_REGION) -> Tariff | None:
        """The tariff of an item in a region; None where the book has none, not even for us-central1."""
        for place in (region, ANY_REGION):
            if tiers := self._tariffs.get((item, place)):
                return Tariff(tiers=tiers, is_borrowed=False)
        tiers = self._tariffs.get((item, HOME_REGION))
        return Tariff(tiers=tiers, is_borrowed=True) if tiers else None

    def known(self, item: str, region: str = ANY_REGION) -> Tariff:
        """The same, of an item that the program itself names. Raises CostError where the book lacks it."""
        found = self.tariff(item, region)
        if found is None:
            raise CostError(f"The price book has no {item}. Add it to coditect/cost/prices.yaml, with its source.")
        return found

    def date_of(self, row: Price) -> str | None:
        """When a figure was true: its own date, else the oldest of its sources; None where neither is dated."""
        dates = [d for letter in row.sources if (d := self.sources[letter].as_of) is not None]
        return row.as_of or min(dates, default=None)

    def cite(self, row: Price) -> str:
        """`C 2025-03-06` or `I undated`."""
        return f"{', '.join(row.sources)} {self.date_of(row) or 'undated'}"


def parse(document: Json, source: str) -> PriceBook:
    """A price book of a YAML document. Raises CostError that names the row."""
    try:
        return PriceBook.model_validate(document)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CostError(f"{source}: {where}: {first['msg']}. Nothing can be priced until it is mended.") from None


@cache
def load() -> PriceBook:
    """The price book of this repository."""
    return parse(yaml.safe_load(PATH.read_text()), "coditect/cost/prices.yaml")
