"""A stack's bill: every resource estimated, and summed in the rows of the specification's table."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from coditect.cost import rows
from coditect.cost.book import PriceBook
from coditect.cost.estimate import CENT, Compute, Estimate, Gap, Kind, Line, Pricing
from coditect.cost.estimators import estimator_of
from coditect.cost.shares import weights_of
from coditect.cost.usage import Usage
from coditect.graph.model import Graph
from infra.catalog.budget import BUDGET

ZERO = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class BillRow:
    """One of the specification's rows, in US dollars a month.

    own: what stands in the component; shared: its part of cluster, registry and add-ons (by pod requests).
    indicated: what has no price, as far as us-central1's prices tell; in no sum. gaps: how many things have no price.
    is_least: whether something in it or in what it shares has no price, so that the sums are the least they can be.
    """

    component: str
    own_fixed: Decimal
    own_usage: Decimal
    shared_fixed: Decimal
    shared_usage: Decimal
    indicated: Decimal
    gaps: int
    is_least: bool
    specification: int | None

    @property
    def fixed(self) -> Decimal:
        return self.own_fixed + self.shared_fixed

    @property
    def usage(self) -> Decimal:
        return self.own_usage + self.shared_usage

    @property
    def total(self) -> Decimal:
        return self.fixed + self.usage


@dataclass(frozen=True, kw_only=True)
class Bill:
    """rows: all but Stripe's fees, which the specification's total leaves out too. fees: those.

    What has no price is in no sum: while there are gaps, every sum is the least that it can be.

    estimates: of every resource. component_of: the row of an estimate, by URN; `rows.SHARED` for what several share.
    """

    stack: str
    rows: tuple[BillRow, ...]
    fees: tuple[Line, ...]
    estimates: tuple[Estimate, ...]
    row_of: Mapping[str, str]
    book: PriceBook

    @property
    def fixed(self) -> Decimal:
        return sum((row.fixed for row in self.rows), ZERO)

    @property
    def usage(self) -> Decimal:
        return sum((row.usage for row in self.rows), ZERO)

    @property
    def total(self) -> Decimal:
        return self.fixed + self.usage

    @property
    def indicated(self) -> Decimal:
        """What has no price, as far as us-central1's prices tell. Not in the total, but in what a budget is held to."""
        return sum((row.indicated for row in self.rows), ZERO)

    @property
    def fees_total(self) -> Decimal:
        return sum((line.amount for line in self.fees), ZERO)

    @property
    def lines(self) -> tuple[tuple[Estimate, Line], ...]:
        """Every priced line of the total, with its resource."""
        return tuple((estimate, line) for estimate in self.estimates for line in estimate.lines)

    @property
    def gaps(self) -> tuple[tuple[Estimate, Gap], ...]:
        return tuple((estimate, gap) for estimate in self.estimates for gap in estimate.gaps)

    @property
    def holes(self) -> tuple[str, ...]:
        """What has no price at all, and is of no kind that is accepted so; in words, with the resource."""
        return tuple(f"{estimate.name}: {gap.what}" for estimate, gap in self.gaps if gap.is_hole)

    @property
    def counts(self) -> Mapping[str, int]:
        """Resources by what is known of them: priced, unpriced (in part or whole), free."""
        return Counter(
            "unpriced" if estimate.gaps else "free" if estimate.free is not None else "priced"
            for estimate in self.estimates
        )

    @property
    def oldest_date(self) -> str | None:
        """Of the dated figures in use."""
        dates = [d for _, line in self.lines if (d := self.book.date_of(line.price)) is not None]
        return min(dates, default=None)

    @property
    def undated(self) -> tuple[str, ...]:
        """Items in use whose figures bear no date."""
        return tuple(sorted({line.price.item for _, line in self.lines if self.book.date_of(line.price) is None}))


