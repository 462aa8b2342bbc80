"""Which image runs in a stack: digests only, read from `stacks/releases/<stack>.yaml`.

Services of ours have two colours. Delivery writes a new digest to the colour that takes no traffic, then makes it the
active one; the other keeps the release before it, so going back is one line. Images from elsewhere have one digest.
"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Origin
from infra.settings import SettingsError

RELEASES = Path(__file__).parent.parent / "stacks" / "releases"

Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Colour(StrEnum):
    BLUE = "blue"
    GREEN = "green"

    @property
    def other(self) -> "Colour":
        return Colour.GREEN if self is Colour.BLUE else Colour.BLUE


class ColouredRelease(BaseModel):
    """Both colours of a service, and which one takes traffic."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    active: Colour
    blue: Digest
    green: Digest

    def digest(self, colour: Colour) -> str:
        return self.blue if colour is Colour.BLUE else self.green

    @property
    def active_digest(self) -> str:
        return self.digest(self.active)


class Releases(BaseModel):
    """services: by service name. images: by image name, for what is not built here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    services: dict[str, ColouredRelease]
    images: dict[str, Digest]


def load(stack: str, catalog: Catalog = CATALOG, directory: Path = RELEASES) -> Releases:
    """The releases of a stack. Raises SettingsError when a digest is missing, malformed, or of a service nobody has."""
    path = directory / f"{stack}.yaml"
    where = f"stacks/releases/{path.name}"
    if not path.exists():
        raise SettingsError(f"{where} is missing: nobody knows which images to run. Copy the one of another stack.")
    try:
        releases = Releases.model_validate(yaml.safe_load(path.read_text()))
    except yaml.YAMLError as error:
        raise SettingsError(f"{where} is not YAML, so nothing of it can be used: {error}") from None
    except ValidationError as error:
        lines = "\n".join(
            f"  {'.'.join(str(part) for part in item['loc'])} is {item['input']!r}: {item['msg']}"
            for item in error.errors(include_url=False)
        )
        raise SettingsError(
            f"{where} cannot be used: an image is named by its digest (sha256: and 64 hexadecimal digits), "
            f"because a tag can be moved to other code.\n{lines}"
        ) from None
    ours = {s.name for s in catalog.services if s.origin is Origin.OURS}
    theirs = {s.image for s in catalog.services if s.origin is Origin.CHART}
    if missing := sorted((ours - set(releases.services)) | (theirs - set(releases.images))):
        raise SettingsError(f"{where} has no digest for {', '.join(missing)}: there is nothing to run. Add it.")
    if unknown := sorted(set(releases.services) - ours):
        raise SettingsError(f"{where} releases {', '.join(unknown)}, which the catalogue does not have. Remove it.")
    return releases
