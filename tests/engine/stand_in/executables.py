"""Puts the stand-ins where the engine looks for plugins: executables on PATH."""

import sys
from pathlib import Path

from coditect.graph.configuration import ROOT
from coditect.rehearsal.provider import PACKAGES


def install(directory: Path) -> None:
    """Writes `pulumi-resource-<package>` for each package, and `pulumi-language-python`, into a directory for PATH."""
    directory.mkdir(parents=True, exist_ok=True)
    for package in PACKAGES:
        write(
            directory / f"pulumi-resource-{package}",
            f"from coditect.rehearsal.provider import serve\nserve({package!r}, sys.argv[1])",
        )
    write(
        directory / "pulumi-language-python",
        # The program must find its packages without the test's help.
        "from tests.engine.stand_in.language import serve\ndel sys.path[0]\nserve(sys.argv[-1])",
    )


def write(path: Path, body: str) -> None:
    """Writes a program of Python lines, which finds this repository's code wherever it is started."""
    # The engine starts plugins in directories of its own; the code is here all the same. The first lines start Python
    # for a shell and are a string for Python: the path of an interpreter after `#!` may have no space in it.
    start = f"""#!/bin/sh\n'''exec' "{sys.executable}" "$0" "$@"\n' '''"""
    path.write_text(f"{start}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n{body}\n")
    path.chmod(0o755)
