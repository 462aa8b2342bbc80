"""`coditect`: what CODITECT's cloud is, how it changes, and whether it was reviewed. Needs no credentials."""

import sys
from pathlib import Path

if sys.dont_write_bytecode:
    # Compiling Pulumi's SDK anew is a third of a command's time. Who wants no bytecode wants none beside the sources:
    # it goes where the other caches are.
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).resolve().parents[2] / ".cache" / "python")

# Each module adds its commands; in this order they stand in the help.
from coditect.cli import acting, declared, looking, reviewed, running
from coditect.cli.application import app
from explained import ExplainedError

__all__ = ["acting", "app", "declared", "looking", "main", "reviewed", "running"]


def main() -> None:
    """Entry of the console script. What a user can mend is one paragraph on standard error; the rest is a defect."""
    try:
        app()
    except ExplainedError as error:
        from rich.markup import escape

        from coditect.console import err

        err.print(f"[bold red]error[/] {escape(str(error))}", soft_wrap=True)
        sys.exit(1)
