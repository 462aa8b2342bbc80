"""The result for eyes: what is wrong and how to mend it, most severe first."""

from collections import Counter
from collections.abc import Iterable
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from coditect.policy.evaluate import Result
from policies.evaluation import Finding, Outcome
from policies.rule import Severity
from policies.waivers import Waiver

_COLOURS = {Severity.MANDATORY: "bold red", Severity.ADVISORY: "yellow"}


def show(result: Result, console: Console) -> None:
    """Prints the findings, then the state of the waivers."""
    console.print(_summary(result))
    for findings in (result.mandatory, result.advisory):
        for _, group in groupby(findings, key=lambda finding: finding.rule.id):
            console.print(Padding(_finding(tuple(group)), (1, 0, 0, 1), expand=False))
    for title, waivers, mending in (
        ("Expired waivers", result.expired, "decide anew: mend what it covers, or renew it with a reason and a date"),
        ("Waivers that nothing needs", result.unused, "delete them from policies/waivers.yaml, or correct `resource`"),
    ):
        if waivers:
            console.print(Text(f"\n{title}", style="bold red"))
            console.print(Padding(_waivers(waivers), (0, 0, 0, 1), expand=False))
            console.print(Text(f" {mending}", style="dim"))
    if result.applied:
        console.print(Text("\nWaived", style="bold"))
        console.print(Padding(_applied(result), (0, 0, 0, 1), expand=False))


def _summary(result: Result) -> RenderableType:
    outcomes = Counter(verdict.outcome for verdict in result.verdicts)
    heading = Text.assemble(("coditect policy ", "dim"), (result.stack, "bold cyan"))
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim")
    table.add_column()
    asked = sum(1 for rule in result.rules if result.looked_at(rule))
    table.add_row("rules", f"{asked} of {len(result.rules)} found something to look at")
    table.add_row("answers", f"{len(result.verdicts)}: " + ", ".join(f"{outcomes[o]} {o.value}" for o in Outcome))
    table.add_row("findings", f"{len(result.mandatory)} mandatory, {len(result.advisory)} advisory")
    table.add_row("waived", f"{len(result.applied)} by {len({id(a.waiver) for a in result.applied})} waivers")
    return Group(heading, table)


def _finding(findings: tuple[Finding, ...]) -> RenderableType:
    rule = findings[0].rule
    lines = [
        Text.assemble((rule.severity.value, _COLOURS[rule.severity]), "  ", (rule.id, "bold"), "  ", rule.title),
        Text(f"  {', '.join(str(control) for control in rule.controls)}", style="dim"),
        *(Text.assemble("  ", (finding.resource.name, "cyan"), "  ", finding.message) for finding in findings),
        Text.assemble(("  why  ", "dim"), rule.why),
        Text.assemble(("  mend ", "dim"), rule.fix),
    ]
    return Group(*lines)


def _waivers(waivers: Iterable[Waiver]) -> RenderableType:
    table = Table.grid(padding=(0, 2))
    for waiver in waivers:
        table.add_row(waiver.rule, waiver.resource, f"{waiver.owner}, until {waiver.expires.isoformat()}")
    return table


def _applied(result: Result) -> RenderableType:
    counts = Counter(id(applied.waiver) for applied in result.applied)
    waivers = {id(applied.waiver): applied.waiver for applied in result.applied}
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right", style="cyan")
    table.add_column(style="dim")
    table.add_column()
    for key, waiver in waivers.items():
        table.add_row(waiver.rule, f"{counts[key]}", f"until {waiver.expires.isoformat()}", waiver.reason)
    return table
