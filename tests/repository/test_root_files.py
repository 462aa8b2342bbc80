"""Files that tools look for at the root: true to the repository, and agreed with each other."""

import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import yaml

from infra.catalog import CATALOG
from tests.repository.documents import tracked
from tests.repository.image_tree import ROOT

_PACKAGES = (ROOT / "pyproject.toml", ROOT / "sdk" / "python" / "pyproject.toml")


def _rules(name: str) -> list[list[str]]:
    lines = (ROOT / name).read_text().splitlines()
    return [line.split() for line in lines if line.strip() and not line.startswith("#")]


def test_the_licence_is_the_one_that_the_packages_and_the_images_name() -> None:
    named = {tomllib.loads(path.read_text())["project"]["license"] for path in _PACKAGES}
    text = (ROOT / "images" / "django.Containerfile").read_text()
    named |= set(re.findall(r'image\.licenses="([^"]+)"', text))
    assert named == {"LicenseRef-Proprietary"}
    assert (ROOT / "LICENSE").read_text().startswith("SPDX-License-Identifier: LicenseRef-Proprietary\n")


def test_owners_are_the_roles_that_own_waivers_and_each_line_is_about_something() -> None:
    roles = {entry["owner"] for entry in yaml.safe_load((ROOT / "policies" / "waivers.yaml").read_text())}
    rules = _rules(".github/CODEOWNERS")
    assert rules[0][0] == "*", "the first line is for everything: GitHub lets the last that fits decide"
    for pattern, *owners in rules:
        assert {owner.removeprefix("@coditect/") for owner in owners} <= roles
        assert pattern == "*" or any(fnmatch(name, pattern.strip("/")) for name in tracked()), pattern


def test_each_line_of_the_attributes_is_about_something() -> None:
    for pattern, *_ in _rules(".gitattributes"):
        if not pattern.startswith("*"):
            assert any(fnmatch(name, pattern) for name in tracked()), pattern


def test_generated_files_are_marked_so_that_a_review_folds_them() -> None:
    generated = [*(ROOT / "stacks" / "inventory").glob("*.json"), *(ROOT / "locks").glob("*.lock")]
    names = [str(path.relative_to(ROOT)) for path in generated]
    asked = subprocess.run(
        ["git", "-C", str(ROOT), "check-attr", "linguist-generated", "merge", "eol", "--", *names],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in names:
        assert f"{name}: linguist-generated: set" in asked
        assert f"{name}: merge: unset" in asked
        assert f"{name}: eol: lf" in asked


def test_hooks_before_a_commit_download_nothing_and_run_what_set_up_installed() -> None:
    configuration = ROOT / ".pre-commit-config.yaml"
    checker = [str(Path(sys.executable).parent / "pre-commit"), "validate-config", str(configuration)]
    subprocess.run(checker, check=True, capture_output=True)
    repositories = yaml.safe_load(configuration.read_text())["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        assert hook["language"] == "system"
        program = hook["entry"].split()[0]
        assert program.startswith(".venv/bin/")
        assert (Path(sys.executable).parent / Path(program).name).exists()


def test_weaknesses_are_reported_to_the_address_that_the_domain_itself_names() -> None:
    named = {match for record in CATALOG.records for match in re.findall(r"mailto:(\w+)@", str(vars(record)))}
    assert "security" in named
    assert "**security@coditect.com**" in (ROOT / "SECURITY.md").read_text()