def bill(graph: Graph, usage: Usage, book: PriceBook, compute: Compute = Compute.SUSTAINED) -> Bill:
    """The bill of a month. Raises CostError where the price book lacks what an estimator needs."""
    pricing = Pricing(book, usage, compute)
    estimates = [
        Estimate.of(node, estimator_of(node.type)(node, graph, pricing))
        # By name, as in an inventory: a free tier goes to the same resources on both sides of a comparison.
        for node in sorted(graph.resources, key=lambda node: (node.type, node.name))
        if not node.is_component
    ]
    placed = {child.urn: rows.row_of(child, graph) for child in graph.children(graph.root) if child.is_component}
    row_of = {}
    for estimate in estimates:
        component = graph.component_of(graph.nodes[estimate.urn])
        # Providers stand in no component.
        row_of[estimate.urn] = placed[component.urn] if component is not None else rows.SHARED
    for name, line in _subscriptions(pricing):
        estimates.append(Estimate(urn=name, type="third party", name=name, lines=(line,)))
        row_of[name] = rows.SUBSCRIBER
    return Bill(
        stack=graph.stack,
        rows=_rows(graph, estimates, row_of),
        fees=tuple(_fees(pricing)),
        estimates=tuple(estimates),
        row_of=row_of,
        book=book,
    )


def _subscriptions(pricing: Pricing) -> list[tuple[str, Line]]:
    """Third parties that are paid by the month: no resource of the graph, but in the specification's table."""
    plans = {
        "SendGrid": (pricing.usage.sendgrid_plans.value, "third-party.sendgrid"),
        "Zendesk": (pricing.usage.zendesk_plans.value, "third-party.zendesk"),
    }
    return [
        (name, Line(what="Plan", quantity=count, price=pricing.book.known(item).flat, kind=Kind.FIXED))
        for name, (count, item) in plans.items()
        if count
    ]


def _fees(pricing: Pricing) -> list[Line]:
    usage, book = pricing.usage, pricing.book
    if not usage.payments.value:
        return []
    return [
        Line(
            what="Share of payments",
            quantity=usage.payments_usd.value,
            price=book.known("third-party.stripe.share").flat,
            kind=Kind.USAGE,
        ),
        Line(
            what="Payments",
            quantity=usage.payments.value,
            price=book.known("third-party.stripe.payment").flat,
            kind=Kind.USAGE,
        ),
    ]


def _rows(graph: Graph, estimates: list[Estimate], row_of: Mapping[str, str]) -> tuple[BillRow, ...]:
    sums: dict[tuple[str, str], Decimal] = {}
    gaps: Counter[str] = Counter()
    for estimate in estimates:
        row = row_of[estimate.urn]
        gaps[row] += len(estimate.gaps)
        sums[row, "indicated"] = sums.get((row, "indicated"), ZERO) + estimate.indicated
        for line in estimate.lines:
            sums[row, line.kind] = sums.get((row, line.kind), ZERO) + line.amount
    weights = weights_of(graph)
    shared = {part: apportioned(sums.get((rows.SHARED, part), ZERO), weights) for part in (*Kind, "indicated")}
    return tuple(
        BillRow(
            component=budget.component,
            own_fixed=sums.get((budget.component, Kind.FIXED), ZERO),
            own_usage=sums.get((budget.component, Kind.USAGE), ZERO),
            shared_fixed=shared[Kind.FIXED].get(budget.component, ZERO),
            shared_usage=shared[Kind.USAGE].get(budget.component, ZERO),
            indicated=sums.get((budget.component, "indicated"), ZERO) + shared["indicated"].get(budget.component, ZERO),
            # What the cluster has without a price is counted once, with the row that heads the table.
            gaps=gaps[budget.component] + (gaps[rows.SHARED] if budget.component == rows.FIRST_SHARER else 0),
            is_least=bool(gaps[budget.component] or (budget.component in weights and gaps[rows.SHARED])),
            specification=rows.specified(graph.stack, budget),
        )
        for budget in BUDGET
        if budget.component != rows.FEES
    )


def apportioned(amount: Decimal, weights: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    """Shares of an amount in whole cents that add up to it: what is left over goes to the largest remainders."""
    whole = sum(weights.values(), ZERO)
    exact = {name: amount * weight / whole for name, weight in weights.items()}
    shares = {name: share.quantize(CENT, rounding="ROUND_DOWN") for name, share in exact.items()}
    left = int((amount - sum(shares.values(), ZERO)) / CENT)
    by_remainder = sorted(exact, key=lambda name: (shares[name] - exact[name], name))
    for name in by_remainder[:left]:
        shares[name] += CENT
    return shares
