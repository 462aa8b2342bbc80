"""Whether a stack keeps its budget: yes, no, or nobody can say."""

from dataclasses import dataclass
from decimal import Decimal

from coditect.cost.bill import Bill
from coditect.cost.estimate import Estimate

_LARGEST = 3


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """A bill held to a budget, in US dollars a month.

    judged: the total, and what has no price as far as us-central1's prices tell: leaving that out would let a stack
    overrun unseen.
    holes: what has no price at all, in words, and is not of a kind that is accepted so: within the budget or not,
    nobody can say.
    accepted: how many things are of a kind without a price. The budget is kept without them, and says so.
    largest: what costs most, where the budget is broken.
    """

    budget: Decimal
    judged: Decimal
    holes: tuple[str, ...]
    accepted: int
    largest: tuple[Estimate, ...]

    @property
    def is_over(self) -> bool:
        return self.judged > self.budget

    @property
    def is_kept(self) -> bool:
        """False where it is broken, and where a hole leaves it open."""
        return not self.is_over and not self.holes


def verdict(bill: Bill, monthly_usd: int) -> Verdict:
    """Holds a bill to a budget."""
    return Verdict(
        budget=Decimal(monthly_usd),
        judged=bill.total + bill.indicated,
        holes=bill.holes,
        accepted=sum(gap.is_accepted for _, gap in bill.gaps),
        largest=tuple(sorted(bill.estimates, key=lambda e: (-(e.amount + e.indicated), e.name))[:_LARGEST]),
    )
