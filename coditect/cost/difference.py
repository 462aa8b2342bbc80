"""What a change does to a bill, resource by resource: known in dollars, or unknown where one side has no price."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from coditect.cost.bill import Bill
from coditect.cost.estimate import Estimate, Gap

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class Part:
    """A resource's part in a bill, in US dollars a month: what has a price, and the gaps that have none."""

    priced: Decimal = ZERO
    gaps: tuple[Gap, ...] = ()

    @classmethod
    def of(cls, estimate: Estimate | None) -> "Part":
        """None: the resource is not there, and that costs nothing."""
        return cls() if estimate is None else cls(priced=estimate.amount, gaps=estimate.gaps)

    @property
    def indicated(self) -> Decimal:
        """What has no price, as far as us-central1's prices tell."""
        return sum((gap.indication or ZERO for gap in self.gaps), ZERO)


@dataclass(frozen=True, kw_only=True)
class Mover:
    """A resource whose part is not what it was."""

    name: str
    type: str
    before: Part
    after: Part

    @property
    def difference(self) -> Decimal | None:
        """None where it is unknown: something has no price that had one or was not there, or the other way round.

        What had no price and still has none, alike, cancels out.
        """
        return None if self.unknown else self.after.priced - self.before.priced

    @property
    def unknown(self) -> tuple[str, ...]:
        """What has no price on one side alone."""
        before, after = Counter(self.before.gaps), Counter(self.after.gaps)
        return tuple(dict.fromkeys(gap.what for gap in [*(after - before), *(before - after)]))


@dataclass(frozen=True, kw_only=True)
class Difference:
    """Of two bills. movers: unknown ones first, then by size; what did not move is left out."""

    movers: tuple[Mover, ...]

    @property
    def unknown(self) -> tuple[Mover, ...]:
        return tuple(mover for mover in self.movers if mover.difference is None)

    @property
    def known(self) -> Decimal:
        """The part of it that is known: of the resources that have a price for what changed."""
        return sum((mover.difference or ZERO for mover in self.movers), ZERO)

    @property
    def whole(self) -> Decimal | None:
        """None where a part is unknown: the known part alone could be a saving that is none."""
        return None if self.unknown else self.known


def difference(now: Bill, former: Bill) -> Difference:
    """What changed from one bill to the other, both at the same prices and assumptions."""
    after, before = _by_urn(now), _by_urn(former)
    found = [
        Mover(name=one.name, type=one.type, before=Part.of(before.get(urn)), after=Part.of(after.get(urn)))
        for urn, one in {**before, **after}.items()
    ]
    moved = [mover for mover in found if mover.difference is None or mover.difference]
    return Difference(movers=tuple(sorted(moved, key=_order)))


def _by_urn(bill: Bill) -> Mapping[str, Estimate]:
    return {estimate.urn: estimate for estimate in bill.estimates}


def _order(mover: Mover) -> tuple[bool, Decimal, str]:
    return mover.difference is not None, -abs(mover.difference or ZERO), mover.name
