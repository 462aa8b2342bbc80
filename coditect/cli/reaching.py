"""Commands that tell a shell or a program how to reach the running platform."""

from typing import Annotated

import typer

from coditect.cli.application import LOOKING, StateDirectory, app


@app.command(rich_help_panel=LOOKING)
def env(
    person: Annotated[
        str | None, typer.Option("--person", metavar="NAME", help="Also a token, of alice, bob, carol or sam.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of lines for a shell.")] = False,
    state: StateDirectory = None,
) -> None:
    """Print what a shell needs to reach the running platform, for `eval "$(coditect env)"`."""
    import json as json_format

    from coditect.local.access import exports, variables
    from coditect.local.command import layout_of

    told = variables(layout_of(state), person=person)
    typer.echo(json_format.dumps(told, indent=2) if json else exports(told))


@app.command(rich_help_panel=LOOKING)
def token(
    person: Annotated[str, typer.Argument(metavar="NAME", help="alice, bob, carol or sam, or a mail address.")],
    state: StateDirectory = None,
) -> None:
    """Print an access token of one of the demonstration's people."""
    from coditect.local.access import token as token_of
    from coditect.local.command import layout_of

    typer.echo(token_of(layout_of(state), person))
