"""Commands that look into the running platform."""

from datetime import datetime
from typing import Annotated

import typer

from coditect.cli.application import LOOKING, StateDirectory, app
from coditect.cli.completion import databases, processes, services
from coditect.cli.moments import moment
from coditect.local.log_lines import Level

_LINES = 50


@app.command(name="open", rich_help_panel=LOOKING)
def open_site(
    service: Annotated[
        str | None,
        typer.Argument(metavar="SERVICE", help="Whose pages; the console if none.", autocompletion=services),
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Open the running platform in a browser that trusts its certificates.

    It is a Chromium with a profile of its own: nothing is installed, and yours learns nothing. Where no window comes,
    the addresses are printed, and the command exits with 1.

    \b
    coditect open
    coditect open mailbox
    """
    from coditect.local.opening import open_site as run

    raise typer.Exit(run(service, state=state))


@app.command(rich_help_panel=LOOKING)
def logs(
    service: Annotated[
        str | None,
        typer.Argument(
            metavar="SERVICE",
            help="A process of `coditect status`, a service with all its processes, or a job; all if none.",
            autocompletion=processes,
        ),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    lines: Annotated[
        int | None,
        typer.Option(
            "--lines", "-n", metavar="N", min=0, help="How many lines to begin with: 50, or all there are with --since."
        ),
    ] = None,
    level: Annotated[Level | None, typer.Option("--level", help="Only lines of this level and above.")] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="WHEN", help="Only lines from then on: 90s, 5m, 2h ago, or 14:05.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also checks of health, and lines of level debug.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, with all its fields.")] = False,
    state: StateDirectory = None,
) -> None:
    """Print what all processes wrote, in order of time.

    Also of a platform that has ended. Lines of level info and above are shown unless --level or --all says otherwise.

    \b
    coditect logs                              the last lines of everything
    coditect logs license-backend --follow     of one service, as they come
    coditect logs --level warning --since 5m   what went wrong just now
    """
    try:
        begin = moment(since, now=datetime.now().astimezone()) if since else None
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    from coditect.local.inspection import logs as run

    raise typer.Exit(
        run(
            service,
            state=state,
            is_following=follow,
            lines=(None if since else _LINES) if lines is None else lines,
            level=level or (Level.DEBUG if every else Level.INFO),
            since=begin,
            shows_all=every,
            as_json=json,
        )
    )


@app.command(rich_help_panel=LOOKING)
def top(
    once: Annotated[bool, typer.Option("--once", help="Print one view and end.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a second.")] = False,
    state: StateDirectory = None,
) -> None:
    """Show requests a second, latencies, errors, seats and queues, live.

    By service, over the last ten seconds, as the edge sees them.
    """
    from coditect.local.overview import top as run

    raise typer.Exit(run(state=state, is_once=once, as_json=json))


@app.command(rich_help_panel=LOOKING)
def metrics(
    process: Annotated[
        str | None,
        typer.Argument(
            metavar="PROCESS", help="As `status` names it, or a service; all if none.", autocompletion=processes
        ),
    ] = None,
    state: StateDirectory = None,
) -> None:
    """Print every process's metrics, in the text format of Prometheus.

    Each family stands there once, and each sample has a label that names its process.
    """
    from coditect.local.inspection import metrics as run

    raise typer.Exit(run(process, state=state))


@app.command(name="exec", context_settings={"ignore_unknown_options": True}, rich_help_panel=LOOKING)
def execute(
    service: Annotated[
        str,
        typer.Argument(metavar="SERVICE", help="A service of ours, or one of its processes.", autocompletion=processes),
    ],
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND", help="What to run there.")],
    state: StateDirectory = None,
) -> None:
    """Run a command with a service's environment and secrets, as beside it in its pod.

    Exits with the command's own status.

    \b
    coditect exec license-backend -- python -m django shell
    """
    from coditect.local.inspection import execute as run

    raise typer.Exit(run(service, command, state=state))


_PASSED_ON = {"ignore_unknown_options": True}


@app.command(context_settings=_PASSED_ON, rich_help_panel=LOOKING)
def psql(
    database: Annotated[
        str | None,
        typer.Argument(metavar="DATABASE", help="The applications' own if none.", autocompletion=databases),
    ] = None,
    arguments: Annotated[list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="Given to psql.")] = None,
    state: StateDirectory = None,
) -> None:
    """Open a database of the running platform in psql, as its superuser.

    \b
    coditect psql
    coditect psql agentflow
    coditect psql -- -c 'select count(*) from licenses'
    """
    from coditect.local.command import layout_of
    from coditect.local.store_clients import psql as run

    if database is not None and database.startswith("-"):  # everything after `--` is psql's
        run(None, [database, *(arguments or ())], layout=layout_of(state))
    run(database, arguments or (), layout=layout_of(state))


@app.command(name="redis-cli", context_settings=_PASSED_ON, rich_help_panel=LOOKING)
def redis_cli(
    arguments: Annotated[list[str] | None, typer.Argument(metavar="-- ARGUMENTS", help="Given to it.")] = None,
    state: StateDirectory = None,
) -> None:
    """Open the running platform's Redis in redis-cli.

    \b
    coditect redis-cli
    coditect redis-cli -- --scan --pattern 'seats:*'
    """
    from coditect.local.command import layout_of
    from coditect.local.store_clients import redis_cli as run

    run(arguments or [], layout=layout_of(state))
