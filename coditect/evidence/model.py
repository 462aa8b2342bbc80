"""Evidence as values: the page and the JSON beside it are two views of it."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

VERSION: Literal[1] = 1

Answer = Literal["passed", "failed", "waived", "unknown"]
Standing = Literal[
    "met", "met in part", "met with waivers", "advice open", "not met", "not decided", "nothing to look at"
]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Look(_Section):
    """What a rule said about one resource.

    messages: what is wrong, where it failed or is waived.
    rests_on_stand_in: it read a value that only a deployment gives, and for which something plausible stood in.
    """

    resource: str
    type: str
    answer: Answer
    messages: tuple[str, ...]
    rests_on_stand_in: bool = False


class RuleEvidence(_Section):
    id: str
    title: str
    severity: Literal["mandatory", "advisory"]
    why: str
    fix: str
    controls: tuple[str, ...]
    looks: tuple[Look, ...]

    def count(self, answer: Answer) -> int:
        return sum(look.answer == answer for look in self.looks)

    @property
    def stand_ins(self) -> int:
        return sum(look.rests_on_stand_in for look in self.looks)


class ControlEvidence(_Section):
    """rules: ids. looked_at: resources, each counted once."""

    number: str
    part: str = Field(description="Title of the framework's part that it belongs to; empty where it has none.")
    rules: tuple[str, ...]
    looked_at: int
    passed: int
    failed: int
    waived: int
    unknown: int
    standing: Standing


class Uncovered(_Section):
    """A part of a framework that no rule looks at, or looks at only in part."""

    number: str
    title: str
    is_partly_covered: bool
    reason: str


class Copies(_Section):
    """A place that keeps copies of data. days: from when data is deleted to when its last copy is; None for ever.

    holds_personal_data: of customers; the audit log names staff and accounts, and is kept to hold them to account.
    """

    resource: str
    what: str
    days: float | None
    holds_personal_data: bool


class FrameworkEvidence(_Section):
    name: str
    edition: str
    controls: tuple[ControlEvidence, ...]
    uncovered: tuple[Uncovered, ...]

    def count(self, standing: Standing) -> int:
        return sum(control.standing == standing for control in self.controls)


class WaiverEvidence(_Section):
    """state: in force, expired, or needed by nothing. covers: findings that it takes away."""

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date
    state: Literal["in force", "expired", "unused"]
    covers: int


class StandingFinding(_Section):
    rule: str
    severity: Literal["mandatory", "advisory"]
    resource: str
    message: str
    fix: str


class Evidence(_Section):
    """One stack at one revision. is_committed: whether no file differs from it.

    limits: what the graph shows of where the stack falls short, in whole sentences.
    """

    version: Literal[1] = VERSION
    stack: str
    google_project: str
    region: str
    commit: str
    is_committed: bool
    made_on: date
    resources: int
    limits: tuple[str, ...]
    copies: tuple[Copies, ...]
    frameworks: tuple[FrameworkEvidence, ...]
    rules: tuple[RuleEvidence, ...]
    findings: tuple[StandingFinding, ...]
    waivers: tuple[WaiverEvidence, ...]

    @property
    def is_clean(self) -> bool:
        """No mandatory finding stands, and every waiver is in force and needed."""
        return not any(finding.severity == "mandatory" for finding in self.findings) and all(
            waiver.state == "in force" for waiver in self.waivers
        )

    @property
    def days_until_erased(self) -> float | None:
        """How long after an erasure the last copy of a person's data is gone; None where one is kept for ever."""
        kept = [copies.days for copies in self.copies if copies.holds_personal_data]
        return None if None in kept else max((days for days in kept if days is not None), default=0)

    @property
    def looks(self) -> int:
        return sum(len(rule.looks) for rule in self.rules)

    @property
    def stand_ins(self) -> int:
        """Answers that rest on a stand-in."""
        return sum(rule.stand_ins for rule in self.rules)
