"""Exit statuses of the whole command line: one enumeration, told in the README and in the help."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from coditect import cli
from coditect.graph.configuration import ROOT
from explained import ExplainedError
from explained.exits import Exit


def commands() -> Iterator[tuple[str, ...]]:
    """Every command, with its group before it."""
    group = typer.main.get_command(cli.app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]  # Typer's copy of Click is private
        inner = getattr(command, "commands", {})
        yield from ((name, each) for each in inner)
        if not inner:
            yield (name,)


def status(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit status of a command line, in this process."""
    monkeypatch.setattr(sys, "argv", ["coditect", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    code = ended.value.code
    assert isinstance(code, int)
    return int(code)


def coditect(*arguments: str) -> int:
    """The same in a process of its own, which may start others."""
    command = [sys.executable, "-m", "coditect", *arguments]
    return subprocess.run(command, capture_output=True, check=False, cwd=ROOT).returncode


def test_the_statuses_are_these() -> None:
    assert [status.value for status in Exit] == [0, 1, 2, 64, 70, 130]


def test_the_readme_tells_each_of_them() -> None:
    rows = re.findall(r"^\| (\d+) \| \w", (ROOT / "README.md").read_text(), re.MULTILINE)

    assert [int(row) for row in rows] == [status.value for status in Exit]


def test_the_help_tells_each_of_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert status(monkeypatch, "--help") == Exit.CLEAN

    said = " ".join(capsys.readouterr().out.split()).partition("Exit status: ")[2]
    assert [int(number) for number in re.findall(r"\b\d+\b", said)] == [status.value for status in Exit]


# These pass on what they do not know.
HANDING_ON = {("psql",), ("redis-cli",), ("exec",)}


@pytest.mark.parametrize("command", [one for one in commands() if one not in HANDING_ON], ids=" ".join)
def test_an_option_that_a_command_does_not_have_is_wrong_use(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert status(monkeypatch, *command, "--no-such-option") == Exit.USAGE
    assert "Usage: " in capsys.readouterr().err


def test_no_command_and_an_unknown_command_are_wrong_use(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status(monkeypatch) == Exit.USAGE
    assert status(monkeypatch, "plna") == Exit.USAGE


@pytest.mark.parametrize(
    "arguments",
    [
        ("plan", "nowhere"),
        ("graph", "nowhere", "--json"),
        ("cost", "nowhere"),
        ("cost", "prod", "--users", "many"),
        ("policy", "nowhere"),
        ("policy", "prod", "--pack", "none"),
        ("evidence", "nowhere", "--out", "there"),
        ("inventory", "nowhere"),
        ("release", "prod", "gateway-backend", "latest"),
        ("release", "prod", "no-such-service", f"sha256:{'0' * 64}"),
        ("new", "service", "Not_A_Name"),
    ],
    ids=" ".join,
)
def test_what_names_something_that_is_not_there_is_wrong_use(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert status(monkeypatch, *arguments) == Exit.USAGE
    assert not (ROOT / "there").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("report", "--against", "no-such-revision"),
        ("report", "--against", "HEAD", "--stack", "nowhere"),
        ("plan", "dev", "--against", "no-such-revision"),
    ],
    ids=" ".join,
)
def test_a_revision_or_stack_that_git_does_not_know_is_wrong_use(arguments: tuple[str, ...]) -> None:
    assert coditect(*arguments) == Exit.USAGE


@pytest.mark.parametrize("command", ["status", "logs", "top", "env", "down"])
def test_where_no_platform_runs_a_command_says_that_it_could_not_run(
    command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    expected = Exit.CLEAN if command == "down" else Exit.COULD_NOT_RUN

    assert status(monkeypatch, command, "--state", str(tmp_path / "state")) == expected


def test_a_broken_file_is_no_wrong_use(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "before.json"
    broken.write_text("{")

    assert status(monkeypatch, "plan", "dev", "--against", str(broken)) == Exit.COULD_NOT_RUN


def test_a_defect_keeps_its_traceback_and_is_no_finding(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> int:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("coditect.schemas.run", broken)

    assert status(monkeypatch, "schema") == Exit.COULD_NOT_RUN
    assert "ZeroDivisionError: a defect" in capsys.readouterr().err


def test_who_stops_a_command_gets_what_a_shell_says(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("coditect.schemas.run", stopped)

    assert status(monkeypatch, "schema") == Exit.STOPPED


def test_an_error_says_by_itself_that_it_could_not_run() -> None:
    assert ExplainedError("x").exit is Exit.COULD_NOT_RUN
    assert ExplainedError("x").of_usage().exit is Exit.USAGE
    assert ExplainedError("x").exit is Exit.COULD_NOT_RUN


def test_a_plan_tells_changes_from_losses_where_it_is_asked_to(tmp_path: Path) -> None:
    reviewed = json.loads((ROOT / "stacks" / "inventory" / "dev.json").read_text())
    assert coditect("plan", "dev", "--detailed-exitcode") == Exit.CLEAN

    fewer = dict(reviewed["resources"])
    del fewer[next(key for key in fewer if key.endswith("::dns"))]
    (tmp_path / "fewer.json").write_text(json.dumps(reviewed | {"resources": fewer}))
    assert coditect("plan", "dev", "--against", str(tmp_path / "fewer.json"), "--detailed-exitcode") == Exit.FINDINGS

    bucket = {"type": "gcp:storage/bucket:Bucket", "name": "old", "parent": next(iter(reviewed["resources"]))}
    more = reviewed["resources"] | {"gcp:storage/bucket:Bucket::old": bucket}
    (tmp_path / "more.json").write_text(json.dumps(reviewed | {"resources": more}))
    assert coditect("plan", "dev", "--against", str(tmp_path / "more.json"), "--detailed-exitcode") == Exit.DATA_AT_RISK
    assert coditect("plan", "dev", "--against", str(tmp_path / "more.json")) == Exit.CLEAN
