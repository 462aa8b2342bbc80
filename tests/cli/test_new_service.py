"""`coditect new service` refuses what could not work, and writes all or nothing."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from coditect.graph.configuration import ROOT
from coditect.release import unreleased
from coditect.scaffold.command import new_service
from coditect.scaffold.service import ScaffoldError
from coditect.scaffold.source import appended

CATALOG = ("infra/catalog/services.py", "infra/catalog/routes.py")
# Not the README's: this passes in a clone that has followed it.
NEW = "not-yet-there"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """As much of a repository as the command reads and writes."""
    for module in ("configuration/base.py", "configuration/serving.py", "domain/operations/readiness.py"):
        # Empty: only what is there counts as ours where imports are sorted.
        (tmp_path / "apps" / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "apps" / module).touch()
    (tmp_path / "infra" / "catalog").mkdir(parents=True)
    for name in CATALOG:
        shutil.copy(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "stacks" / "releases", tmp_path / "stacks" / "releases")
    (tmp_path / "apps" / "conftest.py").touch()
    for name in ("pyproject.toml", ".dockerignore"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def content(root: Path) -> dict[Path, bytes | None]:
    """Every file's content; None for a directory."""
    return {path: path.read_bytes() if path.is_file() else None for path in root.rglob("*")}


def new(repository: Path, name: str, host: str | None = None, description: str | None = None) -> None:
    assert new_service(name, host=host, description=description, root=repository) == 0


@pytest.mark.parametrize(
    ("name", "host", "message"),
    [
        ("Docs", None, "small letters, digits and single hyphens"),
        ("9-docs", None, "beginning with a letter"),
        ("docs-", None, "not ending with a hyphen"),
        ("docs--frontend", None, "single hyphens"),
        ("../docs", None, "is no name of a service"),
        ("a" * 31, None, "at most 30"),
        ("class", None, "a word of Python's"),
        ("domain", None, "apps/domain exists.*applications share it"),
        ("conftest", None, r"apps/conftest\.py exists"),
        ("tests", None, r"left out of every image.*\*\*/tests"),
        ("testing", None, r"left out of every image.*apps/testing"),
        ("docs", "docs.coditect.ai", "is no name of a host"),
        ("gateway-backend", None, "There is a service gateway-backend"),
        ("gateway-backend-worker", None, "a process of gateway-backend"),
        ("docs", "workflow", "There is a host workflow"),
        ("docs", "www", "There is a host www"),
    ],
)
def test_a_name_that_cannot_be_is_refused_with_the_rule(
    repository: Path, name: str, host: str | None, message: str
) -> None:
    before = content(repository)

    with pytest.raises(ScaffoldError, match=message):
        new(repository, name, host)
    assert content(repository) == before


def test_words_that_could_end_a_string_of_the_catalogue_are_refused(repository: Path) -> None:
    with pytest.raises(ScaffoldError, match="cannot be a description"):
        new(repository, "docs", description='Docs"), print("')


def test_what_an_earlier_attempt_left_is_named(repository: Path) -> None:
    (repository / "apps" / "not_yet_there").mkdir()
    with pytest.raises(ScaffoldError, match=r"apps/not_yet_there exists.*earlier attempt"):
        new(repository, NEW)

    (repository / "apps" / "not_yet_there").rmdir()
    released = repository / "stacks" / "releases" / "dev.yaml"
    released.write_text(released.read_text().replace("  gateway-backend:", f"  {NEW}:"))
    with pytest.raises(ScaffoldError, match=r"lines for not-yet-there already \(dev\)"):
        new(repository, NEW)


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The disk takes eight files more, and then no other."""
    left = iter(range(8))
    write_text = Path.write_text

    def write(path: Path, text: str) -> int:
        if next(left, None) is None:
            raise OSError(28, "No space left on device")
        return write_text(path, text)

    monkeypatch.setattr(Path, "write_text", write)
    yield
    assert next(left, None) is None


def test_a_disk_that_is_full_half_way_leaves_everything_as_it_was(repository: Path, full_disk: None) -> None:
    before = content(repository)

    with pytest.raises(OSError, match="No space left"):
        new(repository, NEW)
    assert content(repository) == before


@pytest.mark.parametrize("name", ["a", "a" * 30, "a-1-frontend"])
def test_whatever_the_name_sources_stay_formatted(repository: Path, name: str) -> None:
    new(repository, name, description="A" * 60)

    for command in (("format", "--check"), ("check", "--no-cache")):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(repository)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout


def test_nothing_but_the_new_lines_changes_in_the_catalogue_and_the_releases(repository: Path) -> None:
    new(repository, NEW)

    for path in (*CATALOG, *(f"stacks/releases/{p.name}" for p in (repository / "stacks" / "releases").iterdir())):
        kept = iter((repository / path).read_text().splitlines())
        assert all(line in kept for line in (ROOT / path).read_text().splitlines()), path


def test_the_placeholder_digest_is_made_as_those_of_the_releases_are() -> None:
    assert unreleased("gateway-backend") == ("sha256:c5a72222487c787e2e2a863353570873011791a3d3d87c5ad96afdfe85902349")


def test_a_catalogue_without_the_tuple_is_refused() -> None:
    with pytest.raises(ScaffoldError, match="no tuple SERVICES"):
        appended("SERVICES = []\n", "SERVICES", "    1,\n", path="infra/catalog/services.py")
