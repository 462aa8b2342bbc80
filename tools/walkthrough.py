"""Plays a document's own commands in one shell: `python -m tools.walkthrough docs/quick-start.md`.

`console` blocks are played from top to bottom, on the platform that runs. A block below `<!-- not executed: why -->` is
left out, and a block below `<!-- saved as NAME -->` becomes that file. Ends at the first command that fails.
"""

import argparse
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_BLOCK = re.compile(
    r"(?:<!-- (?P<note>not executed|saved as):? (?P<said>[^\n]+?) -->\n)?```(?P<language>\w+)\n(?P<content>.*?)^```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class Step:
    """One command as typed, and the lines that the document shows below it."""

    command: str
    shown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Walkthrough:
    """files: content by name. left_out: why each block that is not executed is not, by its first line."""

    steps: tuple[Step, ...]
    files: Mapping[str, str]
    left_out: Mapping[str, str]


def read(document: str) -> Walkthrough:
    """What a document says to type."""
    steps: list[Step] = []
    files, left_out = {}, {}
    for block in _BLOCK.finditer(document):
        content = block["content"]
        if block["note"] == "not executed":
            left_out[content.partition("\n")[0]] = block["said"]
        elif block["note"] == "saved as":
            files[block["said"]] = content
        elif block["language"] == "console":
            steps += _steps(content)
    return Walkthrough(steps=tuple(steps), files=files, left_out=left_out)


def run(
    walkthrough: Walkthrough,
    *,
    directory: Path,
    announce: str,
    environment: Mapping[str, str] | None = None,
    output: IO[str] | None = None,
) -> subprocess.Popen[str]:
    """Start one shell that does every step in `directory`.

    announce: a shell command run before each step, told the step. output: of all; None for this process's own.
    """
    for name, content in walkthrough.files.items():
        (directory / name).write_text(content)
    script = ["set -e"]
    for step in walkthrough.steps:
        script += [f"{announce} {shlex.quote(step.command)}", step.command]
    command = ["bash", "-c", "\n".join(script)]
    return subprocess.Popen(  # noqa: S603 - the repository's own document
        command,
        cwd=directory,
        env=environment,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=None if output is None else subprocess.STDOUT,
    )


def _steps(content: str) -> list[Step]:
    joined = re.sub(r" *\\\n\s*", " ", content)
    steps: list[Step] = []
    for line in joined.splitlines():
        if line.startswith("$ "):
            steps.append(Step(command=line.removeprefix("$ "), shown=()))
        elif steps:
            steps[-1] = Step(command=steps[-1].command, shown=(*steps[-1].shown, line))
    return steps


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status of the shell."""
    parser = argparse.ArgumentParser(prog="python -m tools.walkthrough", description=__doc__)
    parser.add_argument("document", type=Path)
    parsed = parser.parse_args(arguments)
    announce = r"printf '\n\033[1;32m$\033[0m \033[1m%s\033[0m\n'"
    with tempfile.TemporaryDirectory() as directory:
        return run(read(parsed.document.read_text()), directory=Path(directory), announce=announce).wait()


if __name__ == "__main__":
    sys.exit(main())
