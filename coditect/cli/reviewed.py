"""Commands that judge what is declared: cost, changes, rules, evidence."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from coditect.cli.application import REVIEWED, Stack, app
from coditect.cli.completion import stacks


class WhatIf(StrEnum):
    """Levers of `coditect cost`. Written here too: `--help` must not wait for what prices them."""

    ONE_YEAR = "cud-1y"
    THREE_YEARS = "cud-3y"
    SPOT = "spot"
    RIGHT_SIZE = "right-size"


class ReportForm(StrEnum):
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


@app.command(rich_help_panel=REVIEWED)
def cost(
    stack: Stack,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text; amounts are strings.")] = False,
    against: Annotated[
        str | None, typer.Option(metavar="REV|FILE", help="Also compare with a Git revision or an inventory file.")
    ] = None,
    what_if: Annotated[
        list[WhatIf] | None, typer.Option("--what-if", help="Also price a lever; may be given several times.")
    ] = None,
    users: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Also price growth: numbers of users, rising.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the growth (needs --users).")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Also print every priced line with its source.")] = False,
) -> None:
    """Price a stack, by the rows of the specification.

    From a price book with sources and dates, and usage assumptions in stacks/usage. Exits with 1 over the budget,
    and where a missing price leaves open whether it is kept.
    """
    from coditect.cost.command import counts_of, run

    counts = counts_of(users) if users is not None else ()
    if svg is not None and len(counts) < 2:
        raise typer.BadParameter("--svg draws growth: give at least two numbers with --users, as in 100,1000,10000.")
    raise typer.Exit(
        run(
            stack,
            as_json=json,
            against=against,
            what_if=tuple(lever.value for lever in what_if or ()),
            users=counts,
            svg=svg,
            with_lines=lines,
        )
    )


@app.command(rich_help_panel=REVIEWED)
def report(
    against: Annotated[str, typer.Option(metavar="REV", help="The Git revision to compare with, as in main.")],
    stack: Annotated[
        list[str] | None, typer.Option("--stack", metavar="STACK", help="Only this stack; may be given several times.")
    ] = None,
    form: Annotated[
        ReportForm, typer.Option("--format", help="Markdown is a pull request's comment.")
    ] = ReportForm.MARKDOWN,
) -> None:
    """Report what the working tree changes in all stacks.

    Infrastructure: what Pulumi will refuse first, then what would lose data; cost; new and mended policy findings.
    Exits with 2 where data, keys or zones would be lost, with 70 where a stack cannot be run, and with 1 where Pulumi
    will refuse, a budget is not kept, or there is a new mandatory finding.
    """
    from coditect.report.command import run

    raise typer.Exit(run(against, stacks=tuple(stack or ()), form=form.value))


@app.command(rich_help_panel=REVIEWED)
def policy(
    stack: Annotated[
        str | None,
        typer.Argument(metavar="STACK", help="dev, staging, prod, dr or local.", autocompletion=stacks),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    pack: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only one pack: security, soc2, gdpr, pci, cost or reliability."),
    ] = None,
    first_preview: Annotated[
        bool, typer.Option("--first-preview", help="Take what only a deployment computes as unknown.")
    ] = False,
    on: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="Judge waivers by this day; today if not given."),
    ] = None,
    docs: Annotated[bool, typer.Option("--docs", help="Check docs/policies.md instead of a stack.")] = False,
    write: Annotated[bool, typer.Option("--write", help="With --docs: write it.")] = False,
) -> None:
    """Check a stack against the rules of policies/.

    Prints what is wrong, most severe first, and how to mend it. Exits with 1 on a mandatory finding, and on a waiver
    that has expired or that nothing needs.
    """
    if docs == (stack is not None):
        raise typer.BadParameter("say what you want: a STACK to check, or --docs for the page about the rules.")
    from coditect.policy.command import run, write_reference

    if stack is None:
        raise typer.Exit(write_reference(write=write))
    day = on.date() if on is not None else None
    raise typer.Exit(run(stack, as_json=json, pack=pack, as_first_preview=first_preview, today=day))


@app.command(rich_help_panel=REVIEWED)
def evidence(
    stack: Stack,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where STACK.html and STACK.json are written.")],
) -> None:
    """Write compliance evidence that an auditor can read alone.

    Every SOC 2, GDPR, PCI DSS and CIS control that the platform claims: the rules behind it, the resources looked at,
    results, waivers, and what is not covered. Exits with 1 where mandatory findings stand.
    """
    from coditect.evidence.command import run

    raise typer.Exit(run(stack, directory=out))
