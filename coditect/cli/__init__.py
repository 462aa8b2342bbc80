"""`coditect`: what CODITECT's cloud is, how it changes, and whether it was reviewed. Needs no credentials."""

import sys
from pathlib import Path
from typing import NoReturn

if sys.dont_write_bytecode:
    # Compiling Pulumi's SDK anew is a third of a command's time. Who wants no bytecode wants none beside the sources:
    # it goes where the other caches are.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).resolve().parents[2] / ".cache" / "python")

# Each module adds its commands; in this order they stand in the help.
from coditect.cli import acting, declared, deploying, looking, reaching, reviewed, running
from coditect.cli.application import app
from explained import ExplainedError
from explained.machine import explanation

__all__ = ["acting", "app", "declared", "deploying", "looking", "main", "reaching", "reviewed", "running"]

_OURS = ("apps", "coditect", "explained", "infra", "policies")


def main() -> None:
    """Entry of the console script. What a user can mend is one paragraph on standard error; the rest is a defect."""
    try:
        app()
    except ExplainedError as error:
        _end_with(str(error))
    except OSError as error:
        # The last net: what reads or writes a file says more where it knows more.
        words = explanation(error)
        if not words:
            raise
        _end_with(words)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package in _OURS:
            raise
        _end_with(f"The package {package} is not installed here. Install the locked ones: `make setup`.")


def _end_with(paragraph: str) -> NoReturn:
    from rich.markup import escape

    from coditect.console import err

    err.print(f"[bold red]error[/] {escape(paragraph)}", soft_wrap=True)
    sys.exit(1)
