"""`coditect preflight` as someone meets it who deploys for the first time."""

import json
import subprocess
import sys

import pytest

from coditect.graph.configuration import ROOT


def coditect(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coditect", "preflight", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )


def test_what_is_missing_here_is_listed_and_fails() -> None:
    done = coditect("dev")
    assert done.returncode == 1, done.stderr
    assert "missing google.project_number" in done.stdout
    assert "missing ide-theia" in done.stdout
    assert "gcloud auth application-default login" in done.stdout
    # Copied from the terminal, a command is one line.
    assert any(line.strip().startswith('[ "$(gcloud storage buckets describe') for line in done.stdout.splitlines())


def test_json_of_one_stage_tells_that_stage_alone() -> None:
    told = json.loads(coditect("prod", "--json", "--before", "visitors").stdout)
    assert told["stack"] == "prod"
    assert {one["kind"] for one in told["prerequisites"]} == {"delegation at the registrar"}
    assert told["is_clean"] is True


def test_a_stage_of_which_nothing_is_missing_here_ends_well() -> None:
    assert coditect("prod", "--before", "visitors").returncode == 0


@pytest.mark.parametrize(("stack", "says"), [("local", "never deployed"), ("prdo", "Did you mean prod?")])
def test_what_cannot_be_deployed_is_refused_with_what_can(stack: str, says: str) -> None:
    done = coditect(stack)
    assert done.returncode not in (0, None)
    assert says in done.stderr
    assert "Traceback" not in done.stderr
