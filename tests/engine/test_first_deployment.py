"""The runbook of a first deployment, followed word by word: its own shell blocks, the real engine, an empty project."""

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from coditect.graph import configuration
from coditect.graph.configuration import ROOT
from coditect.graph.values import items, lookup, members, text
from coditect.preflight.placeholders import in_releases
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.provider import BY_HAND
from coditect.rehearsal.shelf import FileShelf
from coditect.rehearsal.types import SECRET, SECRET_VERSION
from infra import releases
from tests.engine.harness import environment
from tests.engine.stand_in import shell
from tests.graphs import graph_of
from tools import pulumi

pytestmark = pytest.mark.engine

PAGE = ROOT / "docs" / "runbooks" / "first-deployment.md"
STACK, PROJECT = "dev", "coditect-dev"
CODE = ("charts", "coditect", "explained", "infra", "policies", "stacks", "Pulumi.yaml", "tools/go.mod")
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# What a person writes in place of each placeholder of the settings.
OWN_VALUES = {
    "project_number: 410000000001": "project_number: 812345678901",
    "198.51.100.0/24": "93.184.216.0/24",
    "github_repository_id: 410000001": "github_repository_id: 812345678",
    "github_owner_id: 41000001": "github_owner_id: 81234567",
    "000000-000000-000000": "01A2B3-4C5D6E-7F8091",
}


def sections() -> dict[str, str]:
    """The page's shell, by the number of its section."""
    found: dict[str, str] = {}
    for section in re.split(r"^## (?=\d)", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        found[section.partition(".")[0]] = "\n".join(_BLOCK.findall(section))
    return found


@dataclass(frozen=True)
class Desk:
    """An engineer's checkout, their programs, and an empty project."""

    directory: Path

    @property
    def checkout(self) -> Path:
        return self.directory / "checkout"

    @property
    def cloud(self) -> Cloud:
        return Cloud(FileShelf(self.directory / "cloud"))

    @property
    def calls(self) -> list[str]:
        """Every call of the programs that stand in for others, and of `pulumi`."""
        return (self.directory / "record").read_text().splitlines()

    def follow(self, *numbers: str, then: str = "") -> subprocess.CompletedProcess[str]:
        """Types the blocks of these sections, in one shell that stops at the first failure. then: what is pasted."""
        blocks = sections()
        words = next(line for line in blocks["1"].splitlines() if line.startswith("STACK="))
        script = "\n".join(["set -euo pipefail", words, *(blocks[number] for number in numbers), then])
        return subprocess.run(
            ["/bin/bash", "-c", script],
            cwd=self.checkout,
            env=self._environment(),
            # What a person pastes when asked for a secret, line by line.
            input="a value from a console\n" * 20,
            capture_output=True,
            text=True,
            check=False,
        )

    def settings(self) -> str:
        return (self.checkout / "stacks" / f"Pulumi.{STACK}.yaml").read_text()

    def resources(self) -> int:
        """How many resources of a provider the state has."""
        state = self.directory / "backend" / ".pulumi" / "stacks" / configuration.project_name() / f"{STACK}.json"
        listed = items(lookup(json.loads(state.read_text()), "checkpoint", "latest", "resources"))
        return sum(bool(lookup(one, "custom")) for one in listed)

    def _environment(self) -> dict[str, str]:
        told = {key: value for key, value in environment(self.directory).items() if key != "PULUMI_BACKEND_URL"}
        return {
            **os.environ,
            **told,
            "PATH": os.pathsep.join([str(self.directory / "bin"), told["PATH"]]),
            "PYTHONPATH": str(self.checkout),
            # Who follows the page says yes.
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            BY_HAND: "true",
            shell.RECORD: str(self.directory / "record"),
            shell.BACKEND: str(self.directory / "backend"),
            shell.REAL_PULUMI: str(pulumi.find()),
        }


def released() -> str:
    """What the jobs of the workflow end with, and what is copied from elsewhere, as an engineer runs the lines."""
    names = [placeholder.where for placeholder in in_releases(releases.load(STACK))]
    return "\n".join(f"coditect release {STACK} {name} sha256:{'a' * 64} --activate" for name in names)


def new_desk(directory: Path) -> Desk:
    desk = Desk(directory)
    desk.checkout.mkdir()
    for name in CODE:
        target = desk.checkout / name
        target.parent.mkdir(exist_ok=True)
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, target)
    (desk.checkout / ".venv").symlink_to(sys.prefix)
    (directory / "backend").mkdir()
    (directory / "cloud").mkdir()
    shell.install(directory / "bin")
    settings = desk.settings()
    for placeholder, value in OWN_VALUES.items():
        settings = settings.replace(placeholder, value)
    (desk.checkout / "stacks" / f"Pulumi.{STACK}.yaml").write_text(settings)
    return desk


