"""What the README tells to type, and a checkout to type it in."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def section(title: str) -> str:
    """The text below a heading, up to the next of its level."""
    _, found, rest = (ROOT / "README.md").read_text().partition(f"\n## {title}\n")
    assert found, f"The README has no section {title!r}."
    return rest.partition("\n## ")[0]


def commands(title: str) -> list[list[str]]:
    """The lines of each block of commands in a section, as they stand there."""
    return [block.strip().splitlines() for block in _FENCE.findall(section(title))]


@dataclass(frozen=True, kw_only=True)
class Checkout:
    """A clone with this environment: what is typed in it runs its own code, and changes nothing else."""

    root: Path

    @property
    def environment(self) -> Mapping[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DJANGO_", "PYTEST_"))}
        committer = {f"GIT_{who}_NAME": "Newcomer" for who in ("AUTHOR", "COMMITTER")}
        committer |= {f"GIT_{who}_EMAIL": "newcomer@coditect.example" for who in ("AUTHOR", "COMMITTER")}
        # Looked through before the environment's own packages, which lead to this repository.
        return inherited | committer | {"PYTHONPATH": str(self.root)}

    def type(self, *lines: str) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell, up to the first that fails."""
        return subprocess.run(
            ["bash", "-e", "-c", "\n".join(lines)],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    @property
    def changed(self) -> dict[str, str]:
        """Paths that are not as they were committed, with Git's letters for how."""
        lines = self.type("git status --porcelain --untracked-files=all").stdout.splitlines()
        return {line[3:]: line[:2].strip() for line in lines}


def cloned(directory: Path) -> Checkout:
    """The working tree as it is, committed. With the tools that `make setup` would install."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, directory / name, follow_symlinks=False)
    venv = directory / ".venv"
    venv.mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != ".ready":
            (venv / part.name).symlink_to(part)
    if (ROOT / ".tools").exists():
        (directory / ".tools").symlink_to(ROOT / ".tools")
    made = Checkout(root=directory)
    done = made.type("git init --quiet", "git add --all", "git commit --quiet --message Before", "touch .venv/.ready")
    assert done.returncode == 0, done.stderr
    return made
