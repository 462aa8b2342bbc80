"""Where the command line writes: answers to standard output, progress and errors to standard error."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console

# A pipe has no width of its own: wide enough that no row of a table breaks.
_PIPE_WIDTH = 140


def _console(stream: TextIO) -> Console:
    width = None if stream.isatty() or "COLUMNS" in os.environ else _PIPE_WIDTH
    return Console(file=stream, highlight=False, width=width)


out = _console(sys.stdout)
err = _console(sys.stderr)


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """Says on standard error what is being done, for as long as it takes. Yields how to say what comes next.

    On a terminal it is one moving line that vanishes; elsewhere each step is a line.
    """
    if err.is_terminal:
        with err.status(what) as status:
            yield lambda step: status.update(f"{what}: {step}")
    else:
        err.print(f"{what} ...", soft_wrap=True)
        yield lambda _: None
