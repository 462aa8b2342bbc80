"""A picture of a real run in a terminal: `python -m tools.terminal_picture OUT.svg [--until TEXT] -- COMMAND ...`.

The command runs in a terminal of its own. The picture shows the screen as it stood when TEXT appeared, or when the
command ended; a command that still runs is then interrupted, as Ctrl-C does, and waited for.
"""

import argparse
import io
import itertools
import os
import pty
import re
import select
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyte
from pyte.screens import Char
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

_SETTLE_S = 1.0
"""What follows the awaited text within this time is in the picture as well."""


def record(command: list[str], *, columns: int, rows: int, until: str | None, timeout_s: float) -> pyte.Screen:
    """The terminal's screen. Raises TimeoutError when neither the text nor the end comes."""
    screen = pyte.Screen(columns, rows)
    stream = pyte.ByteStream(screen)
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": str(rows)}
    process = subprocess.Popen(  # noqa: S603 - the command is what the caller asks for
        command, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True
    )
    os.close(follower)
    deadline, is_ending = time.monotonic() + timeout_s, False
    try:
        while time.monotonic() < deadline:
            chunk = _read(leader)
            if chunk == b"":
                return screen
            if chunk is not None:
                stream.feed(chunk)
            if not is_ending and until is not None and until in "\n".join(screen.display):
                deadline, is_ending = time.monotonic() + _SETTLE_S, True
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        while _read(leader):
            pass  # a command that says good-bye must not block on a full terminal
        process.wait(timeout=60)
        os.close(leader)
    if not is_ending:
        raise TimeoutError(f"{shlex.join(command)} neither ended nor showed {until!r} within {timeout_s:g} s.")
    return screen


def _read(leader: int) -> bytes | None:
    """What came within a moment: None for nothing yet, empty at the end."""
    if not select.select([leader], [], [], 0.2)[0]:
        return None
    try:
        return os.read(leader, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


def svg(screen: pyte.Screen, title: str) -> str:
    """The screen without the empty rows at its end."""
    lines = [_line(screen, row) for row in range(screen.lines)]
    while lines and not lines[-1].plain.strip():
        lines.pop()
    console = Console(record=True, width=screen.columns, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(line, no_wrap=True, overflow="crop")
    # Without the fonts that rich would have the reader's browser fetch from somewhere else.
    template = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title=title, code_format=template)


def _line(screen: pyte.Screen, row: int) -> Text:
    cells = [screen.buffer[row][column] for column in range(screen.columns)]
    runs = itertools.groupby(cells, key=_style)
    return Text.assemble(*(("".join(cell.data for cell in run), style) for style, run in runs))


def _style(cell: Char) -> Style:
    return Style(
        color=_colour(cell.fg), bgcolor=_colour(cell.bg), bold=cell.bold, italic=cell.italics, reverse=cell.reverse
    )


def _colour(name: str) -> str | None:
    """pyte's name of a colour as rich knows it."""
    if name == "default":
        return None
    if len(name) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in name):
        return f"#{name}"
    return {"brown": "yellow", "brightbrown": "bright_yellow"}.get(name, name.replace("bright", "bright_"))


def main() -> int:
    """Exit status."""
    parser = argparse.ArgumentParser(prog="python -m tools.terminal_picture", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--until", help="take the picture when this text is on the screen")
    parser.add_argument("--title", help="of the picture (default: the command)")
    parser.add_argument("--columns", type=int, default=110)
    parser.add_argument("--rows", type=int, default=50)
    parser.add_argument("--timeout", type=float, default=300, help="seconds (default 300)")
    parser.add_argument("command", nargs="+", help="after --")
    arguments = parser.parse_args()
    try:
        screen = record(
            arguments.command,
            columns=arguments.columns,
            rows=arguments.rows,
            until=arguments.until,
            timeout_s=arguments.timeout,
        )
    except TimeoutError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    arguments.out.write_text(svg(screen, arguments.title or shlex.join(arguments.command)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
