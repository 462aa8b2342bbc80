"""Growth for eyes: one row a number of users."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coditect.cost.growth import Step
from coditect.cost.text import dollars, least


def show_growth(steps: tuple[Step, ...], console: Console) -> None:
    """Prints the table, and below it what the program's own limits would refuse."""
    console.print(Text("\nGrowth, US dollars a month (formulas and assumptions: docs/cost.md)", style="bold"))
    table = Table(box=None, padding=(0, 1), pad_edge=False, collapse_padding=True)
    for heading in (
        "users",
        "nodes",
        "Redis GB",
        "SQL vCPUs",
        "SQL GB",
        "signatures",
        "batch",
        "fixed",
        "usage",
        "total",
        "unpriced",
        "indicated",
        "a user",
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    for step in steps:
        table.add_row(
            f"{step.users:,}",
            f"{step.nodes:,}",
            f"{step.redis_gib:,}",
            f"{step.database_cpus:,}",
            f"{step.database_gib:,}",
            f"{step.signing.operations:,f}",
            f"{step.signing.batch:.1f}",
            f"{step.bill.fixed:,.0f}",
            f"{step.bill.usage:,.0f}",
            least(f"{step.bill.total:,.0f}", step.bill.gaps),
            f"{len(step.bill.gaps):,}",
            f"{step.bill.indicated:,.0f}",
            least(dollars(step.a_user), step.bill.gaps),
        )
    console.print(table)
    console.print(
        "Redis and SQL: what the users need; the program's own sizes are paid where they are larger.\n"
        "Batch: leases that one signature serves at the start of work.\n"
        "≥: at least; what is unpriced is in no sum. Backups, files, messages and samples grow with the users too."
    )
    for step in steps:
        if step.bill.holes:
            console.print(
                f"  {step.users:,} users, without a price: {'; '.join(step.bill.holes)}.", soft_wrap=True, markup=False
            )
    for step in steps:
        if step.to_raise:
            console.print(
                f"  {step.users:,} users need declared limits raised: {'; '.join(step.to_raise)}.", soft_wrap=True
            )
