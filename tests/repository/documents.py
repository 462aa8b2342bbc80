"""The repository's Markdown: its headings, its links, and the paths that it names."""

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote

from tests.repository.image_tree import ROOT

TO_COME = {"apps/docs_frontend/"}
"""What the README's example of a new service would make."""
_FENCE = re.compile(r"^( *)(```+|~~~+).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
_CODE = re.compile(r"`([^`\n]+)`")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@cache
def pages() -> tuple[Path, ...]:
    """Every Markdown file of the repository, relative to it, also those not committed yet."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return tuple(Path(name) for name in sorted(set(listed)) if (ROOT / name).exists())


@cache
def tracked() -> frozenset[str]:
    """Files and folders of the repository, as Git has or would take them."""
    command = ["git", "-C", str(ROOT), "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    files = [Path(name) for name in listed if (ROOT / name).exists()]
    return frozenset(str(path) for file in files for path in (file, *file.parents))


def links(page: Path) -> Iterator[str]:
    """Targets of links and pictures that lead to this repository."""
    for target in _LINK.findall(_CODE.sub("", _FENCE.sub("", (ROOT / page).read_text()))):
        if not re.match(r"[a-z][a-z0-9+.-]*:", target):
            yield unquote(target)


def code(page: Path) -> Iterator[str]:
    """What stands in backticks within the prose."""
    yield from _CODE.findall(_FENCE.sub("", (ROOT / page).read_text()))


def prose(page: Path) -> Iterator[str]:
    """The page's lines but those of blocks and tables, which cannot be wrapped."""
    for line in _FENCE.sub("", (ROOT / page).read_text()).splitlines():
        if not line.lstrip().startswith("|"):
            yield line


@cache
def anchors(page: Path) -> frozenset[str]:
    """What may follow `#` in a link to the page: GitHub's form of its headings."""
    found: list[str] = []
    for heading in _HEADING.findall(_FENCE.sub("", (ROOT / page).read_text())):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        anchor = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found.append(f"{anchor}-{found.count(anchor)}" if anchor in found else anchor)
    return frozenset(found)
