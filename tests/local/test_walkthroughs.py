"""The quick start and the local runbook, typed from top to bottom on the running platform."""

import os
import re
import sys
from pathlib import Path

import pytest

from coditect.graph.values import items, text
from coditect.local.layout import REPOSITORY
from tests.local.platform import RunningPlatform
from tools.walkthrough import Step, read, run

_API = "api.coditect.ai.localhost"
_MARK = "=== step "
_PORT = re.compile(r"(?<=localhost):\d+")
_CHANGING = re.compile(
    r"\b[0-9a-f]{8,}(?:-[0-9a-f]+)*"  # an id, a hash
    r"|\b\d{4}-\d\d-\d\d(?=[T ])"
    r"|(?<!\d)\d\d:\d\d:\d\d(?:\.\d+)?"
    r"|(?<=\bready) +\d+(?: +\d+)?(?= )"  # in the table of processes: its id, and how often others' faults restarted it
    r"|\b\d+\.\d+(?= s\b)"
    r"|(?<=-)(?:blue|green)\b"  # the colour that a promotion left
)
"""What differs each time. A status, a count and whatever else has digits has to be as shown."""


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


@pytest.fixture
def free_seats(platform: RunningPlatform) -> None:
    """Nobody holds a seat, as after a first start: what other tests have taken and not given back is taken away."""
    header = {"Authorization": f"Bearer {platform.sign_in('sam@coditect.example')}"}
    held = platform.ask(_API, "/api/v1/sessions", headers=header)
    assert held.status == 200, held
    for session in items(held.json(), "sessions"):
        ended = platform.ask(_API, f"/api/v1/sessions/{text(session, 'id')}", method="DELETE", headers=header)
        assert ended.status in (200, 204), ended


@pytest.mark.usefixtures("free_seats")
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
        ("seat 2 of 5, tier pro", ["seat 2 of 5, tier pro"], True),
        ("seat 2 of 5, tier pro", ["seat 1 of 5, tier pro"], False),
        ("seat 2 of 5", ["seat 5 of 0"], False),
        ("seat 2 of 5, tier pro", ["seat 2 of 5, tier free"], False),
        ("seat 2 of 5", ["seat 2 of 5, tier free"], False),
        ("seat … free", ["seat 1 of 5, tier free"], True),
        ("https://api.coditect.ai.localhost", ["https://api.coditect.ai.localhost:8443"], True),
        ("200", [], False),
        ("200", ["503"], False),
        ("0", ["3"], False),
        ('"heartbeat_interval": 300,', ['"heartbeat_interval": 30,'], False),
        ('"license_id": "bb00c202-56a9-4719-99f9-4ac040c99ad4"', ['"license_id": "7d00c202-46a9-4a19-89f9-1"'], True),
        ('"expires_at": "2026-11-24T21:34:50Z"', ['"expires_at": "2027-01-02T03:04:05Z"'], True),
        ("laptop|2026-11-24 21:28:50.305512+00", ["laptop|2027-01-02 03:04:05.6+00"], True),
        ("21:28:50.305 a-blue     INFO  Taken", ["23:46:57.837 a-green    INFO  Taken"], True),
        ("21:28:50.305 a-blue     INFO  Taken", ["23:46:57.837 b-blue     INFO  Taken"], False),
        ("redis   ready  26243            0.16 s", ["redis   ready  7              10.02 s"], True),
        ("redis   ready  26243            0.16 s", ["redis   ready  7      2       10.02 s"], True),
        ("redis   ready  26243            0.16 s", ["redis                 failed  7" + " " * 400], False),
        ("redis   ready  26243            0.16 s", ["redis   failed 7              10.02 s"], False),
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
    """Each shown line stands in the answer, in this order; ids and times may differ, `…` is anything."""
    rest = iter([_steady(_PORT.sub("", line)) for line in answered])
    return all(any(_pattern(line).match(real) for real in rest) for line in step.shown if line.strip() not in ("", "…"))


def _pattern(shown: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in _steady(shown).split("…")) + "$")


def _steady(line: str) -> str:
    """Without what differs each time, and with one space between columns however wide they are."""
    return " ".join(_CHANGING.sub(" # ", line).split())
