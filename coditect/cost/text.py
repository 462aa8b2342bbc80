"""The bill for eyes. What has no price is unknown: it is named, and the sums around it are said to be the least."""

from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coditect.cost import rows
from coditect.cost.bill import Bill
from coditect.cost.budget import Verdict
from coditect.cost.difference import Difference, Mover, Part, difference
from coditect.cost.estimate import Gap
from coditect.cost.levers import WhatIf

_MOST_NAMES = 3
_WIDE = 105
_NEGLIGIBLE = Decimal(1)


def dollars(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}"


def least(written: str, is_least: object) -> str:
    """An amount; marked as the least that it can be where something beside it has no price."""
    return f"≥ {written}" if is_least else written


def whole(bill: Bill) -> str:
    """The total in words."""
    return f"{'at least ' if bill.gaps else ''}{dollars(bill.total)}"


def show(bill: Bill, verdict: Verdict, console: Console, *, with_lines: bool = False) -> None:
    """Prints the bill: the table, why it differs from the specification, what is unpriced, budget."""
    console.print(Text.assemble(("coditect cost ", "dim"), (bill.stack, "bold cyan"), ("  US dollars a month", "dim")))
    console.print(_table(bill, console.width))
    if console.width >= _WIDE:
        console.print(
            "shared: the part of cluster, registry and add-ons in the total. indicated: in no total, see below."
        )
    if bill.gaps:
        console.print("≥: at least; something in it has no price and is in no sum. See Unpriced below.")
    _title(console, "Why ours differs from the specification")
    for row in bill.rows:
        if row.specification is not None and abs(row.total - row.specification) >= _NEGLIGIBLE:
            label, more = rows.LABELS[row.component], signed(row.total - row.specification)
            words = "at least " if row.is_least else ""
            console.print(f"  {label}: {words}{more}. {rows.REASONS[row.component]}")
    if all(row.specification is None for row in bill.rows):
        console.print(f"  The specification has no figures for {bill.stack}.")
    _title(console, "Prices")
    console.print(
        f"  Oldest dated figure in use: {bill.oldest_date or 'none'}. Undated: {', '.join(bill.undated) or 'none'}."
    )
    console.print("  Sources and dates: coditect/cost/prices.yaml, or --lines. Assumptions: stacks/usage/.")
    if with_lines:
        _lines(bill, console)
    _gaps(bill, console)
    _fees(bill, console)
    show_verdict(verdict, console)


def _title(console: Console, words: str) -> None:
    console.print(Text(f"\n{words}", style="bold"))


def _table(bill: Bill, width: int) -> Table:
    """By row; on a narrow console without what can be read below it. A row without any price is unknown, and not 0."""
    headings = ("component", "fixed", "usage", "total", "shared", "specified", "difference", "unpriced", "indicated")
    shown = [h for h in headings if width >= _WIDE or h not in {"shared", "unpriced", "indicated"}]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in shown:
        table.add_column(heading, justify="left" if heading == "component" else "right", no_wrap=True)

    def add(style: str | None = None, **cells: str) -> None:
        table.add_row(*(cells.get(heading, "") for heading in shown), style=style)

    for row in bill.rows:
        known = row.specification
        is_unknown = row.is_least and not row.total
        add(
            component=rows.LABELS[row.component],
            fixed="" if is_unknown else dollars(row.fixed),
            usage="" if is_unknown else dollars(row.usage),
            total="unknown" if is_unknown else least(dollars(row.total), row.is_least),
            shared=dollars(row.shared_fixed + row.shared_usage) if row.shared_fixed else "",
            specified="" if known is None else f"{known:,}",
            difference="" if known is None else least(signed(row.total - known), row.is_least),
            unpriced=str(row.gaps) if row.gaps else "",
            indicated=dollars(row.indicated) if row.indicated else "",
        )
    add(component=rows.LABELS[rows.FEES], specified="variable")
    table.add_section()
    specified = [row.specification for row in bill.rows if row.specification is not None]
    figure = sum(specified) if specified else None
    add(
        style="bold",
        component="Total, at least" if bill.gaps else "Total",
        fixed=dollars(bill.fixed),
        usage=dollars(bill.usage),
        total=least(dollars(bill.total), bill.gaps),
        specified="" if figure is None else f"{figure:,}",
        difference="" if figure is None else least(signed(bill.total - figure), bill.gaps),
        unpriced=str(len(bill.gaps)) if bill.gaps else "",
        indicated=dollars(bill.indicated) if bill.indicated else "",
    )
    add(
        component="A year, at least" if bill.gaps else "A year",
        fixed=dollars(bill.fixed * 12),
        usage=dollars(bill.usage * 12),
        total=least(dollars(bill.total * 12), bill.gaps),
        specified="" if figure is None else f"{figure * 12:,}",
    )
    return table


def _lines(bill: Bill, console: Console) -> None:
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in ("row", "resource", "what", "quantity", "unit", "price", "amount", "kind", "source"):
        table.add_column(
            heading, justify="right" if heading in {"quantity", "price", "amount"} else "left", overflow="fold"
        )
    for estimate, line in bill.lines:
        price = line.price
        table.add_row(
            bill.row_of[estimate.urn],
            estimate.name,
            line.what,
            f"{line.quantity:,f}",
            price.unit,
            f"{price.price}" if not line.discount else f"{price.price} less {line.discount:.0%}",
            dollars(line.amount),
            line.kind.value,
            bill.book.cite(price),
        )
    _title(console, "Lines")
    console.print(table)


