"""What an estimator may say of a resource: priced lines, gaps that have no price, or why it is free."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from coditect.cost.book import ANY_REGION, Meter, Price, PriceBook, Tariff
from coditect.cost.usage import Usage
from coditect.graph.model import Node

CENT = Decimal("0.01")


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half up: what a line prints is what is summed."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


class Kind(StrEnum):
    FIXED = "fixed"
    """Paid whether or not anyone uses it."""
    USAGE = "usage"
    """Follows the assumptions in stacks/usage."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """quantity of price.unit at price.price, less the discount (a share), in US dollars a month."""

    what: str
    quantity: Decimal
    price: Price
    kind: Kind
    discount: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        return cents(self.quantity * self.price.price * (1 - self.discount))


@dataclass(frozen=True, kw_only=True)
class Gap:
    """Something that costs, and has no price here: unknown, and so in no sum. It is never 0.

    indication: what it would be at us-central1's price, in US dollars a month; None where not even that is known.
    is_accepted: of a kind that no rate was found for (`Unpriced`); every budget is kept without it, and says so.
    """

    what: str
    indication: Decimal | None = None
    is_accepted: bool = False

    @property
    def is_hole(self) -> bool:
        """Whether nobody can say what it adds, and nobody has accepted that: a budget cannot be called kept."""
        return self.indication is None and not self.is_accepted


class Unpriced(StrEnum):
    """Kinds of cost that no rate was found for, whatever the settings. docs/cost.md lists them."""

    BACKUPS = "Backup for GKE, by pod and GiB"
    BINARY_AUTHORIZATION = "Binary Authorization"
    ALERTS = "Alerting, by condition"
    FILES = "Cloud Storage, by GiB and operation"
    FQDN_POLICIES = "FQDN network policies"
    LOG_METRICS = "Samples of metrics made from logs"
    LOGS_KEPT = "Logs kept longer than 30 days"
    MESSAGES = "Pub/Sub messages"
    REPLICATION = "Replication traffic to another region"
    SAMPLES = "Samples of Managed Prometheus"
    UPTIME_CHECKS = "Uptime checks, by execution"

    def gap(self, detail: str = "") -> Gap:
        """The gap of this kind in one resource."""
        return Gap(what=f"{self.value}{f' ({detail})' if detail else ''}: no rate found", is_accepted=True)


@dataclass(frozen=True, kw_only=True)
class Free:
    """why: as a sentence."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """What one resource costs: lines or gaps or both, else why it is free."""

    urn: str
    type: str
    name: str
    lines: tuple[Line, ...] = ()
    gaps: tuple[Gap, ...] = ()
    free: str | None = None

    def __post_init__(self) -> None:
        if (self.free is None) == (not self.lines and not self.gaps):
            raise ValueError(
                f"{self.name}: a resource is priced, unpriced or free with a reason, and only one of these."
            )

    @classmethod
    def of(cls, node: Node, said: Iterable[Line | Gap | Free]) -> "Estimate":
        """Collects what an estimator said of a resource."""
        parts = tuple(said)
        lines = tuple(part for part in parts if isinstance(part, Line))
        gaps = tuple(part for part in parts if isinstance(part, Gap))
        why = next((part.why for part in parts if isinstance(part, Free)), None)
        return cls(urn=node.urn, type=node.type, name=node.name, lines=lines, gaps=gaps, free=why)

    @property
    def amount(self) -> Decimal:
        return sum((line.amount for line in self.lines), Decimal(0))

    @property
    def indicated(self) -> Decimal:
        """The part without a price, as far as us-central1's prices tell."""
        return sum((gap.indication or Decimal(0) for gap in self.gaps), Decimal(0))


class Compute(StrEnum):
    """How nodes that always run are bought; each is the end of an item's name in the price book."""

    SUSTAINED = "sustained"
    ONE_YEAR = "cud-1y"
    THREE_YEARS = "cud-3y"


class Pricing:
    """Makes lines from the price book for one stack. Metered items share their tiers over the whole stack."""

    def __init__(self, book: PriceBook, usage: Usage, compute: Compute = Compute.SUSTAINED) -> None:
        self.book = book
        self.usage = usage
        self.compute = compute
        self._meters: dict[str, Meter] = {}

    def fixed(
        self, what: str, quantity: Decimal, item: str, region: str = ANY_REGION, discount: Decimal = Decimal(0)
    ) -> Line | Gap:
        """Something paid whether or not it is used."""
        return self._line(what, quantity, self.book.tariff(item, region), item, region, Kind.FIXED, discount)

    def used(self, what: str, quantity: Decimal, item: str, region: str = ANY_REGION) -> Line | Gap:
        """Something paid by use."""
        return self._line(what, quantity, self.book.tariff(item, region), item, region, Kind.USAGE)

    def banded(self, what: str, size: Decimal, hours: Decimal, item: str, region: str) -> Line | Gap:
        """A size whose whole price follows the band it falls into."""
        tariff = self.book.known(item, region)
        one = Tariff(tiers=(tariff.band(size),), is_borrowed=tariff.is_borrowed)
        return self._line(what, size * hours, one, item, region, Kind.FIXED)

    def metered(self, what: str, quantity: Decimal, item: str, kind: Kind = Kind.USAGE) -> Iterator[Line]:
        """A graduated price, one line a tier. Nothing for a quantity of 0."""
        meter = self._meters.setdefault(item, Meter(self.book.known(item)))
        for inside, tier in meter.take(quantity):
            yield Line(what=what, quantity=inside, price=tier, kind=kind)

    def _line(
        self,
        what: str,
        quantity: Decimal,
        tariff: Tariff | None,
        item: str,
        region: str,
        kind: Kind,
        discount: Decimal = Decimal(0),
    ) -> Line | Gap:
        if tariff is None:
            return Gap(what=f"{what}: the price book has no {item}")
        line = Line(what=what, quantity=quantity, price=tariff.flat, kind=kind, discount=discount)
        if tariff.is_borrowed:
            return Gap(what=f"{what}: no rate found for {region}", indication=line.amount)
        return line
