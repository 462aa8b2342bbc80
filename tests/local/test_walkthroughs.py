"""The quick start and the local runbook, typed from top to bottom on the running platform."""

import os
import re
import sys
from pathlib import Path

import pytest

from coditect.local.layout import REPOSITORY
from tests.local.platform import RunningPlatform
from tools.walkthrough import Step, read, run

_MARK = "=== step "
_PORT = re.compile(r"(?<=localhost):\d+")
_CHANGING = re.compile(r"[0-9a-f]{8,}(?:-[0-9a-f]+)*|\d+(?:\.\d+)?")


@pytest.fixture
def shell(platform: RunningPlatform, tmp_path: Path) -> dict[str, str]:
    """A shell's environment whose `coditect` works on the tests' platform, and on no other state directory."""
    programs = tmp_path / "programs"
    programs.mkdir()
    coditect = programs / "coditect"
    coditect.write_text(
        f'#!/bin/sh\nname=$1; shift\nexec "{sys.executable}" -m coditect "$name" --state "{platform.state}" "$@"\n'
    )
    coditect.chmod(0o755)
    path = os.pathsep.join([str(programs), str(Path(sys.executable).parent), os.environ["PATH"]])
    return {"PATH": path, "HOME": str(tmp_path), "PYTHONPATH": str(REPOSITORY), "COLUMNS": "200"}


@pytest.mark.parametrize("document", ["docs/quick-start.md", "docs/runbooks/local.md"])
def test_every_step_of_a_document_works_and_answers_as_it_says(
    document: str, shell: dict[str, str], tmp_path: Path
) -> None:
    walkthrough = read((REPOSITORY / document).read_text())
    assert len(walkthrough.steps) > 5
    directory = tmp_path / "here"
    directory.mkdir()
    answered = _answers(document, shell, directory)

    for step, lines in zip(walkthrough.steps, answered, strict=True):
        assert _shows(lines, step), f"{step.command}\nthe document shows\n{step.shown}\nand it answers\n{lines}"


@pytest.mark.parametrize(
    ("shown", "answered", "is_so"),
    [
        ("seat 2 of 5, tier pro", ["seat 1 of 5, tier pro"], True),
        ("seat 2 of 5, tier pro", ["seat 1 of 5, tier free"], False),
        ("seat 2 of 5", ["seat 1 of 5, tier free"], False),
        ("seat … free", ["seat 1 of 5, tier free"], True),
        ("https://api.coditect.ai.localhost", ["https://api.coditect.ai.localhost:8443"], True),
        ("200", [], False),
    ],
)
def test_an_answer_that_is_not_what_a_document_shows_is_found(shown: str, answered: list[str], is_so: bool) -> None:
    assert _shows(answered, Step(command="…", shown=(shown,))) is is_so


def test_what_is_not_executed_says_why() -> None:
    for document in ("docs/quick-start.md", "docs/runbooks/local.md"):
        for block, why in read((REPOSITORY / document).read_text()).left_out.items():
            assert len(why.split()) > 2, block


def _answers(document: str, shell: dict[str, str], directory: Path) -> list[list[str]]:
    walkthrough = read((REPOSITORY / document).read_text())
    log = directory.with_suffix(".log")
    with log.open("w") as file:
        process = run(
            walkthrough, directory=directory, environment=shell, announce=f"printf '\\n{_MARK}%s\\n'", output=file
        )
        assert process.wait(120) == 0, log.read_text()
    return [part.splitlines()[1:] for part in log.read_text(errors="replace").split(f"\n{_MARK}")[1:]]


def _shows(answered: list[str], step: Step) -> bool:
    """Each shown line stands in the answer, in this order; numbers and ids may differ, `…` is anything."""
    rest = iter([_CHANGING.sub("#", _PORT.sub("", line)) for line in answered])
    return all(any(_pattern(line).match(real) for real in rest) for line in step.shown if line.strip() not in ("", "…"))


def _pattern(shown: str) -> re.Pattern[str]:
    parts = [re.escape(part) for part in _CHANGING.sub("#", shown.rstrip()).split("…")]
    return re.compile(r"\s*".join(".*".join(parts).split(r"\ ")) + r"\s*$")
