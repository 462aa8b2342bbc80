"""Running a server that refuses root (PostgreSQL) when the launcher is root, as in CI containers.

The server then runs as an ordinary account of the machine. That account may not be able to enter the clone (a home
directory is often closed to others), so programs and data it cannot reach are placed under /var/lib/coditect, which
root owns and everyone may enter.
"""

import hashlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from coditect.local.process import Account, StartError

SHARED_ROOT = Path("/var/lib/coditect")
_CANDIDATES = ("postgres", "nobody", "daemon")


def account_for_server() -> Account | None:
    """The account a root launcher gives to its server; None when the launcher is not root and needs none."""
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name=name, uid=entry.pw_uid, gid=entry.pw_gid)
    raise StartError(
        f"PostgreSQL refuses to run as root, and none of the accounts {', '.join(_CANDIDATES)} exists here. "
        "Create one (useradd --system postgres) or start as an ordinary user."
    )


def reachable_program_root(root: Path, program: Path, *, parts: Sequence[Path], account: Account) -> Path:
    """`root`, or a copy of its `parts` below SHARED_ROOT when `account` may not execute `program`.

    `program` and `parts` are paths inside `root`. The copy is made once for each content of `program` and renamed
    into place, so that launchers started at the same moment do not see half of it.
    """
    if _may(account, "-x", root / program):
        return root
    copy = SHARED_ROOT / "programs" / hashlib.sha256((root / program).read_bytes()).hexdigest()[:16]
    if not copy.exists():
        _ensure_shared(copy.parent)
        partial = copy.with_name(f"{copy.name}.{os.getpid()}")
        for part in parts:
            shutil.copytree(root / part, partial / part, symlinks=True)
        _open_to_all(partial)
        try:
            partial.rename(copy)
        except OSError:  # another launcher was first: its copy is the same
            shutil.rmtree(partial)
    if not _may(account, "-x", copy / program):
        raise StartError(
            f"The account {account.name} cannot execute {copy / program}, so PostgreSQL cannot run. "
            f"Look at the permissions of {SHARED_ROOT} and whether it is mounted noexec."
        )
    return copy


def where_owned(wanted: Path, *, account: Account | None) -> Path:
    """Where `owned_directory` has its directory, or would make it. Nothing is made or changed.

    Raises StartError for a symbolic link: what it points to is not ours to give away or to delete.
    """
    for path in (wanted.parent, wanted):
        if path.is_symlink():
            raise StartError(
                f"{path} is a symbolic link, and nothing behind it is given to PostgreSQL or deleted. Remove the link."
            )
    if account is None or _may(account, "-x", wanted.parent):
        return wanted
    return SHARED_ROOT / "state" / hashlib.sha256(str(wanted.resolve()).encode()).hexdigest()[:16]


def owned_directory(wanted: Path, *, account: Account | None) -> Path:
    """A directory that `account` owns and reaches: `wanted`, or one below SHARED_ROOT named after it.

    Idempotent: the same `wanted` always gives the same directory. Raises StartError for a symbolic link.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    directory = where_owned(wanted, account=account)
    if directory != wanted:
        _ensure_shared(directory.parent)
    directory.mkdir(exist_ok=True, mode=0o700)
    if account:
        os.chown(directory, account.uid, account.gid, follow_symlinks=False)
    return directory


def _ensure_shared(directory: Path) -> None:
    for path in (SHARED_ROOT, directory):
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)


def _open_to_all(tree: Path) -> None:
    # A clone made under umask 077 is closed to others, file by file.
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | 0o444 | (0o111 if path.is_dir() or mode & 0o100 else 0))


def _may(account: Account, test: str, path: Path) -> bool:
    # Asked of the kernel, as that account: mode bits alone miss access lists, and every directory above counts.
    asked = subprocess.run(  # noqa: S603 - fixed program, no shell
        ["/usr/bin/test", test, str(path)], user=account.uid, group=account.gid, extra_groups=[], cwd="/", check=False
    )
    return asked.returncode == 0
