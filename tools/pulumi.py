"""The Pulumi command of the pinned version: found on PATH, or built from its Go module into `.tools/`.

`python -m tools.pulumi` prints its path. Needs nothing but the standard library and, to build, a Go compiler.
"""

import sys
from pathlib import Path

from tools.golang import Program, ToolError, find_or_build, pinned_version

MODULE = "github.com/pulumi/pulumi/pkg/v3"


def pulumi() -> Program:
    """What `tools/go.mod` pins. The Automation API refuses a command that does not know its own version."""
    version = pinned_version(MODULE)
    return Program(
        name="pulumi",
        package=f"{MODULE}/cmd/pulumi",
        version=version,
        ask_version=("version",),
        link_flags=f"-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version={version}",
    )


def find() -> Path:
    """Path of the command. The first call on a machine without it takes about five minutes on two cores.

    Raises ToolError where it must be built and cannot be.
    """
    return find_or_build(pulumi())


if __name__ == "__main__":
    try:
        print(find())
    except ToolError as error:
        sys.exit(str(error))