def _gaps(bill: Bill, console: Console) -> None:
    counts = bill.counts
    _title(console, "Unpriced")
    console.print(
        f"  {counts.get('priced', 0)} resources are priced, {counts.get('free', 0)} cost nothing, "
        f"{counts.get('unpriced', 0)} are unpriced in whole or in part:"
    )
    for gap, names, indication in grouped_gaps(bill):
        listed = ", ".join(names[:_MOST_NAMES]) + (
            f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        )
        at_home = f"; {dollars(indication)} at us-central1's price" if indication else ""
        console.print(f"  {len(names)} x {gap.what} ({listed}){at_home}", soft_wrap=True)
    if bill.indicated:
        console.print(f"  In no sum above: {dollars(bill.indicated)} at us-central1's prices.")


def grouped_gaps(bill: Bill) -> list[tuple[Gap, list[str], Decimal]]:
    """What has no price: one gap of each, the names of the resources that have it, and what us-central1's prices would
    make of them all. What leaves a budget open comes first."""
    found: dict[str, tuple[Gap, list[str], Decimal]] = {}
    for estimate, gap in bill.gaps:
        _, names, indication = found.get(gap.what, (gap, [], Decimal(0)))
        found[gap.what] = (gap, [*names, estimate.name], indication + (gap.indication or Decimal(0)))
    return sorted(found.values(), key=lambda group: not group[0].is_hole)


def _fees(bill: Bill, console: Console) -> None:
    if bill.fees:
        _title(console, "Stripe's fees, in no sum above, as in the specification")
        for line in bill.fees:
            console.print(
                f"  {line.what}: {line.quantity:,f} {line.price.unit}s at {line.price.price} = {dollars(line.amount)}"
            )


def show_verdict(verdict: Verdict, console: Console) -> None:
    """The budget; where it is broken what costs most, and where nobody can say whether it is, what has no price."""
    _title(console, "Budget")
    said = f"  At least {dollars(verdict.judged)} of {dollars(verdict.budget)} a month, what is indicated included: "
    if verdict.is_kept:
        console.print(f"{said}kept, as far as there are prices.")
    if verdict.is_over:
        console.print(Text(f"{said}over by {dollars(verdict.judged - verdict.budget)}.", style="bold red"))
        for estimate in verdict.largest:
            console.print(f"  {estimate.name}: {part_text(Part.of(estimate))}")
        console.print("  Make these smaller, or raise coditect:budget monthly_usd in the stack's file and say why.")
    if verdict.holes:
        console.print(Text(f"{said}nobody can say whether it is kept.", style="bold red"))
        for hole in verdict.holes:
            console.print(f"  {hole}", soft_wrap=True, markup=False)
        console.print("  Add the price with its source to coditect/cost/prices.yaml, or choose what has one.")
    if verdict.accepted:
        console.print(f"  {verdict.accepted} things of kinds without a price are not in it: see Unpriced.")


def part_text(part: Part) -> str:
    """A resource's part in words: `351.24`, `at least 60.00`, or `unknown`."""
    if not part.gaps:
        return dollars(part.priced)
    said = f"at least {dollars(part.priced)}" if part.priced else "unknown"
    return f"{said} ({dollars(part.indicated)} at us-central1's prices)" if part.indicated else said


def mover_text(mover: Mover) -> str:
    """What moved, from what to what, and by how much; for an unknown difference why it is unknown."""
    difference = mover.difference
    by = f"unknown: {'; '.join(mover.unknown)}" if difference is None else signed(difference)
    return f"{mover.name}: {part_text(mover.before)} -> {part_text(mover.after)} ({by})"


def by_text(change: Difference) -> str:
    """`+101.15, +1,213.80 a year`; for an unknown difference that, with the part that is known."""
    known = f"{signed(change.known)}, {signed(change.known * 12)} a year"
    if not change.unknown:
        return known
    count = len(change.unknown)
    which = "1 resource has" if count == 1 else f"{count} resources have"
    return f"unknown: {which} no price on a side; of the others {known}"


def show_difference(bill: Bill, former: Bill, source: str, console: Console) -> None:
    """What changed against another revision, at today's prices and assumptions."""
    _title(console, f"Against {source}")
    change = difference(bill, former)
    if not change.movers:
        console.print("  No difference.")
        return
    console.print(f"  {whole(former)} -> {whole(bill)} a month ({by_text(change)})", soft_wrap=True)
    if bill.indicated != former.indicated:
        console.print(f"  Indicated, not priced: {dollars(former.indicated)} -> {dollars(bill.indicated)}")
    for mover in change.movers:
        console.print(f"  {mover_text(mover)}", soft_wrap=True, markup=False)


def show_levers(bill: Bill, levers: tuple[WhatIf, ...], console: Console) -> None:
    """What each lever would save; where a price is missing, what of it is known."""
    _title(console, "What if")
    for lever in levers:
        if not lever.changed:
            console.print(f"  {lever.lever.value}: changes nothing here.")
            continue
        change = difference(lever.bill, bill)
        console.print(f"  {lever.lever.value}: {whole(lever.bill)} a month ({by_text(change)})", soft_wrap=True)
        console.print(f"    {' '.join(lever.changed)} {lever.caution}", soft_wrap=True)
        for mover in change.unknown:
            console.print(f"    {mover_text(mover)}", soft_wrap=True, markup=False)
