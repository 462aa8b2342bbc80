"""A stack's budget, and what moved most."""

from dataclasses import dataclass
from decimal import Decimal

from coditect.cost.bill import Bill
from coditect.cost.estimate import Estimate

MOVERS = 3


@dataclass(frozen=True, kw_only=True)
class Mover:
    """One resource's part in the bill, in US dollars a month. before: None where nothing is compared."""

    name: str
    type: str
    before: Decimal | None
    after: Decimal

    @property
    def difference(self) -> Decimal:
        return self.after - (self.before or Decimal(0))


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """Whether a stack keeps its budget.

    judged: the total, and what has no price as far as us-central1's prices tell: leaving that out would let a stack
    overrun unseen.
    """

    budget: Decimal
    judged: Decimal
    movers: tuple[Mover, ...]

    @property
    def is_over(self) -> bool:
        return self.judged > self.budget


def verdict(bill: Bill, monthly_usd: int, former: Bill | None = None) -> Verdict:
    """Holds a bill to a budget. movers: against the former bill; without one, the largest of all."""
    return Verdict(
        budget=Decimal(monthly_usd), judged=bill.total + bill.indicated, movers=movers(bill, former)[:MOVERS]
    )


def movers(bill: Bill, former: Bill | None) -> tuple[Mover, ...]:
    """Resources by what they changed, largest change first; those that changed nothing are left out."""
    now = {e.urn: e for e in bill.estimates}
    then = {e.urn: e for e in former.estimates} if former is not None else {}
    found = [
        Mover(
            name=(now.get(urn) or then[urn]).name,
            type=(now.get(urn) or then[urn]).type,
            before=None if former is None else _whole(then, urn),
            after=_whole(now, urn),
        )
        for urn in [*now, *(urn for urn in then if urn not in now)]
    ]
    return tuple(sorted((m for m in found if m.difference), key=lambda m: (-abs(m.difference), m.name)))


def _whole(estimates: dict[str, Estimate], urn: str) -> Decimal:
    estimate = estimates.get(urn)
    return estimate.amount + estimate.indicated if estimate is not None else Decimal(0)
