"""Commands for who deploys a stack: what must stand before, and how the deployment would go."""

from enum import StrEnum
from typing import Annotated

import typer

from coditect.cli.application import DEPLOYING, Stack, app


class Before(StrEnum):
    """Stages of a first deployment. Written here too: `--help` must not wait for what lists them."""

    FIRST_PASS = "first-pass"  # noqa: S105 - a word of the runbook
    SECOND_PASS = "second-pass"  # noqa: S105 - as above
    VISITORS = "visitors"


@app.command(rich_help_panel=DEPLOYING)
def preflight(
    stack: Stack,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    before: Annotated[Before | None, typer.Option("--before", help="Only what must stand before this.")] = None,
) -> None:
    """List what must stand before a stack is deployed, and what of it is missing.

    Settings, releases and programs are checked here. What only Google or GitHub knows comes with a command that prints
    yes or no. Exits with 1 where something is missing here.

    \b
    coditect preflight dev
    coditect preflight prod --before first-pass
    """
    from coditect.preflight.command import run
    from coditect.preflight.model import Stage

    stage = None if before is None else Stage[before.name]
    raise typer.Exit(run(stack, as_json=json, stage=stage))


@app.command(rich_help_panel=DEPLOYING)
def rehearse(
    stack: Stack,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Draws the order in which things are made.")] = 1,
    json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text: every step of every act.")] = False,
) -> None:
    """Rehearse a stack's deployment on the real engine, against a Google that refuses what Google refuses.

    A first deployment of an empty project, an update, a new signing key, the fail-over of prod, the end of dev: what
    would be refused and where Google says so, what waits for what, and how long it usually takes. Needs no credentials;
    the first call on a machine without the Pulumi command builds it. Exits with 1 where something is refused.

    \b
    coditect rehearse dev
    coditect rehearse prod --seed 7
    """
    from coditect.rehearsal.command import run

    raise typer.Exit(run(stack, seed=seed, as_json=json))
