"""Releasing: a digest goes to the colour without traffic, and nothing else in the file changes."""

import shutil
from pathlib import Path

import pytest
import yaml

from coditect.release import RELEASES, ReleaseError, release
from infra import releases
from infra.releases import Colour
from infra.settings import SettingsError

NEW = "sha256:" + "a" * 64


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    shutil.copy(RELEASES / "prod.yaml", tmp_path / "prod.yaml")
    return tmp_path


def test_a_digest_goes_to_the_idle_colour_and_traffic_stays_where_it_is(directory: Path) -> None:
    before = releases.load("prod", directory=directory)
    written = release(stack="prod", name="gateway-backend", digest=NEW, activate=False, directory=directory)
    after = releases.load("prod", directory=directory)
    assert (written.colour, written.is_active) == ("green", False)
    assert after.services["gateway-backend"].green == NEW
    assert after.services["gateway-backend"].active is Colour.BLUE
    assert after.services["gateway-backend"].active_digest == before.services["gateway-backend"].active_digest
    assert {**after.services, "gateway-backend": None} == {**before.services, "gateway-backend": None}


def test_activating_moves_traffic_and_keeps_the_release_before(directory: Path) -> None:
    before = releases.load("prod", directory=directory).services["license-backend"]
    release(stack="prod", name="license-backend", digest=NEW, activate=True, directory=directory)
    after = releases.load("prod", directory=directory).services["license-backend"]
    assert (after.active, after.active_digest) == (Colour.GREEN, NEW)
    assert after.digest(after.active.other) == before.active_digest


def test_an_image_without_colours_is_simply_replaced(directory: Path) -> None:
    release(stack="prod", name="ide-theia", digest=NEW, activate=False, directory=directory)
    assert releases.load("prod", directory=directory).images["ide-theia"] == NEW


def test_an_image_that_a_chart_brings_along_is_released_like_any_other(directory: Path) -> None:
    release(stack="prod", name="foundationdb", digest=NEW, activate=False, directory=directory)
    assert releases.load("prod", directory=directory).images["foundationdb"] == NEW


def test_only_the_line_that_changes_differs(directory: Path) -> None:
    before = (directory / "prod.yaml").read_text().splitlines()
    release(stack="prod", name="gateway-backend", digest=NEW, activate=False, directory=directory)
    after = (directory / "prod.yaml").read_text().splitlines()
    assert [line for line in after if line not in before] == [f"    green: {NEW}"]
    assert len(after) == len(before)


def test_the_comments_at_the_head_of_the_file_stay(directory: Path) -> None:
    release(stack="prod", name="ide-theia", digest=NEW, activate=False, directory=directory)
    assert (directory / "prod.yaml").read_text().startswith("# Image digests of this stack.")


@pytest.mark.parametrize("digest", ["latest", "sha256:abc", "sha256:" + "G" * 64])
def test_what_is_not_a_digest_is_refused_and_the_file_is_untouched(directory: Path, digest: str) -> None:
    before = (directory / "prod.yaml").read_text()
    with pytest.raises(ReleaseError, match="64 hexadecimal digits"):
        release(stack="prod", name="gateway-backend", digest=digest, activate=True, directory=directory)
    assert (directory / "prod.yaml").read_text() == before


def test_a_name_that_the_catalogue_does_not_have_is_refused_with_what_was_meant(directory: Path) -> None:
    before = (directory / "prod.yaml").read_text()
    with pytest.raises(ReleaseError, match="Did you mean gateway-backend"):
        release(stack="prod", name="gateway-backnd", digest=NEW, activate=False, directory=directory)
    assert (directory / "prod.yaml").read_text() == before


def test_an_unknown_stack_is_answered_with_those_there_are(directory: Path) -> None:
    with pytest.raises(ReleaseError, match="Stacks are: prod"):
        release(stack="production", name="gateway-backend", digest=NEW, activate=False, directory=directory)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda d: d["services"].pop("gateway-backend"), "gateway-backend"),
        (lambda d: d["images"].pop("ide-theia"), "ide-theia"),
        (lambda d: d["services"].update(ghost=d["services"]["gateway-backend"]), "ghost"),
        (lambda d: d["services"]["gateway-backend"].update(blue="latest"), "tag can be moved"),
        (lambda d: d["services"]["gateway-backend"].update(active="red"), "active"),
        (lambda d: d.update(extra={}), "extra"),
    ],
)
def test_a_releases_file_that_cannot_be_used_says_what_is_wrong(directory: Path, change: object, named: str) -> None:
    document = yaml.safe_load((directory / "prod.yaml").read_text())
    assert callable(change)
    change(document)
    (directory / "prod.yaml").write_text(yaml.safe_dump(document))
    with pytest.raises(SettingsError, match=named):
        releases.load("prod", directory=directory)
