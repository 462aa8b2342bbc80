"""Prints the path of a Chromium for tests that look at pages; as root, on Debian, installs it where there is none."""

import os
import shutil
import subprocess
import sys

from coditect.local import browser
from tools.golang import ToolError

_PACKAGE = "chromium"


def installed() -> str:
    """The program, installed if need be. Raises ToolError."""
    found = browser.program()
    if found is not None:
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ToolError(f"There is no Chromium here. Install it (Debian: apt-get install {_PACKAGE}).")
    print(f"installing Debian's {_PACKAGE}", file=sys.stderr)
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", _PACKAGE]):
        done = subprocess.run(  # noqa: S603 - the arguments are this module's own
            ["apt-get", *arguments],  # noqa: S607 - where the system has it
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        )
        if done.returncode != 0:
            raise ToolError(f"apt-get {' '.join(arguments)} failed: {done.stderr.strip()[-500:]}")
    found = browser.program()
    if found is None:
        raise ToolError(f"Debian's {_PACKAGE} is installed, and brought none of the programs that are known here.")
    return found


if __name__ == "__main__":
    try:
        print(installed())
    except ToolError as error:
        sys.exit(str(error))
