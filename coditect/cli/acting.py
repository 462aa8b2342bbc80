"""Commands that change or break something of the running platform."""

from enum import StrEnum
from typing import Annotated

import typer

from coditect.cli.application import ACTING, StateDirectory, app


class FaultKind(StrEnum):
    """Of `coditect chaos`."""

    KILL = "kill"
    PAUSE = "pause"
    SLOW = "slow"
    PARTITION = "partition"


@app.command(rich_help_panel=ACTING)
def promote(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service with two colours.")],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a variable of the new colour; several times."),
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Start a service's other colour, and send it the requests once it is ready.

    Nothing moves when it does not become ready.
    """
    pairs = [pair.partition("=") for pair in change or ()]
    if any(not sign for _, sign, _ in pairs):
        raise typer.BadParameter("write --set NAME=VALUE.")
    from coditect.local.inspection import promote as run

    raise typer.Exit(run(service, {name: value for name, _, value in pairs}, state=state))


@app.command(name="run-job", rich_help_panel=ACTING)
def run_job(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A declared Job or CronJob, or how its name begins.")],
    state: StateDirectory = None,
) -> None:
    """Run a declared job of the running platform now."""
    from coditect.local.inspection import run_job as run

    raise typer.Exit(run(name, state=state))


@app.command(rich_help_panel=ACTING)
def chaos(
    fault: Annotated[FaultKind, typer.Argument(help="What to do.")],
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A process of `coditect status`, or a service.")],
    seconds: Annotated[float, typer.Option("--seconds", min=0.1, help="How long, but for kill.")] = 10,
    state: StateDirectory = None,
) -> None:
    """Break a process of the running platform on purpose, and see it recover."""
    from coditect.local.inspection import chaos as run

    raise typer.Exit(run(fault.value, service, seconds=seconds, state=state))
