"""The command line's frame: its groups of commands, its help, and the arguments that many commands share."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from coditect.cli.completion import stacks

DECLARED = "What is declared"
REVIEWED = "What it costs, and whether it keeps to the rules"
DEPLOYING = "Before and while it is deployed"
RUNNING = "The platform on this machine"
LOOKING = "Looking into the running platform"
ACTING = "Changing and breaking the running platform"
_SECTIONS = (DECLARED, REVIEWED, DEPLOYING, RUNNING, LOOKING, ACTING)


class Sections(TyperGroup):
    """Help that shows commands in groups, each with the whole first sentence of what it does."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - Typer's copy of Click is private
        """One section a group, commands in the order of their definition."""
        widest = max(len(name) for name in self.commands)
        for section in _SECTIONS:
            rows = [
                (name.ljust(widest), _first_sentence(command.help or ""))
                for name, command in self.commands.items()
                if getattr(command, "rich_help_panel", None) == section and not command.hidden
            ]
            if rows:
                with formatter.section(section):
                    formatter.write_dl(rows)


def _first_sentence(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


app = typer.Typer(
    name="coditect",
    cls=Sections,
    help="CODITECT's cloud as one program: see it, compare it, accept it, run it here. No credentials needed.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog="Exit status: 0 clean, 1 findings, 2 data, keys or zones at risk, 64 a command line that makes no sense, "
    "70 could not run, 130 stopped by you.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Stack = Annotated[str, typer.Argument(metavar="STACK", help="dev, staging, prod, dr or local.", autocompletion=stacks)]

StateDirectory = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Where the platform keeps its state.", show_default=".local"),
]


@app.callback(invoke_without_command=True)
def _options(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if version:
        from importlib.metadata import version as version_of

        typer.echo(f"coditect {version_of('coditect-platform')}")
        raise typer.Exit
