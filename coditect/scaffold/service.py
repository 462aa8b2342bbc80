"""A service that is about to be: its names, and whether they are free."""

import keyword
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import yaml

from explained import ExplainedError
from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Zone

# Kubernetes and Google allow 63 characters; names of ours add a prefix or an ending such as `coditect-staging-`.
_LONGEST = 30
_LABEL = re.compile(rf"[a-z](?:[a-z0-9-]{{0,{_LONGEST - 2}}}[a-z0-9])?")
# It is written into Python, YAML and HTML as it is.
_DESCRIPTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ,.:;()/-]{0,58}[A-Za-z0-9.)])?")


class ScaffoldError(ExplainedError):
    """A part that cannot be written as asked. Nothing was written; the message says what to change."""


@dataclass(frozen=True, kw_only=True)
class NewService:
    """A Django project of ours with a host of its own.

    label: of its host below the applications' domain. description: a few words for the catalogue and its first page.
    Raises ScaffoldError for names that Kubernetes, DNS or Python would refuse.
    """

    name: str
    label: str
    description: str

    def __post_init__(self) -> None:
        for what, value in (("service", self.name), ("host", self.label)):
            if not _LABEL.fullmatch(value) or "--" in value:
                raise ScaffoldError(
                    f"{value!r} is no name of a {what}: DNS and Kubernetes would refuse it. Write at most {_LONGEST} "
                    "small letters, digits and single hyphens, beginning with a letter and not ending with a hyphen, "
                    "as in docs-frontend."
                ).of_usage()
        if keyword.iskeyword(self.name):
            raise ScaffoldError(
                f"{self.name!r} is a word of Python's, so no module can be named so. Choose another."
            ).of_usage()
        if not _DESCRIPTION.fullmatch(self.description):
            raise ScaffoldError(
                f"{self.description!r} cannot be a description: write at most 60 letters, digits, spaces and "
                "punctuation without quotes, as in 'Documentation for customers'."
            ).of_usage()

    @property
    def module(self) -> str:
        """Name of its Django project, below `apps`."""
        return self.name.replace("-", "_")


def require_free(service: NewService, root: Path, catalog: Catalog = CATALOG) -> None:
    """Raises ScaffoldError where a name is taken, and where an earlier attempt left something behind."""
    for other in catalog.services:
        if other.name == service.name:
            raise ScaffoldError(
                f"There is a service {service.name} in infra/catalog/services.py already. Choose another name."
            ).of_usage()
        if service.name.startswith(f"{other.name}-"):
            raise ScaffoldError(
                f"{service.name} could be mistaken for a process of {other.name}, such as its worker: their pods are "
                f"named so. Choose a name that does not begin with {other.name}-."
            ).of_usage()
    if any(host.zone is Zone.APPS and service.label in host.labels for host in catalog.hosts):
        raise ScaffoldError(
            f"There is a host {service.label} in infra/catalog/routes.py already. Choose another with --host."
        ).of_usage()
    if any(record.zone is Zone.APPS and record.label == service.label for record in catalog.records):
        raise ScaffoldError(
            f"infra/catalog/records.py has a DNS record {service.label} already, and a name can lead to one place "
            "only. Choose another with --host."
        ).of_usage()
    project = root / "apps" / service.module
    for there in (project, project.with_suffix(".py")):
        if there.exists():
            raise ScaffoldError(
                f"apps/{there.name} exists, and no service {service.name}: all applications share it, or an earlier "
                "attempt may have left it. Choose another name, or remove it when `git status` shows that nothing in "
                "it is needed."
            ).of_usage()
    for pattern in (root / ".dockerignore").read_text().splitlines():
        # One without a slash is about the root only.
        if "/" in pattern and PurePosixPath("apps", service.module).match(pattern):
            raise ScaffoldError(
                f"apps/{service.module} would be left out of every image, as .dockerignore says ({pattern}): the name "
                "stands for something else here. Choose another name."
            ).of_usage()
    released = [path.stem for path in sorted((root / "stacks" / "releases").glob("*.yaml")) if _releases(path, service)]
    if released:
        raise ScaffoldError(
            f"stacks/releases has lines for {service.name} already ({', '.join(released)}), and the catalogue has no "
            "such service: an earlier attempt may have left them. Remove them, or choose another name."
        ).of_usage()


def _releases(path: Path, service: NewService) -> bool:
    document = yaml.safe_load(path.read_text())
    return any(service.name in (names or {}) for names in document.values())
