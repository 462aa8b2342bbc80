"""`coditect policy` as someone meets it who has never seen it."""

import json
import subprocess
import sys

import pytest

from coditect.graph.configuration import ROOT
from coditect.policy import reference
from explained.exits import Exit

WRITTEN = ("--on", "2026-11-24")
"""The day by which waivers are judged here."""


def coditect(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coditect", *arguments], capture_output=True, text=True, check=False, cwd=ROOT
    )


def test_the_page_about_the_rules_is_current() -> None:
    assert reference.FILE.read_text() == reference.text(), f"write it anew: {reference.ACCEPT}"


@pytest.fixture(scope="module")
def prod() -> subprocess.CompletedProcess[str]:
    return coditect("policy", "prod", *WRITTEN)


def test_a_clean_stack_says_what_was_asked_and_what_is_waived(prod: subprocess.CompletedProcess[str]) -> None:
    assert prod.returncode == 0, prod.stderr
    assert "0 mandatory, 0 advisory" in prod.stdout
    assert "sql-version" in prod.stdout
    assert "until 2027-06-30" in prod.stdout


def test_after_a_waivers_last_day_the_command_fails_and_says_what_to_do() -> None:
    done = coditect("policy", "prod", "--on", "2099-01-01", "--pack", "reliability")

    assert done.returncode == Exit.FINDINGS
    assert "Expired waivers" in done.stdout
    assert "renew it with a reason and a date" in done.stdout


def test_json_tells_the_same_to_tools() -> None:
    done = coditect("policy", "prod", "--json", "--pack", "security", *WRITTEN)

    told = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert told["is_clean"] is True
    assert told["findings"] == []
    assert {waiver["state"] for waiver in told["waivers"]} == {"applied"}
    assert all(rule["resources"] >= 0 for rule in told["rules"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [((), "a STACK to check, or --docs"), (("prod", "--docs"), "a STACK to check, or --docs")],
    ids=["nothing", "both"],
)
def test_a_command_that_asks_for_nothing_or_two_things_is_refused(arguments: tuple[str, ...], said: str) -> None:
    done = coditect("policy", *arguments)

    assert done.returncode == Exit.USAGE
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_an_unknown_pack_is_explained_in_one_line() -> None:
    done = coditect("policy", "prod", "--pack", "hipaa")

    assert done.returncode == Exit.USAGE
    assert "There is no pack 'hipaa'." in done.stderr
    assert "Traceback" not in done.stderr