@pytest.fixture(scope="module")
def after_the_first_pass(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = new_desk(tmp_path_factory.mktemp("first-pass"))
    done = desk.follow("1", "2", "3", "4")
    assert done.returncode == 0, done.stdout + done.stderr
    return desk


@pytest.fixture
def desk(after_the_first_pass: Desk, tmp_path: Path) -> Desk:
    """A copy of everything after the first pass, to go on with."""
    shutil.copytree(after_the_first_pass.directory, tmp_path, symlinks=True, dirs_exist_ok=True)
    # The command line remembers where it is signed in, and that is the other directory.
    for file in (tmp_path / "home").rglob("*.json"):
        file.write_text(file.read_text().replace(str(after_the_first_pass.directory), str(tmp_path)))
    return Desk(tmp_path)


def test_the_page_names_the_stack_and_the_project_that_are_followed_here() -> None:
    assert f"STACK={STACK}\nPROJECT={PROJECT}\n" in sections()["1"]
    assert list(sections()) == [str(number) for number in range(1, 9)]


def test_the_first_pass_leaves_every_secret_there_and_empty(after_the_first_pass: Desk) -> None:
    desk = after_the_first_pass
    secrets = {thing.id for thing in desk.cloud.things(SECRET)}
    assert len(secrets) == len(graph_of(STACK).of_type(SECRET))
    filled = {text(version.inputs, "secret") for version in desk.cloud.things(SECRET_VERSION)}
    assert filled == {secret for secret in secrets if secret.endswith(("-redis-auth", "-redis-ca"))}
    assert "filled: false" in desk.settings()


def test_the_page_leads_from_an_empty_project_to_the_whole_stack_and_its_second_pass_only_adds(desk: Desk) -> None:
    before = {(thing.type, thing.id) for thing in desk.cloud.things()}
    filled = desk.follow("5", "6", then=released())
    assert filled.returncode == 0, filled.stdout + filled.stderr
    by_hand = members(graph_of(STACK).root.outputs, "secrets_by_hand")
    assert by_hand.keys() <= {text(version.inputs, "secret") for version in desk.cloud.things(SECRET_VERSION)}

    second = desk.follow("7")
    assert second.returncode == 0, second.stdout + second.stderr
    [summary] = re.findall(r"^Resources:\n((?: .+\n)+)", second.stdout.rpartition("Updating (")[2], re.MULTILINE)
    assert set(re.findall(r"[a-z]+$", summary, re.MULTILINE)) == {"created", "unchanged"}, summary
    assert before <= {(thing.type, thing.id) for thing in desk.cloud.things()}
    assert desk.resources() == sum(not node.is_component for node in graph_of(STACK).nodes.values())
    # The settings differ only for as long as the first pass took.
    assert "filled" not in desk.settings()

    assert desk.follow("8").returncode == 0
    assert f"gh workflow run images -f stack={STACK}" in desk.calls


def test_who_forgets_to_fill_the_secrets_is_told_which(desk: Desk) -> None:
    assert desk.follow("6", then=released()).returncode == 0
    refused = desk.follow("7")
    assert refused.returncode != 0
    assert "which has no version" in refused.stdout + refused.stderr


def test_who_has_not_made_the_bucket_is_stopped_before_there_is_a_state(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    refused = desk.follow("1", "2", "4")
    assert refused.returncode != 0
    assert f"there is no gcp:storage/bucket:Bucket {PROJECT}-pulumi-state" in refused.stderr


def test_a_placeholder_that_is_left_in_the_settings_stops_at_the_second_step(tmp_path: Path) -> None:
    desk = new_desk(tmp_path)
    path = desk.checkout / "stacks" / f"Pulumi.{STACK}.yaml"
    path.write_text(path.read_text().replace("812345678901", "410000000001"))
    refused = desk.follow("1", "2", "3")
    assert refused.returncode == 1
    assert "missing google.project_number" in refused.stdout
    assert not any(call.startswith("gcloud storage") for call in desk.calls)
