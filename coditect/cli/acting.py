"""Commands that change or break something of the running platform."""

from typing import Annotated

import typer

from coditect.cli.application import ACTING, StateDirectory, app
from coditect.cli.completion import processes, services
from coditect.local.fault import Fault


@app.command(rich_help_panel=ACTING)
def promote(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="A service with two colours.", autocompletion=services)
    ],
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Change a variable of the new colour; several times."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    state: StateDirectory = None,
) -> None:
    """Start a service's other colour, and send it the requests once it is ready.

    Nothing moves when it does not become ready; the command says why, and exits with 70.

    \b
    coditect promote license-backend
    coditect promote license-backend --set LOG_LEVEL=WARNING
    """
    pairs = [pair.partition("=") for pair in change or ()]
    if any(not sign for _, sign, _ in pairs):
        raise typer.BadParameter("write --set NAME=VALUE.")
    from coditect.local.ordering import promote as run

    raise typer.Exit(run(service, {name: value for name, _, value in pairs}, state=state, as_json=json))


@app.command(name="run-job", rich_help_panel=ACTING)
def run_job(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A declared Job or CronJob, or how its name begins.")],
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    state: StateDirectory = None,
) -> None:
    """Run a declared job of the running platform now, and print the end of its log.

    \b
    coditect run-job license-backend-migrate
    """
    from coditect.local.ordering import run_job as run

    raise typer.Exit(run(name, state=state, as_json=json))


@app.command(rich_help_panel=ACTING)
def chaos(
    fault: Annotated[Fault, typer.Argument(metavar="FAULT", help="kill, pause, slow or partition.")],
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="A process of `status`, or a service.", autocompletion=processes)
    ],
    seconds: Annotated[float, typer.Option("--seconds", metavar="S", min=0.1, help="How long, but for kill.")] = 10,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="See it recover, or only begin the fault and end.")
    ] = True,
    json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    state: StateDirectory = None,
) -> None:
    """Break a process of the running platform on purpose, and see it recover.

    \b
    kill        ends a process with SIGKILL; it is started again
    pause       lets a process stand still
    slow        lets requests to a service wait a second
    partition   lets nobody reach a service, or Redis

    Meanwhile the service's pages are asked, so that there is something to fail. Exits with 1 when the platform is not
    as before a minute after the fault.

    \b
    coditect chaos kill license-backend
    coditect chaos pause postgres --seconds 5
    """
    from coditect.local.ordering import chaos as run

    raise typer.Exit(run(fault, service, seconds=seconds, state=state, waits=wait, as_json=json))
