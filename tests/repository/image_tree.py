"""The files of an image, put together without Docker: what .dockerignore lets through, and what the lock installs."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def locked(name: str) -> dict[str, str]:
    """Version by canonical name of every package in `locks/<name>.lock`, whatever platform it is for."""
    lines = (ROOT / "locks" / f"{name}.lock").read_text().splitlines()
    pins = [Requirement(line.removesuffix("\\").strip()) for line in lines if line[:1].isalnum()]
    return {canonicalize_name(pin.name): str(pin.specifier).removeprefix("==") for pin in pins}


@cache
def installed(name: str) -> Distribution | None:
    """The package as it is installed here; None where this Python or platform needs none."""
    try:
        return distribution(name)
    except PackageNotFoundError:
        return None


def context() -> tuple[Path, ...]:
    """Files that a build can see, relative to the repository: those of Git that .dockerignore lets through."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    rules = _rules((ROOT / ".dockerignore").read_text())
    return tuple(Path(name) for name in sorted(set(listed.stdout.splitlines())) if _is_let_through(name, rules))


def build(project: str, into: Path) -> Path:
    """Puts the image of a project together as images/django.Containerfile does. Gives its Python.

    Packages are linked from this environment, in the versions of the lock, which a test holds equal.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(into / "venv")], check=True)
    packages = next((into / "venv" / "lib").iterdir()) / "site-packages"
    for name in locked("apps"):
        for source, relative in files(name):
            target = packages / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    for file in context():
        if file.parts[0] == "apps" and (len(file.parts) == 2 or file.parts[1] in {"configuration", "domain", project}):
            target = into / "app" / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, target)
    return into / "venv" / "bin" / "python"


def files(name: str) -> Iterator[tuple[Path, Path]]:
    """Each file of an installed package: where it is, and its place below site-packages. Scripts are left out."""
    found = installed(name)
    for file in (found.files or []) if found else []:
        if ".." not in file.parts and "__pycache__" not in file.parts:
            yield Path(os.fspath(file.locate())), Path(file)


def _rules(text: str) -> list[tuple[bool, re.Pattern[str]]]:
    # Docker's rules: the last that fits decides; a folder's rule holds for all below it; `**/` is any depth.
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [(line.startswith("!"), re.compile(_expression(line.removeprefix("!")))) for line in lines]


def _expression(pattern: str) -> str:
    escaped = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return f"{escaped}(?:/.*)?"


def _is_let_through(name: str, rules: list[tuple[bool, re.Pattern[str]]]) -> bool:
    is_in = True
    for lets_in, pattern in rules:
        if pattern.fullmatch(name):
            is_in = lets_in
    return is_in
