"""The Kubernetes API server and the store it needs, of the pinned versions: found on PATH, or built into `.tools/`.

`python -m tools.kubernetes_api` prints their paths.
"""

import sys
from pathlib import Path

from tools.golang import MODULES, Program, ToolError, find_or_build, pinned_version

_MODULES = MODULES / "kubernetes"


def find_api_server() -> Path:
    """Path of kube-apiserver. The first call on a machine without it takes some ten minutes on two cores.

    Raises ToolError where it must be built and cannot be.
    """
    version = pinned_version("k8s.io/kubernetes", _MODULES)
    return find_or_build(
        Program(
            name="kube-apiserver",
            package="k8s.io/kubernetes/cmd/kube-apiserver",
            version=version,
            ask_version=("--version",),
            link_flags=f"-s -w -X k8s.io/component-base/version.gitVersion=v{version}",
            modules=_MODULES,
        )
    )


def find_etcd() -> Path:
    """Path of etcd. Raises ToolError where it must be built and cannot be."""
    module = "go.etcd.io/etcd/server/v3"
    return find_or_build(
        Program(
            name="etcd",
            package=module,
            version=pinned_version(module, _MODULES),
            ask_version=("--version",),
            modules=_MODULES,
        )
    )


if __name__ == "__main__":
    try:
        print(find_api_server())
        print(find_etcd())
    except ToolError as error:
        sys.exit(str(error))
