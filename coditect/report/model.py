"""A report as values that travel between processes; Markdown, HTML and JSON are three views of it."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from explained.exits import Exit

VERSION: Literal[2] = 2

Verb = Literal["create", "update", "replace", "rename", "delete"]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Property(_Section):
    """before, after: null where the property is not there."""

    path: str
    before: JsonValue
    after: JsonValue
    forces_replacement: bool


class ResourceChange(_Section):
    """danger: what would be lost. refusal: why Pulumi will refuse. retained: it stays in the cloud."""

    action: Verb
    type: str
    name: str
    former_name: str | None
    properties: tuple[Property, ...]
    danger: str | None
    refusal: str | None
    retained: bool


class CostPart(_Section):
    """A resource's part in the bill, US dollars a month. unpriced: how many things in it have no price: in no sum."""

    priced: Decimal
    indicated: Decimal
    unpriced: int


class CostMove(_Section):
    """difference: null where it is unknown: `unknown` has no price on one side alone."""

    resource: str
    before: CostPart
    after: CostPart
    difference: Decimal | None
    unknown: tuple[str, ...] = ()


class CostChange(_Section):
    """before: null where the stack is new. indicated: what has no price, at us-central1's; in neither total.

    unpriced: how many things have no price; with any, a total is the least that it can be.
    known: the part of the difference that is known.
    holes: what has no price at all, so that nobody can say whether the budget is kept.
    """

    before: Decimal | None
    after: Decimal
    indicated_before: Decimal
    indicated_after: Decimal
    unpriced_before: int
    unpriced: int
    known: Decimal
    moves: tuple[CostMove, ...] = Field(description="Unknown ones first, then largest first.")
    budget: Decimal
    is_over_budget: bool
    holes: tuple[str, ...]

    @property
    def unknown(self) -> tuple[CostMove, ...]:
        return tuple(move for move in self.moves if move.difference is None)

    @property
    def is_changed(self) -> bool:
        return self.before is None or bool(self.moves)


class PolicyFinding(_Section):
    rule: str
    severity: Literal["mandatory", "advisory"]
    resource: str
    message: str
    fix: str


class PolicyChange(_Section):
    """new, mended: against the revision's own waivers. standing: findings that both sides have."""

    new: tuple[PolicyFinding, ...]
    mended: tuple[PolicyFinding, ...]
    standing: int
    waived: int
    stale_waivers: tuple[str, ...] = Field(description="Waivers whose day has passed or that nothing needs.")


class StackReport(_Section):
    """error: why the stack's program cannot be run; everything else is then empty."""

    stack: str
    state: Literal["new", "removed", "kept"]
    changes: tuple[ResourceChange, ...] = ()
    renamed_without_alias: dict[str, str] = Field(default_factory=dict)
    cost: CostChange | None = Field(default=None, description="Null for a stack that is never deployed.")
    policy: PolicyChange | None = None
    error: str | None = None

    @property
    def refusals(self) -> tuple[ResourceChange, ...]:
        """What Pulumi will refuse, and the whole update with it."""
        return tuple(change for change in self.changes if change.refusal is not None)

    @property
    def dangers(self) -> tuple[ResourceChange, ...]:
        return tuple(change for change in self.changes if change.danger is not None)

    @property
    def is_changed(self) -> bool:
        return bool(
            self.error
            or self.changes
            or self.state != "kept"
            or (self.cost is not None and self.cost.is_changed)
            or (self.policy is not None and (self.policy.new or self.policy.mended))
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Why a change must not go in as it is, as sentences."""
        found = []
        if self.error is not None:
            found.append("its program cannot be run")
        if self.refusals:
            found.append(
                f"Pulumi will refuse {len(self.refusals)} {'change' if len(self.refusals) == 1 else 'changes'}"
            )
        if self.dangers:
            lost = len(self.dangers)
            found.append(f"{lost} {'change loses' if lost == 1 else 'changes lose'} data, keys or zones")
        if self.policy is not None:
            if mandatory := sum(finding.severity == "mandatory" for finding in self.policy.new):
                found.append(f"{mandatory} new mandatory {'finding' if mandatory == 1 else 'findings'}")
            if self.policy.stale_waivers:
                found.append(f"{len(self.policy.stale_waivers)} waivers expired or unused")
        if self.cost is not None and self.cost.is_over_budget:
            found.append("over its budget")
        if self.cost is not None and self.cost.holes:
            found.append(f"nobody can say whether it keeps its budget: {'; '.join(self.cost.holes)}")
        return tuple(found)


class Report(_Section):
    """A change to all stacks. New fields may come within a version."""

    version: Literal[2] = VERSION
    against: str
    against_commit: str
    working_tree: str
    stacks: tuple[StackReport, ...]

    @property
    def is_fine(self) -> bool:
        return self.exit is Exit.CLEAN

    @property
    def exit(self) -> Exit:
        """Data at risk before all else; then a stack that cannot be run, of which nobody knows what it would lose."""
        if any(stack.dangers for stack in self.stacks):
            return Exit.DATA_AT_RISK
        if any(stack.error is not None for stack in self.stacks):
            return Exit.COULD_NOT_RUN
        return Exit.FINDINGS if any(stack.problems for stack in self.stacks) else Exit.CLEAN
