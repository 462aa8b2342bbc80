"""The linter of GitHub workflows, of the pinned version: found on PATH, or built into `.tools/`.

`python -m tools.actionlint` prints its path.
"""

import sys
from pathlib import Path

from tools.golang import MODULES, Program, ToolError, find_or_build, pinned_version

_MODULES = MODULES / "actionlint"


def find() -> Path:
    """Path of actionlint. The first call on a machine without it takes half a minute.

    Raises ToolError where it must be built and cannot be.
    """
    version = pinned_version("github.com/rhysd/actionlint", _MODULES)
    return find_or_build(
        Program(
            name="actionlint",
            package="github.com/rhysd/actionlint/cmd/actionlint",
            version=version,
            ask_version=("-version",),
            link_flags=f"-s -w -X github.com/rhysd/actionlint.version={version}",
            modules=_MODULES,
        )
    )


if __name__ == "__main__":
    try:
        print(find())
    except ToolError as error:
        sys.exit(str(error))
