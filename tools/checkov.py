"""Checkov, of the pinned version, in an environment of its own in `.tools/`, apart from ours.

`python -m tools.checkov` prints its path. `locks/checkov.lock` pins it and all it needs, with hashes.
"""

import fcntl
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tools.golang import CACHE, ROOT, ToolError

LOCK = ROOT / "locks" / "checkov.lock"


def find() -> Path:
    """Path of Checkov. The first call on a machine installs it, which takes half a minute.

    Raises ToolError where it cannot be installed.
    """
    pinned = re.search(r"^checkov==(\S+)", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    if pinned is None:
        raise ToolError(f"{LOCK} does not pin checkov: nothing says which version to install. Run tools/lock.sh.")
    home = CACHE / f"checkov-{pinned[1]}"
    home.parent.mkdir(parents=True, exist_ok=True)
    finished = home / "lock-file-installed"
    with home.with_name(f"{home.name}.lock").open("w") as only_one:
        fcntl.flock(only_one, fcntl.LOCK_EX)
        if not finished.exists() or finished.read_bytes() != LOCK.read_bytes():
            _install(home)
            shutil.copyfile(LOCK, finished)
    return home / "bin" / "checkov"


def _install(home: Path) -> None:
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        raise ToolError("uv is needed to install Checkov, and is not in this environment. Run `make setup`.")
    for arguments in (
        ["venv", "--quiet", "--clear", "--python", sys.executable, str(home)],
        ["pip", "install", "--quiet", "--python", str(home / "bin" / "python"), "--require-hashes", "-r", str(LOCK)],
    ):
        done = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - fixed words
        if done.returncode != 0:
            raise ToolError(f"Checkov could not be installed: {done.stderr.strip()}")


if __name__ == "__main__":
    try:
        print(find())
    except ToolError as error:
        sys.exit(str(error))
