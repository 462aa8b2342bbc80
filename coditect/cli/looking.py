"""Commands that look into the running platform."""

from typing import Annotated

import typer

from coditect.cli.application import LOOKING, StateDirectory, app


@app.command(name="open", rich_help_panel=LOOKING)
def open_site(state: StateDirectory = None) -> None:
    """Open the running site in a browser."""
    from coditect.local.inspection import open_site as run

    raise typer.Exit(run(state=state))


@app.command(rich_help_panel=LOOKING)
def logs(
    service: Annotated[str | None, typer.Argument(metavar="[SERVICE]", help="A process; all if none.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of each process to begin with.")] = 20,
    state: StateDirectory = None,
) -> None:
    """Print the logs of the running platform."""
    from coditect.local.inspection import logs as run

    raise typer.Exit(run(service, state=state, is_following=follow, lines=lines))


@app.command(rich_help_panel=LOOKING)
def top(
    once: Annotated[bool, typer.Option("--once", help="Print one view and end.")] = False,
    state: StateDirectory = None,
) -> None:
    """Show requests a second, latencies, errors, seats and queues, live."""
    from coditect.local.inspection import top as run

    raise typer.Exit(run(state=state, is_once=once))


@app.command(rich_help_panel=LOOKING)
def metrics(
    process: Annotated[
        str | None, typer.Argument(metavar="[PROCESS]", help="As `status` names it; all if none.")
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Print every process's metrics, in the text format of Prometheus."""
    from coditect.local.inspection import metrics as run

    raise typer.Exit(run(process, state=state))


@app.command(name="exec", context_settings={"ignore_unknown_options": True}, rich_help_panel=LOOKING)
def execute(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="A service of ours, as in license-backend.")],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND...", help="What to run there.")],
    state: StateDirectory = None,
) -> None:
    """Run a command with a service's environment and secrets, as beside it in its pod."""
    from coditect.local.inspection import execute as run

    raise typer.Exit(run(service, command, state=state))
