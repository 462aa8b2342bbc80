"""Writes image digests into `stacks/releases/<stack>.yaml`: what delivery does after it has pushed an image."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from coditect.naming import unknown
from explained import ExplainedError
from infra.catalog.names import Origin
from infra.catalog.services import SERVICES

RELEASES = Path(__file__).parent.parent / "stacks" / "releases"
_DIGEST = re.compile(r"^sha256:[0-9a-f]{64}$")


class ReleaseError(ExplainedError, ValueError):
    """A digest or a name that cannot be released. The message says what to write."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """What changed: colour is None for an image that has no colours; is_active says whether it takes traffic."""

    stack: str
    name: str
    colour: str | None
    is_active: bool


def release(*, stack: str, name: str, digest: str, activate: bool, directory: Path = RELEASES) -> Written:
    """Writes a digest to the idle colour of a service of ours, or to an image without colours.

    activate: also makes the written colour the active one. A service that the file does not have yet gets both colours.
    Comments at the head of the file stay. Raises ReleaseError, and then the file is as it was.
    """
    if not _DIGEST.match(digest):
        raise ReleaseError(
            f"{digest!r} is not a digest. Write sha256: and 64 hexadecimal digits, as the registry prints: "
            "a tag can be moved to other code."
        ).of_usage()
    path = directory / f"{stack}.yaml"
    if not path.exists():
        raise ReleaseError(
            f"There is no stacks/releases/{stack}.yaml. Stacks are: {', '.join(_stacks(directory))}."
        ).of_usage()
    text = path.read_text()
    # Beside the catalogue's there are images that its services bring along: the database of a chart, a proxy.
    known = {s.image if s.origin is Origin.CHART else s.name for s in SERVICES} | _images(text)
    if name not in known:
        raise ReleaseError(unknown(name, known, what="service or image")).of_usage()
    content, written = with_digest(text, stack=stack, name=name, digest=digest, activate=activate)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(content)
    temporary.replace(path)
    return written


def with_digest(text: str, *, stack: str, name: str, digest: str, activate: bool) -> tuple[str, Written]:
    """A file's content with the digest written into it as `release` does, and what changed."""
    head = "".join(line for line in text.splitlines(keepends=True) if line.startswith("#"))
    try:
        document = yaml.safe_load(text)
        services, images = document["services"], document["images"]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise ReleaseError(f"stacks/releases/{stack}.yaml has no services and images as YAML: {error}") from None
    if name in images:
        images[name] = digest
        written = Written(stack=stack, name=name, colour=None, is_active=True)
    elif name in services:
        entry = services[name]
        idle = "green" if entry["active"] == "blue" else "blue"
        entry[idle] = digest
        if activate:
            entry["active"] = idle
        written = Written(stack=stack, name=name, colour=idle, is_active=activate)
    else:
        services[name] = {"active": "blue", "blue": digest, "green": digest}
        written = Written(stack=stack, name=name, colour="blue", is_active=True)
    document |= {kind: dict(sorted(names.items())) for kind, names in document.items()}
    return head + yaml.safe_dump(document, sort_keys=False), written


def unreleased(image: str) -> str:
    """The digest of an image that was never published: no registry has it, so nothing unintended can run."""
    return f"sha256:{hashlib.sha256(f'coditect unreleased {image}'.encode()).hexdigest()}"


def _images(text: str) -> set[str]:
    """Images that a file has already; none where it is no such file, which with_digest explains."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return set()
    images = document.get("images") if isinstance(document, dict) else None
    return set(images) if isinstance(images, dict) else set()


def _stacks(directory: Path) -> list[str]:
    return sorted(p.stem for p in directory.glob("*.yaml"))
