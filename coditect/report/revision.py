"""What a Git revision holds: its commit, its inventories, its waivers."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from coditect.graph import inventory
from coditect.graph.configuration import ROOT, STACKS
from coditect.graph.inventory import Inventory
from explained import ExplainedError

_INVENTORIES = inventory.DIRECTORY.relative_to(ROOT)


class ReportError(ExplainedError):
    """There is nothing to report against. The message says what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Revision:
    """name: as it was asked for. commit: what that is, whole."""

    name: str
    commit: str

    @property
    def short(self) -> str:
        return self.commit[:12]


def resolve(name: str) -> Revision:
    """The commit of a branch, tag or expression. Raises ReportError where there is none."""
    done = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if done is None:
        raise ReportError(
            f"{name!r} is no Git revision here, so there is nothing to compare with. A shallow clone may lack it: "
            "`git fetch --unshallow`, or name another, as in --against main."
        ).of_usage()
    return Revision(name=name, commit=done.strip())


def stacks_of(revision: Revision) -> tuple[str, ...]:
    """Stacks whose inventory the revision has."""
    listed = _git("ls-tree", "--name-only", revision.commit, f"{_INVENTORIES}/") or ""
    return tuple(sorted(Path(line).stem for line in listed.splitlines() if line.endswith(".json")))


def inventory_of(revision: Revision, stack: str) -> Inventory | None:
    """A stack's inventory; None where the revision has none. Raises InventoryError where it is broken."""
    tracked = f"{_INVENTORIES}/{stack}.json"
    content = _git("show", "--end-of-options", f"{revision.commit}:{tracked}")
    return None if content is None else Inventory.from_text(content, f"{revision.name}:{tracked}")


def file_of(revision: Revision, path: Path) -> str | None:
    """A file's content; None where the revision has none."""
    return _git("show", "--end-of-options", f"{revision.commit}:{path.relative_to(ROOT)}")


def has_stack(stack: str) -> bool:
    """Whether the working tree still has a stack."""
    return (STACKS / f"Pulumi.{stack}.yaml").exists()


def working_tree() -> str:
    """The commit that is checked out, and whether files differ from it."""
    commit = (_git("rev-parse", "HEAD") or "unknown").strip()
    return f"{commit[:12]}{'' if is_committed() else ' with uncommitted changes'}"


def is_committed() -> bool:
    """Whether no file differs from the commit and none is new. False where git cannot tell."""
    return _git("status", "--porcelain") == ""


def _git(*arguments: str) -> str | None:
    """What git says; None where it fails. Raises ReportError where there is no git."""
    try:
        done = subprocess.run(  # noqa: S603 - no shell; what comes from outside is one argument behind --end-of-options
            ["git", "-C", str(ROOT), *arguments],  # noqa: S607 - git of the PATH, as everywhere
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise ReportError("git is missing, and it alone knows the other side. Install it.") from None
    return done.stdout if done.returncode == 0 else None
