"""The command line as someone meets it who has never seen it."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from coditect.graph.configuration import ROOT
from coditect.schemas import ACCEPT, generated
from explained.exits import Exit

SVG = "{http://www.w3.org/2000/svg}"


def coditect(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coditect", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, **environment},
    )


@pytest.fixture(scope="module")
def plan_of_prod() -> subprocess.CompletedProcess[str]:
    return coditect("plan", "prod")


def test_help_names_every_command_without_loading_pulumi() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "coditect", "--help"], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0
    for command in ("plan", "graph", "cost", "report", "evidence", "inventory", "schema", "release", "new"):
        assert f"\n  {command} " in done.stdout
    assert " pulumi" not in done.stderr
    assert " pydantic" not in done.stderr


def test_without_a_command_it_shows_what_there_is() -> None:
    assert "What is declared:" in coditect().stderr


def test_a_plan_goes_to_standard_output_and_progress_to_standard_error(
    plan_of_prod: subprocess.CompletedProcess[str],
) -> None:
    assert plan_of_prod.returncode == 0, plan_of_prod.stderr
    assert "coditect plan prod" in plan_of_prod.stdout
    assert plan_of_prod.stderr == "Running the program of prod ...\n"


def test_a_pipe_gets_no_colours_and_no_spaces_at_the_end_of_the_title(
    plan_of_prod: subprocess.CompletedProcess[str],
) -> None:
    assert "\x1b" not in plan_of_prod.stdout


def test_colours_are_left_out_where_they_are_not_wanted() -> None:
    wanted, unwanted = coditect("schema", FORCE_COLOR="1"), coditect("plan", "nowhere", FORCE_COLOR="1", NO_COLOR="1")

    assert wanted.returncode == 0
    assert "\x1b[31m" not in unwanted.stderr


def test_plan_json_keeps_to_the_committed_schema() -> None:
    done = coditect("plan", "dev", "--json")

    jsonschema.validate(json.loads(done.stdout), json.loads((ROOT / "docs" / "plan.schema.json").read_text()))


def test_a_change_is_an_exit_code_only_where_it_is_asked_for(tmp_path: Path) -> None:
    before = json.loads((ROOT / "stacks" / "inventory" / "dev.json").read_text())
    del before["resources"][next(key for key in before["resources"] if key.endswith("::dns"))]
    other = tmp_path / "before.json"
    other.write_text(json.dumps(before))

    assert coditect("plan", "dev", "--against", str(other)).returncode == 0
    assert coditect("plan", "dev", "--against", str(other), "--detailed-exitcode").returncode == Exit.FINDINGS


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "production"), "There is no stack 'production'"),
        (("plan", "prod", "--against", "no-such-revision"), "neither a file nor a Git revision"),
        (("graph", "prodd", "--json"), "There is no stack 'prodd'"),
        (("inventory", "prodd"), "There is no stack 'prodd'"),
        (("release", "prod", "gateway-backend", "latest"), "'latest' is not a digest"),
    ],
)
def test_what_cannot_be_done_is_one_paragraph_without_a_traceback(arguments: tuple[str, ...], message: str) -> None:
    done = coditect(*arguments)

    assert done.returncode == Exit.USAGE
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments", [("graph", "prod"), ("inventory", "--write", "--check"), ("schema", "--write", "--check"), ("plan",)]
)
def test_a_command_that_makes_no_sense_says_how_it_would(arguments: tuple[str, ...]) -> None:
    done = coditect(*arguments)

    assert done.returncode == Exit.USAGE
    assert "Usage: " in done.stderr


def test_graph_json_has_every_resource_with_its_inputs() -> None:
    document = json.loads(coditect("graph", "dev", "--json").stdout)

    assert (document["version"], document["stack"]) == (1, "dev")
    assert len(document["nodes"]) > 250
    assert all({"urn", "type", "name", "inputs"} <= node.keys() for node in document["nodes"])


def test_the_picture_can_be_read_by_those_who_do_not_see_it_and_in_the_dark(tmp_path: Path) -> None:
    path = tmp_path / "dev.svg"
    assert coditect("graph", "dev", "--svg", str(path)).returncode == 0

    picture = ElementTree.fromstring(path.read_text())
    description = picture.findtext(f"{SVG}desc") or ""
    assert picture.get("role") == "img"
    assert "stack dev" in (picture.findtext(f"{SVG}title") or "")
    assert "app.dev.coditect.ai/api/v1/* to license-backend" in description
    assert "prefers-color-scheme:dark" in path.read_text()


@pytest.fixture(scope="module")
def drawing_of_prod(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """What the command says, and the picture it draws."""
    path = tmp_path_factory.mktemp("drawing") / "prod.svg"
    return coditect("graph", "prod", "--svg", str(path)).stdout, path.read_text()


def test_the_picture_in_the_readme_is_of_the_present_production(drawing_of_prod: tuple[str, str]) -> None:
    assert (ROOT / "docs" / "graph-prod.svg").read_text() == drawing_of_prod[1], (
        "Draw it anew: coditect graph prod --svg docs/graph-prod.svg (make accept does it with all the rest)"
    )


def test_every_reader_says_one_number_of_resources(
    plan_of_prod: subprocess.CompletedProcess[str], drawing_of_prod: tuple[str, str]
) -> None:
    said, picture = drawing_of_prod
    planned = re.search(r"resources +(\d+) in \d+ components", plan_of_prod.stdout)
    assert planned is not None, plan_of_prod.stdout

    assert f": {planned[1]} resources of prod" in said
    assert f">{planned[1]} resources in coditect-cloud-infra" in picture
    assert coditect("inventory", "prod").stdout.startswith(f"prod: {planned[1]} resources,")


@pytest.mark.parametrize("path", list(generated()), ids=lambda path: str(path.name))
def test_the_committed_schemas_are_what_the_models_say(path: Path) -> None:
    assert path.read_text() == generated()[path], f"{path.name} is not current: {ACCEPT}"
