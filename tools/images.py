"""What the `images` workflow builds, and where it pushes: read from the catalogue and a stack's reviewed inventory.

`python -m tools.images STACK` prints it as `name=value` lines, as GitHub takes a step's outputs. It needs no package:
the workflow asks before anything is installed.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explained import ExplainedError
from infra.catalog import CATALOG
from infra.catalog.names import Origin
from infra.catalog.services import Service

ROOT = Path(__file__).resolve().parent.parent
INVENTORIES = ROOT / "stacks" / "inventory"

_PROJECT = re.compile(r"\bapps\.(\w+)\b")
_POOL = re.compile(r"projects/\d+/locations/global/workloadIdentityPools/[a-z0-9-]+")
_ENVIRONMENT = re.compile(r'assertion\.environment == "([^"]+)"')


class ImagesError(ExplainedError):
    """Images cannot be built or pushed. The message says what to write where."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a stack's images go, and who may push them.

    provider, account: what a workflow signs in with, without any key; environment: the one whose jobs may.
    repository: what image names start with. kept: what a tag starts with whose image the clean-up leaves.
    """

    provider: str
    account: str
    environment: str
    repository: str
    kept: str


@dataclass(frozen=True, kw_only=True)
class Build:
    """One image of a Django project, pushed under the name of every service that runs it."""

    project: str
    services: tuple[Service, ...]


def builds(services: Iterable[Service] = CATALOG.services) -> tuple[Build, ...]:
    """What is built here: every service of ours, by the project that it runs.

    Raises ImagesError for a service that runs none.
    """
    found: dict[str, list[Service]] = {}
    for service in services:
        if service.origin is Origin.OURS:
            found.setdefault(_project(service), []).append(service)
    return tuple(Build(project=project, services=tuple(found[project])) for project in sorted(found))


def destination(stack: str, inventories: Path = INVENTORIES) -> Destination:
    """Where images of that stack go, from its reviewed inventory.

    Raises ImagesError when there is no such stack, or when it takes its images from another one.
    """
    path = inventories / f"{stack}.json"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in inventories.glob("*.json")))
        raise ImagesError(f"There is no stack {stack!r} in {inventories.name}. Name one of: {known}.")
    nodes = json.loads(path.read_text())["resources"].values()
    resources: dict[str, Mapping[str, Any]] = {node["name"]: node.get("inputs", {}) for node in nodes}
    if "registry-repository" not in resources:
        raise ImagesError(
            f"Stack {stack} has no image repository of its own: it pulls from another stack's. Publish there."
        )
    repository, account = resources["registry-repository"], resources["delivery-images"]
    provider = resources["delivery-github"]
    pool = _first(_POOL, resources["delivery-images-github"]["member"])
    return Destination(
        provider=f"{pool}/providers/{provider['workloadIdentityPoolProviderId']}",
        account=f"{account['accountId']}@{account['project']}.iam.gserviceaccount.com",
        environment=_first(_ENVIRONMENT, provider["attributeCondition"]),
        repository=f"{repository['location']}-docker.pkg.dev/{repository['project']}/{repository['repositoryId']}",
        kept=_kept(repository),
    )


def _kept(repository: Mapping[str, Any]) -> str:
    for policy in repository["cleanupPolicies"]:
        if policy["action"] == "KEEP" and (prefixes := policy.get("condition", {}).get("tagPrefixes")):
            return str(prefixes[0])
    raise ImagesError(
        "No clean-up policy of the repository keeps images by their tag: what a stack runs could be deleted. Add "
        "one in infra/components/registry.py, and run make inventory."
    )


def _project(service: Service) -> str:
    told = (*service.command, *(variable.value for variable in service.environment))
    for text in told:
        if named := _PROJECT.search(text):
            return named.group(1)
    raise ImagesError(
        f"Service {service.name} names no project of apps/ in its command or environment, so no image can be built "
        "for it. Set DJANGO_SETTINGS_MODULE, or mark it Origin.CHART if its image is made elsewhere."
    )


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    if found is None:
        raise ImagesError(f"The inventory says {text!r}, where {pattern.pattern} was expected. Run make inventory.")
    return found.group(found.lastindex or 0)


def _outputs(stack: str) -> str:
    matrix = [
        {
            "project": build.project,
            "images": " ".join(sorted({service.image for service in build.services})),
            "services": " ".join(service.name for service in build.services),
        }
        for build in builds()
    ]
    lines = {**vars(destination(stack)), "builds": json.dumps(matrix, separators=(",", ":"))}
    return "\n".join(f"{name}={value}" for name, value in lines.items())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tools.images", description=__doc__)
    parser.add_argument("stack")
    try:
        print(_outputs(parser.parse_args().stack))
    except ImagesError as error:
        sys.exit(str(error))
