"""What an engineer does: `pulumi preview -s prod`, with the ordinary command and the repository's own files."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coditect.graph.configuration import ROOT, STACKS
from tests.engine.harness import environment
from tests.graphs import graph_of
from tools import pulumi

pytestmark = pytest.mark.engine


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Pulumi.yaml and stacks/ as they are, in another place: the command writes its salt into the stack's file.

    The program's packages are the installed ones, as in any checkout after `make setup`.
    """
    root = tmp_path / "checkout"
    root.mkdir()
    shutil.copy(ROOT / "Pulumi.yaml", root)
    shutil.copytree(STACKS, root / "stacks")
    (root / ".venv").symlink_to(sys.prefix)
    (tmp_path / "backend").mkdir()
    return root


def run(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [pulumi.find(), *arguments, "--non-interactive", "--color", "never"],
        cwd=checkout,
        env={**os.environ, **environment(checkout.parent)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_engineer_previews_production_with_the_ordinary_command(checkout: Path) -> None:
    made = run(checkout, "stack", "init", "prod", "--secrets-provider", "passphrase")
    assert made.returncode == 0, made.stderr
    previewed = run(checkout, "preview", "-s", "prod")
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    [created] = re.findall(r"\+ (\d+) to create", previewed.stdout)
    assert int(created) == len(graph_of("prod").nodes)
    assert "signing_public_key" in previewed.stdout


def test_a_bad_setting_stops_the_ordinary_command_with_the_key_and_the_cure(checkout: Path) -> None:
    settings = checkout / "stacks" / "Pulumi.prod.yaml"
    settings.write_text(settings.read_text().replace("memory_gib: 16", "memory_gib: 16000"))
    assert run(checkout, "stack", "init", "prod", "--secrets-provider", "passphrase").returncode == 0
    refused = run(checkout, "preview", "-s", "prod")
    assert refused.returncode != 0
    assert "coditect:cache" in refused.stdout
    assert "memory_gib" in refused.stdout
