"""Quotas of a new project (quotas.yaml), and whether what stacks need fits into them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from coditect.graph.model import Graph
from coditect.preflight.errors import PreflightError
from coditect.preflight.usage import COUNTED, Claim, Scale, usage

PATH = Path(__file__).with_name("quotas.yaml")
_COMPUTE = "compute.googleapis.com"


class Scope(StrEnum):
    """REGION: counted in each region. PROJECT: once for all stacks of a project; prod and dr share one."""

    REGION = "region"
    PROJECT = "project"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quota(_Part):
    """One quota. sources: keys into the table's sources.

    default: what a new project has, in its unit. ask_for: what a project of ours asks for; None where that is enough.
    """

    metric: str = Field(min_length=3)
    name_in_google: str | None = None
    service: str = _COMPUTE
    title: str
    default: int = Field(ge=0)
    ask_for: int | None = None
    scope: Scope
    unit: str
    sources: tuple[str, ...] = Field(min_length=1)

    @property
    def granted(self) -> int:
        """What a project of ours has once it has asked."""
        return self.default if self.ask_for is None else self.ask_for

    @property
    def is_compute(self) -> bool:
        """Whether it is one of Compute Engine, which gcloud lists with its limit."""
        return self.service == _COMPUTE

    @property
    def listed_as(self) -> str:
        """Its name in Google's listing of a region or of a project: two scopes may have one name."""
        return self.name_in_google or self.metric

    @property
    def id(self) -> str:
        """What a request for more names, as in SECURITY-POLICY-CEVAL-RULES-per-project (Compute Engine's own form)."""
        place = "-per-project-region" if self.scope is Scope.REGION else "-per-project"
        return self.listed_as.replace("_", "-") + place


class Table(_Part):
    """quotas.yaml. sources: text by key."""

    sources: Mapping[str, str]
    quotas: tuple[Quota, ...]

    @model_validator(mode="after")
    def _complete(self) -> "Table":
        named = {source for quota in self.quotas for source in quota.sources}
        if unknown := sorted(named ^ set(self.sources)):
            raise ValueError(f"sources {', '.join(unknown)} are named or written, not both")
        metrics = [quota.metric for quota in self.quotas]
        if wrong := sorted(set(metrics) ^ COUNTED):
            raise ValueError(f"{', '.join(wrong)}: each quota is counted in coditect/preflight/usage.py, and none else")
        if len(set(metrics)) != len(metrics):
            raise ValueError("a metric stands twice")
        return self

    def of(self, metric: str) -> Quota:
        """The quota of a metric. Raises KeyError where there is none."""
        return {quota.metric: quota for quota in self.quotas}[metric]


@dataclass(frozen=True, kw_only=True)
class Need:
    """What stacks of one project need of a quota in one place, in the quota's unit.

    region: empty for a quota of the whole project. first: for a first `up`. most: when every pool is as large as its
    settings allow, with the nodes that an upgrade adds.
    """

    quota: Quota
    region: str
    first: int
    most: int

    @property
    def ask_for(self) -> int:
        """What to ask Google for, so that all of it fits."""
        return max(self.most, self.quota.granted)

    @property
    def fits(self) -> bool:
        """Whether a new project's quota is enough, also later."""
        return self.most <= self.quota.default


@cache
def table(path: Path = PATH) -> Table:
    """The table of quotas. Raises PreflightError where the file cannot be used."""
    try:
        return Table.model_validate(yaml.safe_load(path.read_text()))
    except (yaml.YAMLError, ValidationError) as error:
        raise PreflightError(f"{path.name} cannot be used, so no quota can be compared: {error}") from None


def needs(graphs: Iterable[Graph], quotas: Table | None = None) -> tuple[Need, ...]:
    """What stacks that share a project need of each quota together, in the table's order."""
    known = quotas or table()
    first: dict[Claim, int] = {}
    most: dict[Claim, int] = {}
    for graph in graphs:
        for summed, scale in ((first, Scale.FIRST), (most, Scale.MOST)):
            for claim, amount in usage(graph, scale).items():
                summed[claim] = summed.get(claim, 0) + amount
    return tuple(
        Need(quota=quota, region=claim.region, first=first.get(claim, 0), most=amount)
        for quota in known.quotas
        for claim, amount in sorted(most.items(), key=lambda item: item[0].region)
        if claim.metric == quota.metric
    )
