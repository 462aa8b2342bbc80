"""What helps while one types: completion, help that fits a terminal, and moments in plain words."""

import json
import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import typer

from coditect.cli import app
from coditect.cli.moments import moment
from coditect.graph.configuration import ROOT

_NOW = datetime(2026, 5, 1, 14, 5).astimezone()
_COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # it is a group


def _completed(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    done = subprocess.run(
        [Path(sys.executable).with_name("coditect")],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONPROFILEIMPORTTIME": "1",
            "_CODITECT_COMPLETE": "complete_bash",
            "COMP_WORDS": " ".join(("coditect", *words)),
            "COMP_CWORD": str(len(words)),
        },
    )
    assert " pulumi" not in done.stderr
    return done.stdout.split()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    told = {
        "processes": [{"name": "edge"}, {"name": "license-backend-blue"}],
        "addresses": [{"service": "license-backend"}],
        "prefixes": [{"service": "gateway-backend"}],
        "databases": ["agentflow", "coditect"],
    }
    (tmp_path / "state.json").write_text(json.dumps(told))
    return tmp_path


def test_names_of_the_running_platform_and_stacks_are_completed(state: Path) -> None:
    at = ("--state", str(state))
    assert _completed("logs", *at, "lic") == ["license-backend", "license-backend-blue"]
    assert _completed("promote", *at, "g") == ["gateway-backend"]
    assert _completed("psql", *at, "c") == ["coditect"]
    assert _completed("plan", "d") == ["dev", "dr"]


def test_nothing_is_completed_where_nothing_runs(tmp_path: Path) -> None:
    assert _completed("logs", "--state", str(tmp_path), "lic") == []


@pytest.mark.parametrize("command", _COMMANDS)
def test_help_fits_80_columns_and_says_whole_sentences(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "coditect", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "COLUMNS": "80"},
    )
    assert done.returncode == 0
    assert max(map(len, done.stdout.splitlines())) <= 80
    first_paragraph = done.stdout.split("\n\n")[1]
    assert first_paragraph.strip()[0].isupper()
    assert first_paragraph.strip().endswith(".")


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("90s", _NOW - timedelta(seconds=90)),
        ("5m", _NOW - timedelta(minutes=5)),
        ("2h", _NOW - timedelta(hours=2)),
        ("1d", _NOW - timedelta(days=1)),
        ("13:50", _NOW - timedelta(minutes=15)),
        ("9:05", _NOW - timedelta(hours=5)),
        ("14:04:30", _NOW - timedelta(seconds=30)),
        ("14:06", _NOW - timedelta(hours=23, minutes=59)),
        ("2026-05-01T14:00", _NOW - timedelta(minutes=5)),
    ],
)
def test_a_moment_is_how_long_ago_or_the_last_such_time_of_day(said: str, meant: datetime) -> None:
    assert moment(said, now=_NOW) == meant


@pytest.mark.parametrize("said", ["", "soon", "5", "25:00", "5 m"])
def test_what_is_no_moment_is_answered_with_what_would_be(said: str) -> None:
    with pytest.raises(ValueError, match="write 90s, 5m"):
        moment(said, now=_NOW)
