"""The bill for eyes."""

from collections.abc import Mapping
from decimal import Decimal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coditect.cost import rows
from coditect.cost.bill import Bill
from coditect.cost.budget import Mover, Verdict, movers
from coditect.cost.levers import WhatIf

_MOST_NAMES = 3
_WIDE = 105
_NEGLIGIBLE = Decimal(1)


def dollars(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}"


def show(bill: Bill, verdict: Verdict, console: Console, *, with_lines: bool = False) -> None:
    """Prints the bill: the table, why it differs from the specification, what is unpriced, budget."""
    console.print(Text.assemble(("coditect cost ", "dim"), (bill.stack, "bold cyan"), ("  US dollars a month", "dim")))
    console.print(_table(bill, console.width))
    if console.width >= _WIDE:
        console.print(
            "shared: the part of cluster, registry and add-ons in the total. indicated: in no total, see below."
        )
    _title(console, "Why ours differs from the specification")
    for row in bill.rows:
        if row.specification is not None and abs(row.total - row.specification) >= _NEGLIGIBLE:
            label, more = rows.LABELS[row.component], signed(row.total - row.specification)
            console.print(f"  {label}: {more}. {rows.REASONS[row.component]}")
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
    """By row; on a narrow console without what can be read below it."""
    headings = ("component", "fixed", "usage", "total", "shared", "specified", "difference", "unpriced", "indicated")
    shown = [h for h in headings if width >= _WIDE or h not in {"shared", "unpriced", "indicated"}]
    table = Table(box=None, padding=(0, 1), pad_edge=False)
    for heading in shown:
        table.add_column(heading, justify="left" if heading == "component" else "right", no_wrap=True)

    def add(style: str | None = None, **cells: str) -> None:
        table.add_row(*(cells.get(heading, "") for heading in shown), style=style)

    for row in bill.rows:
        known = row.specification
        add(
            component=rows.LABELS[row.component],
            fixed=dollars(row.fixed),
            usage=dollars(row.usage),
            total=dollars(row.total),
            shared=dollars(row.shared_fixed + row.shared_usage) if row.shared_fixed else "",
            specified="" if known is None else f"{known:,}",
            difference="" if known is None else signed(row.total - known),
            unpriced=str(row.gaps) if row.gaps else "",
            indicated=dollars(row.indicated) if row.indicated else "",
        )
    add(component=rows.LABELS[rows.FEES], specified="variable")
    table.add_section()
    specified = [row.specification for row in bill.rows if row.specification is not None]
    whole = sum(specified) if specified else None
    add(
        style="bold",
        component="Total",
        fixed=dollars(bill.fixed),
        usage=dollars(bill.usage),
        total=dollars(bill.total),
        specified="" if whole is None else f"{whole:,}",
        difference="" if whole is None else signed(bill.total - whole),
        unpriced=str(len(bill.gaps)) if bill.gaps else "",
        indicated=dollars(bill.indicated) if bill.indicated else "",
    )
    add(
        component="A year",
        fixed=dollars(bill.fixed * 12),
        usage=dollars(bill.usage * 12),
        total=dollars(bill.total * 12),
        specified="" if whole is None else f"{whole * 12:,}",
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
    for what, (names, indication) in grouped_gaps(bill).items():
        listed = ", ".join(names[:_MOST_NAMES]) + (
            f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
        )
        at_home = f"; {dollars(indication)} at us-central1's price" if indication else ""
        console.print(f"  {len(names)} x {what} ({listed}){at_home}", soft_wrap=True)
    if bill.indicated:
        console.print(f"  In no sum above: {dollars(bill.indicated)} at us-central1's prices.")


def grouped_gaps(bill: Bill) -> Mapping[str, tuple[list[str], Decimal]]:
    """What has no price: the names of the resources by what it is, and what us-central1's prices would make of it."""
    found: dict[str, tuple[list[str], Decimal]] = {}
    for estimate, gap in bill.gaps:
        names, indication = found.get(gap.what, ([], Decimal(0)))
        found[gap.what] = ([*names, estimate.name], indication + (gap.indication or Decimal(0)))
    return found


def _fees(bill: Bill, console: Console) -> None:
    if bill.fees:
        _title(console, "Stripe's fees, in no sum above, as in the specification")
        for line in bill.fees:
            console.print(
                f"  {line.what}: {line.quantity:,f} {line.price.unit}s at {line.price.price} = {dollars(line.amount)}"
            )


def show_verdict(verdict: Verdict, console: Console) -> None:
    """The budget, and where it is broken what moved most."""
    _title(console, "Budget")
    said = f"  {dollars(verdict.judged)} of {dollars(verdict.budget)} a month, what is indicated included: "
    if not verdict.is_over:
        console.print(f"{said}kept.")
        return
    console.print(Text(f"{said}over by {dollars(verdict.judged - verdict.budget)}.", style="bold red"))
    for mover in verdict.movers:
        console.print(f"  {mover_text(mover)}")
    console.print("  Make these smaller, or raise coditect:budget monthly_usd in the stack's file and say why.")


def mover_text(mover: Mover) -> str:
    if mover.before is None:
        return f"{mover.name}: {dollars(mover.after)}"
    return f"{mover.name}: {dollars(mover.before)} -> {dollars(mover.after)} ({signed(mover.difference)})"


def show_difference(bill: Bill, former: Bill, source: str, console: Console) -> None:
    """What changed against another revision, at today's prices and assumptions."""
    _title(console, f"Against {source}")
    if bill.total == former.total and bill.indicated == former.indicated:
        console.print("  No difference.")
        return
    difference = bill.total - former.total
    console.print(
        f"  {dollars(former.total)} -> {dollars(bill.total)} a month "
        f"({signed(difference)}, {signed(difference * 12)} a year)"
    )
    if bill.indicated != former.indicated:
        console.print(f"  Indicated, not priced: {dollars(former.indicated)} -> {dollars(bill.indicated)}")
    for mover in movers(bill, former):
        console.print(f"  {mover_text(mover)}")


def show_levers(bill: Bill, levers: tuple[WhatIf, ...], console: Console) -> None:
    """What each lever would save."""
    _title(console, "What if")
    for lever in levers:
        saved = bill.total - lever.bill.total
        if not lever.changed:
            console.print(f"  {lever.lever.value}: changes nothing here.")
            continue
        console.print(
            f"  {lever.lever.value}: {dollars(lever.bill.total)} a month, {dollars(saved)} less "
            f"({dollars(saved * 12)} a year)"
        )
        console.print(f"    {' '.join(lever.changed)} {lever.caution}", soft_wrap=True)
