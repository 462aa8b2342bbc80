"""`coditect cost --json`: the bill as a versioned document. Amounts are strings, so that no reader rounds them."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from coditect.cost.bill import Bill
from coditect.cost.budget import Verdict
from coditect.cost.difference import Difference, Mover, Part, difference
from coditect.cost.growth import Step
from coditect.cost.levers import WhatIf
from coditect.cost.rows import LABELS, REASONS
from coditect.cost.text import grouped_gaps

VERSION: Literal[2] = 2


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RowSection(_Section):
    component: str
    label: str
    fixed: Decimal
    usage: Decimal
    total: Decimal = Field(description="The least that it can be where `is_least`.")
    is_least: bool
    shared: Decimal = Field(description="The part of cluster, registry and add-ons in it.")
    indicated: Decimal = Field(description="Without a price, at us-central1's: in no sum.")
    unpriced: int
    specification: int | None
    reason: str = Field(description="Why it differs from the specification's figure.")


class LineSection(_Section):
    row: str
    resource: str
    what: str
    item: str
    quantity: Decimal
    unit: str
    price: Decimal
    discount: Decimal
    amount: Decimal
    kind: Literal["fixed", "usage"]
    sources: list[str]
    as_of: str | None


class GapSection(_Section):
    what: str
    resources: list[str]
    indicated: Decimal
    is_accepted: bool = Field(description="Of a kind that no rate was found for, whatever the settings.")


class PartSection(_Section):
    priced: Decimal
    indicated: Decimal = Field(description="Without a price, at us-central1's: in no sum.")
    unpriced: list[str]


class MoverSection(_Section):
    resource: str
    type: str
    before: PartSection
    after: PartSection
    difference: Decimal | None = Field(description="Null where it is unknown.")
    unknown: list[str] = Field(description="What has no price on one side alone.")


class LargestSection(_Section):
    resource: str
    type: str
    part: PartSection


class BudgetSection(_Section):
    budget: Decimal
    judged: Decimal
    is_over: bool
    is_kept: bool = Field(description="False where it is broken, and where nobody can say.")
    holes: list[str] = Field(description="What has no price at all and leaves open whether it is kept.")
    accepted: int = Field(description="Things of kinds without a price: it is kept without them.")
    largest: list[LargestSection]


class DifferenceSection(_Section):
    """difference: null where it is unknown; known: the part of it that is known."""

    against: str
    before: Decimal
    after: Decimal
    difference: Decimal | None
    known: Decimal
    movers: list[MoverSection] = Field(description="Unknown ones first, then largest first.")


class LeverSection(_Section):
    """saved: null where it is unknown; known: the part of it that is known."""

    lever: str
    total: Decimal
    saved: Decimal | None
    known: Decimal
    unknown: list[MoverSection]
    changed: list[str]
    caution: str


class StepSection(_Section):
    users: int
    nodes: int
    redis_gib: int
    database_cpus: int
    database_gib: int
    signatures: Decimal
    total: Decimal = Field(description="The least that it can be while `unpriced` is not 0.")
    indicated: Decimal
    unpriced: int
    a_user: Decimal
    to_raise: list[str]


class CostDocument(_Section):
    """A bill. New fields may come within a version; a field that goes or changes its meaning is a new version.

    What has no price is in no sum: while `unpriced` is not 0, every sum is the least that it can be.
    """

    version: Literal[2]
    stack: str
    currency: Literal["USD"]
    fixed: Decimal
    usage: Decimal
    total: Decimal
    annual: Decimal
    indicated: Decimal
    rows: list[RowSection]
    lines: list[LineSection]
    priced: int
    free: int
    unpriced: int
    gaps: list[GapSection]
    oldest_price: str | None
    undated_prices: list[str]
    fees: Decimal
    budget: BudgetSection
    difference: DifferenceSection | None
    what_if: list[LeverSection]
    growth: list[StepSection]


def document(
    bill: Bill,
    verdict: Verdict,
    *,
    former: tuple[str, Bill] | None = None,
    levers: tuple[WhatIf, ...] = (),
    steps: tuple[Step, ...] = (),
) -> CostDocument:
    """former: the compared bill with where it came from."""
    counts = bill.counts
    return CostDocument(
        version=VERSION,
        stack=bill.stack,
        currency="USD",
        fixed=bill.fixed,
        usage=bill.usage,
        total=bill.total,
        annual=bill.total * 12,
        indicated=bill.indicated,
        rows=[
            RowSection(
                component=row.component,
                label=LABELS[row.component],
                fixed=row.fixed,
                usage=row.usage,
                total=row.total,
                is_least=row.is_least,
                shared=row.shared_fixed + row.shared_usage,
                indicated=row.indicated,
                unpriced=row.gaps,
                specification=row.specification,
                reason=REASONS[row.component],
            )
            for row in bill.rows
        ],
        lines=[
            LineSection(
                row=bill.row_of[estimate.urn],
                resource=estimate.name,
                what=line.what,
                item=line.price.item,
                quantity=line.quantity,
                unit=line.price.unit,
                price=line.price.price,
                discount=line.discount,
                amount=line.amount,
                kind=line.kind.value,
                sources=list(line.price.sources),
                as_of=bill.book.date_of(line.price),
            )
            for estimate, line in bill.lines
        ],
        priced=counts.get("priced", 0),
        free=counts.get("free", 0),
        unpriced=counts.get("unpriced", 0),
        gaps=[
            GapSection(what=gap.what, resources=names, indicated=indicated, is_accepted=gap.is_accepted)
            for gap, names, indicated in grouped_gaps(bill)
        ],
        oldest_price=bill.oldest_date,
        undated_prices=list(bill.undated),
        fees=bill.fees_total,
        budget=BudgetSection(
            budget=verdict.budget,
            judged=verdict.judged,
            is_over=verdict.is_over,
            is_kept=verdict.is_kept,
            holes=list(verdict.holes),
            accepted=verdict.accepted,
            largest=[
                LargestSection(resource=one.name, type=one.type, part=_part(Part.of(one))) for one in verdict.largest
            ],
        ),
        difference=None if former is None else _difference(bill, *former),
        what_if=[_lever(lever, difference(bill, lever.bill)) for lever in levers],
        growth=[_step(step) for step in steps],
    )


def _difference(bill: Bill, source: str, former: Bill) -> DifferenceSection:
    change = difference(bill, former)
    return DifferenceSection(
        against=source,
        before=former.total,
        after=bill.total,
        difference=change.whole,
        known=change.known,
        movers=[_mover(mover) for mover in change.movers],
    )


def _lever(lever: WhatIf, saving: Difference) -> LeverSection:
    return LeverSection(
        lever=lever.lever.value,
        total=lever.bill.total,
        saved=saving.whole,
        known=saving.known,
        unknown=[_mover(mover) for mover in saving.unknown],
        changed=list(lever.changed),
        caution=lever.caution,
    )


def _mover(mover: Mover) -> MoverSection:
    return MoverSection(
        resource=mover.name,
        type=mover.type,
        before=_part(mover.before),
        after=_part(mover.after),
        difference=mover.difference,
        unknown=list(mover.unknown),
    )


def _part(part: Part) -> PartSection:
    return PartSection(priced=part.priced, indicated=part.indicated, unpriced=[gap.what for gap in part.gaps])


def _step(step: Step) -> StepSection:
    return StepSection(
        users=step.users,
        nodes=step.nodes,
        redis_gib=step.redis_gib,
        database_cpus=step.database_cpus,
        database_gib=step.database_gib,
        signatures=step.signing.operations,
        total=step.bill.total,
        indicated=step.bill.indicated,
        unpriced=len(step.bill.gaps),
        a_user=step.a_user,
        to_raise=list(step.to_raise),
    )
