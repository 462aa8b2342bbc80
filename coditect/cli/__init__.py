"""`coditect`: what CODITECT's cloud is, how it changes, and whether it was reviewed. Needs no credentials."""

import sys
import traceback
from pathlib import Path

if sys.dont_write_bytecode:
    # Compiling Pulumi's SDK anew is a third of a command's time. Who wants no bytecode wants none beside the sources:
    # it goes where the other caches are.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).resolve().parents[2] / ".cache" / "python")

import typer
from typer._click.exceptions import ClickException  # the only name there is: Typer carries its own copy of Click

# Each module adds its commands; in this order they stand in the help.
from coditect.cli import acting, declared, deploying, looking, reaching, reviewed, running
from coditect.cli.application import app
from explained import ExplainedError
from explained.exits import Exit
from explained.machine import explanation

__all__ = ["acting", "app", "declared", "deploying", "looking", "main", "reaching", "reviewed", "running"]

_OURS = ("apps", "coditect", "explained", "infra", "policies")


def main() -> None:
    """Entry of the console script. What a user can mend is one paragraph on standard error; the rest is a defect."""
    sys.exit(_status())


def _status() -> int:
    """Runs the command, and says what went wrong. Returns the exit status: explained/exits.py has all of them."""
    try:
        # Else Typer would exit with 2 for a command line that makes no sense.
        done = app(standalone_mode=False)
    except ExplainedError as error:
        _say(str(error))
        return error.exit
    except ClickException as error:
        error.show()
        return Exit.USAGE
    except typer.Abort:
        return Exit.STOPPED
    except Exception as error:
        # The process's edge. Python itself would end with 1, which says that something was looked at.
        if words := _explained(error):
            _say(words)
        else:
            traceback.print_exc()
        return Exit.COULD_NOT_RUN
    return done if isinstance(done, int) else Exit.CLEAN


def _explained(error: Exception) -> str:
    """What a user can mend of an error that is none of ours; empty for a defect."""
    if isinstance(error, OSError):
        # The last net: what reads or writes a file says more where it knows more.
        return explanation(error)
    package = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if not package or package in _OURS:
        return ""
    return f"The package {package} is not installed here. Install the locked ones: `make setup`."


def _say(paragraph: str) -> None:
    from rich.markup import escape

    from coditect.console import err

    err.print(f"[bold red]error[/] {escape(paragraph)}", soft_wrap=True)
