"""`coditect cost --json`: the bill as a versioned document. Amounts are strings, so that no reader rounds them."""

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from coditect.cost.bill import Bill
from coditect.cost.budget import Mover, Verdict, movers
from coditect.cost.growth import Step
from coditect.cost.levers import WhatIf
from coditect.cost.rows import LABELS, REASONS
from coditect.cost.text import grouped_gaps

VERSION: Literal[1] = 1


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RowSection(_Section):
    component: str
    label: str
    fixed: Decimal
    usage: Decimal
    total: Decimal
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


class MoverSection(_Section):
    resource: str
    type: str
    before: Decimal | None
    after: Decimal


class BudgetSection(_Section):
    budget: Decimal
    judged: Decimal
    is_over: bool
    movers: list[MoverSection]


class DifferenceSection(_Section):
    against: str
    before: Decimal
    after: Decimal
    movers: list[MoverSection]


class LeverSection(_Section):
    lever: str
    total: Decimal
    saved: Decimal
    changed: list[str]
    caution: str


class StepSection(_Section):
    users: int
    nodes: int
    redis_gib: int
    database_cpus: int
    database_gib: int
    signatures: Decimal
    total: Decimal
    a_user: Decimal
    to_raise: list[str]


class CostDocument(_Section):
    """A bill. New fields may come within a version; a field that goes or changes its meaning is a new version."""

    version: Literal[1]
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
            GapSection(what=what, resources=names, indicated=indicated)
            for what, (names, indicated) in grouped_gaps(bill).items()
        ],
        oldest_price=bill.oldest_date,
        undated_prices=list(bill.undated),
        fees=bill.fees_total,
        budget=BudgetSection(
            budget=verdict.budget,
            judged=verdict.judged,
            is_over=verdict.is_over,
            movers=[_mover(mover) for mover in verdict.movers],
        ),
        difference=None
        if former is None
        else DifferenceSection(
            against=former[0],
            before=former[1].total,
            after=bill.total,
            movers=[_mover(mover) for mover in movers(bill, former[1])],
        ),
        what_if=[
            LeverSection(
                lever=lever.lever.value,
                total=lever.bill.total,
                saved=bill.total - lever.bill.total,
                changed=list(lever.changed),
                caution=lever.caution,
            )
            for lever in levers
        ],
        growth=[_step(step) for step in steps],
    )


def _mover(mover: Mover) -> MoverSection:
    return MoverSection(resource=mover.name, type=mover.type, before=mover.before, after=mover.after)


def _step(step: Step) -> StepSection:
    return StepSection(
        users=step.users,
        nodes=step.nodes,
        redis_gib=step.redis_gib,
        database_cpus=step.database_cpus,
        database_gib=step.database_gib,
        signatures=step.signing.operations,
        total=step.bill.total,
        a_user=step.a_user,
        to_raise=list(step.to_raise),
    )
