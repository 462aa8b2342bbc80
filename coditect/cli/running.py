"""Commands that start and end the platform on this machine."""

from enum import StrEnum
from typing import Annotated

import typer

from coditect.cli.application import RUNNING, StateDirectory, app


class Replicas(StrEnum):
    """Of `coditect up`."""

    ONE = "one"
    DECLARED = "declared"


@app.command(rich_help_panel=RUNNING)
def up(
    stack: Annotated[str, typer.Option("--stack", metavar="STACK", help="Which stack to run.")] = "local",
    replicas: Annotated[Replicas, typer.Option("--replicas", help="One of each pod, or as many as declared.")] = (
        Replicas.ONE
    ),
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="SERVICE", help="Start this service alone; several times.")
    ] = None,
    reload: Annotated[bool, typer.Option("--reload", help="Run applications anew when their code changes.")] = False,
    debug: Annotated[
        list[str] | None,
        typer.Option("--debug", metavar="SERVICE", help="Run this service where a debugger can attach; several times."),
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Run the declared platform on this machine, until Ctrl-C.

    Everything is started as the stack's program declares it: routes, certificates, secrets, databases, processes.
    """
    from coditect.local.command import up as run

    raise typer.Exit(
        run(
            stack,
            state=state,
            declared_replicas=replicas is Replicas.DECLARED,
            only=frozenset(only or ()),
            reloads=reload,
            debugged=frozenset(debug or ()),
        )
    )


@app.command(rich_help_panel=RUNNING)
def status(
    every: Annotated[
        bool,
        typer.Option("--all", help="Also routes without a page, all people, and what is declared and not done here."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON instead of tables.")] = False,
    state: StateDirectory = None,
) -> None:
    """Show every process and address of the running platform.

    Exits with 0 when every process is ready, with 1 when one is not, and with 70 when no platform runs.
    """
    from coditect.local.command import show_status

    raise typer.Exit(show_status(state=state, as_json=json, shows_all=every))


@app.command(rich_help_panel=RUNNING)
def down(state: StateDirectory = None) -> None:
    """End everything that `up` started, even when its supervisor is gone."""
    from coditect.local.command import down as run

    raise typer.Exit(run(state=state))


@app.command(rich_help_panel=RUNNING)
def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
    state: StateDirectory = None,
) -> None:
    """End everything, and delete databases, secrets and certificates of this machine's platform, once you agree."""
    from coditect.local.command import reset as run

    raise typer.Exit(run(state=state, is_agreed=yes))
