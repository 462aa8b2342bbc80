"""Commands about what is declared: see a stack, compare it, accept it, make it."""

from pathlib import Path
from typing import Annotated

import typer

from coditect.cli.application import DECLARED, Stack, app
from coditect.cli.completion import stacks as names_of_stacks

new = typer.Typer(help="Write what a new part of the platform needs: a service.", no_args_is_help=True)
app.add_typer(new, name="new", rich_help_panel=DECLARED)


@app.command(rich_help_panel=DECLARED)
def plan(
    stack: Stack,
    json: Annotated[bool, typer.Option("--json", help="Print JSON (docs/plan-format.md) instead of text.")] = False,
    against: Annotated[
        str | None,
        typer.Option(metavar="REV|FILE", help="Compare with a Git revision or a file, not with the working tree."),
    ] = None,
    detailed_exitcode: Annotated[
        bool,
        typer.Option("--detailed-exitcode", help="Exit with 1 for changes, with 2 where they would lose data."),
    ] = False,
) -> None:
    """Show a stack, and what changed in it.

    Runs the stack's program without a cloud, and compares it with the reviewed inventory in stacks/inventory.
    Exits with 0, or with 70 when the program cannot be run.
    """
    from coditect.plan.command import run

    raise typer.Exit(run(stack, as_json=json, against=against, detailed_exitcode=detailed_exitcode))


@app.command(rich_help_panel=DECLARED)
def graph(
    stack: Stack,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw components and the path of a request.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print every resource with its inputs as JSON.")] = False,
) -> None:
    """Draw a stack, or print all its resources."""
    if svg is None and not json:
        raise typer.BadParameter("say what you want: --svg FILE for a picture, --json for all resources.")
    from coditect.graph.command import run

    run(stack, svg=svg, as_json=json)


@app.command(rich_help_panel=DECLARED)
def inventory(
    stacks: Annotated[
        list[str] | None,
        typer.Argument(metavar="STACK", help="Which stacks; all if none.", autocompletion=names_of_stacks),
    ] = None,
    write: Annotated[bool, typer.Option("--write", help="Accept the program: write its inventory.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare: the default.")] = False,
) -> None:
    """Check or accept the reviewed inventories.

    They stand in stacks/inventory, and a pull request shows how they change. Exits with 1 on a difference.
    """
    if write and check:
        raise typer.BadParameter("--write and --check exclude each other.")
    from coditect.graph.inventory_command import run

    raise typer.Exit(run(tuple(stacks or ()), write=write))


@app.command(rich_help_panel=DECLARED)
def schema(
    write: Annotated[bool, typer.Option("--write", help="Write the schemas.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only compare: the default.")] = False,
) -> None:
    """Check or write the JSON Schemas.

    Of a stack's settings, and of `plan --json`. Exits with 1 on a difference.
    """
    if write and check:
        raise typer.BadParameter("--write and --check exclude each other.")
    from coditect.schemas import run

    raise typer.Exit(run(write=write))


@app.command(rich_help_panel=DECLARED)
def adopt(
    stack: Stack,
    names: Annotated[
        list[str], typer.Argument(metavar="NAME...", help="Logical names in the stack; * stands for any letters.")
    ],
) -> None:
    """Print the file by which Pulumi takes over what exists before the program makes it.

    A clone of a database, or a promoted replica: `coditect adopt prod 'database-r1-*' > adopt.json`, and
    `pulumi import --file adopt.json` after it.
    """
    from coditect.graph.adoption_command import run

    run(stack, tuple(names))


@new.command()
def service(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the service, as in docs-frontend.")],
    host: Annotated[
        str | None,
        typer.Option(metavar="LABEL", help="Its host below the applications' domain; NAME if not given."),
    ] = None,
    description: Annotated[
        str | None, typer.Option(metavar="WORDS", help="A few words for the catalogue and its first page.")
    ] = None,
) -> None:
    """Write a new service: catalogue entry, host, route, release lines, and a tested Django project.

    All of it is written, or nothing. The digests are placeholders, until `coditect release` writes real ones.
    """
    from coditect.scaffold.command import new_service

    raise typer.Exit(new_service(name, host=host, description=description))


@app.command(rich_help_panel=DECLARED)
def release(
    stack: Stack,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A service of ours, or an image from elsewhere.")],
    digest: Annotated[str, typer.Argument(metavar="sha256:...", help="The digest that the registry prints.")],
    activate: Annotated[bool, typer.Option("--activate", help="Also send traffic there.")] = False,
) -> None:
    """Write an image digest into a stack's releases.

    Of a service of ours it goes to the colour that takes no traffic.
    """
    from coditect.console import out
    from coditect.release import release as write_release

    written = write_release(stack=stack, name=name, digest=digest, activate=activate)
    where = f" ({written.colour}, {'active' if written.is_active else 'takes no traffic'})" if written.colour else ""
    out.print(f"stacks/releases/{written.stack}.yaml: {written.name}{where}")
