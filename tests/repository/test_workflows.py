"""GitHub's workflows: pinned, without keys, and true to the program and the catalogue."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from infra.catalog import CATALOG
from infra.catalog.names import Origin
from infra.catalog.services import Service
from infra.releases import load
from infra.settings import PROJECT
from tests.repository.image_tree import ROOT
from tools.images import ImagesError, builds, destination

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yaml"))
CHECKS = yaml.safe_load((ROOT / ".github" / "workflows" / "checks.yaml").read_text())
IMAGES = yaml.safe_load((ROOT / ".github" / "workflows" / "images.yaml").read_text())
# What YAML 1.1 makes of the key `on`.
OFFERED = IMAGES[True]["workflow_dispatch"]["inputs"]["stack"]["options"]


def _outputs(stack: str) -> dict[str, str]:
    # As the workflow runs it: with no package of this environment.
    command = [sys.executable, "-S", "-m", "tools.images", stack]
    told = {"PATH": os.environ["PATH"]}
    printed = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True).stdout
    return dict(line.split("=", 1) for line in printed.splitlines())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_actions_are_named_by_commit_with_their_version_beside_it(path: Path) -> None:
    used = re.findall(r"uses: (.+)", path.read_text())
    assert used
    assert not [line for line in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)]


def test_one_action_has_one_commit_everywhere() -> None:
    used = {line for path in WORKFLOWS for line in re.findall(r"uses: (.+)", path.read_text())}
    assert len(used) == len({line.partition("@")[0] for line in used})


def test_images_that_a_workflow_runs_are_named_by_digest() -> None:
    for path in WORKFLOWS:
        for image in re.findall(r"docker\.io/\S+", path.read_text()):
            assert re.search(r"@sha256:[0-9a-f]{64}$", image), image


def test_the_checks_run_as_root_too_in_the_image_that_ours_begin_with() -> None:
    jobs = CHECKS["jobs"].values()
    (as_root,) = (job for job in jobs if "container" in job)
    assert f"FROM {as_root['container']} AS base" in (ROOT / "images" / "django.Containerfile").read_text()
    assert as_root["steps"][-1]["run"] == "make test"


def test_the_checks_run_on_every_python_that_is_promised() -> None:
    jobs = CHECKS["jobs"]
    (first,) = (step["with"]["python-version"] for step in jobs["checks"]["steps"] if "setup-python" in str(step))
    minors = {int(version.partition(".")[2]) for version in (first, *jobs["pythons"]["strategy"]["matrix"]["python"])}
    lowest, beyond = re.findall(
        r"3\.(\d+)", tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]
    )
    assert minors == set(range(int(lowest), int(beyond)))


def test_a_job_ends_when_it_takes_longer_than_the_tests_may() -> None:
    # `make verify` takes 60 minutes at most, `make test` 10, and the runner's own set-up 5.
    promised = {".ci/run": 60 + 5, "make test": 10 + 5}
    for job in CHECKS["jobs"].values():
        assert job["timeout-minutes"] <= promised[job["steps"][-1]["run"]]


def test_the_linter_of_workflows_finds_nothing_that_an_attacker_could_use() -> None:
    linter = str(Path(sys.executable).parent / "zizmor")
    found = subprocess.run(
        [linter, "--offline", "--quiet", "--no-progress", str(ROOT / ".github")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("stack", OFFERED)
def test_every_image_of_ours_is_built_and_its_release_line_names_the_service(stack: str) -> None:
    made = json.loads(_outputs(stack)["builds"])
    ours = [service for service in CATALOG.services if service.origin is Origin.OURS]
    assert sorted(name for build in made for name in build["images"].split()) == sorted({s.image for s in ours})
    assert sorted(name for build in made for name in build["services"].split()) == sorted(s.name for s in ours)
    assert {s.name for s in ours} == set(load(stack, CATALOG).services)
    assert all((ROOT / "apps" / build["project"]).is_dir() for build in made)


@pytest.mark.parametrize("stack", OFFERED)
def test_images_go_where_the_stacks_pods_pull_them_from(stack: str) -> None:
    repository = _outputs(stack)["repository"]
    text = (ROOT / "stacks" / "inventory" / f"{stack}.json").read_text()
    for service in (service for build in builds() for service in build.services):
        assert f'"{repository}/{service.image}@sha256:' in text


@pytest.mark.parametrize("stack", OFFERED)
def test_every_image_is_pushed_with_a_tag_that_the_repositorys_clean_up_keeps_and_no_run_can_repeat(stack: str) -> None:
    kept = _outputs(stack)["kept"]
    nodes = json.loads((ROOT / "stacks" / "inventory" / f"{stack}.json").read_text())["resources"].values()
    (repository,) = (node["inputs"] for node in nodes if node["name"] == "registry-repository")
    keeping = [policy["condition"] for policy in repository["cleanupPolicies"] if "condition" in policy]
    assert {"tagState": "TAGGED", "tagPrefixes": [kept]} in keeping
    (push,) = (step for step in IMAGES["jobs"]["image"]["steps"] if "--push" in step.get("run", ""))
    assert push["env"]["KEPT"] == "${{ needs.plan.outputs.kept }}"
    assert 'tag="$KEPT${GITHUB_SHA::12}-${GITHUB_RUN_ID}-${GITHUB_RUN_ATTEMPT}"' in push["run"]
    assert 'tags+=(--tag "$REPOSITORY/$image:$tag")' in push["run"]


@pytest.mark.parametrize("stack", OFFERED)
def test_the_workflow_signs_in_as_the_account_that_may_write_there_and_nowhere_else(stack: str) -> None:
    outputs = _outputs(stack)
    nodes = json.loads((ROOT / "stacks" / "inventory" / f"{stack}.json").read_text())["resources"].values()
    inputs = {node["name"]: node.get("inputs", {}) for node in nodes}
    assert inputs["delivery-images-writer"]["role"] == "roles/artifactregistry.writer"
    assert inputs["delivery-images-writer"]["member"] == f"serviceAccount:{outputs['account']}"
    pool = outputs["provider"].partition("/providers/")[0]
    settings = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"][f"{PROJECT}:delivery"]
    assert settings["github_environment"] == outputs["environment"]
    assert inputs["delivery-images-github"]["member"] == (
        f"principalSet://iam.googleapis.com/{pool}/attribute.repository_environment/"
        f"{settings['github_repository_id']}/{outputs['environment']}"
    )


def test_the_workflow_offers_each_deployed_stack_that_has_a_repository() -> None:
    stacks = {path.stem for path in (ROOT / "stacks" / "inventory").glob("*.json")} - {"local"}
    assert "dr" in stacks
    with pytest.raises(ImagesError, match="pulls from another stack's"):
        destination("dr")
    assert set(OFFERED) == stacks - {"dr"}


def test_an_unknown_stack_is_told_which_there_are() -> None:
    with pytest.raises(ImagesError, match="Name one of: dev, dr, local, prod, staging"):
        destination("pord")


def test_a_service_of_ours_that_runs_no_project_is_told_what_to_write() -> None:
    service = next(service for service in CATALOG.services if service.origin is Origin.OURS)
    odd = Service(**{**vars(service), "command": ("python", "-m", "http.server"), "environment": ()})
    with pytest.raises(ImagesError, match="Set DJANGO_SETTINGS_MODULE"):
        builds([odd])


def test_only_the_job_that_pushes_may_ask_for_an_identity_and_no_secret_is_read() -> None:
    assert IMAGES["permissions"] == {}
    assert IMAGES["jobs"]["plan"]["permissions"] == {"contents": "read"}
    assert IMAGES["jobs"]["image"]["permissions"] == {"contents": "read", "id-token": "write"}
    assert IMAGES["jobs"]["image"]["environment"] == "${{ needs.plan.outputs.environment }}"
    assert not [path.name for path in WORKFLOWS if "secrets." in path.read_text()]
