"""`coditect cost` as someone types it."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from coditect.cost.document import CostDocument
from coditect.graph.configuration import ROOT
from explained.exits import Exit


def cost(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "coditect", "cost", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200"},
    )


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    """Everything at once: each run of a program costs seconds."""
    picture = tmp_path_factory.mktemp("cost") / "growth.svg"
    arguments = ("--json", "--against", "HEAD", "--what-if", "cud-1y", "--users", "100,1000", "--svg", str(picture))
    return cost("prod", *arguments), picture


def test_the_document_adds_up_and_has_every_section(whole: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    done, picture = whole
    assert done.returncode == 0, done.stderr
    found = CostDocument.model_validate(json.loads(done.stdout))

    assert sum(line.amount for line in found.lines) == found.total == sum(row.total for row in found.rows)
    assert found.annual == found.total * 12
    assert found.difference is not None
    assert found.difference.against == "HEAD:stacks/inventory/prod.json"
    assert [lever.lever for lever in found.what_if] == ["cud-1y"]
    assert [step.users for step in found.growth] == [100, 1000]
    assert found.oldest_price == "2021-01"
    assert picture.read_text().startswith("<svg")


def test_amounts_are_strings_so_that_no_reader_rounds_them(
    whole: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    written = json.loads(whole[0].stdout)

    assert isinstance(written["total"], str)
    assert Decimal(written["total"]) == Decimal(written["fixed"]) + Decimal(written["usage"])


def test_the_table_prints_what_the_document_says(whole: tuple[subprocess.CompletedProcess[str], Path]) -> None:
    total = Decimal(json.loads(whole[0].stdout)["total"])

    done = cost("prod", "--lines")

    assert done.returncode == 0, done.stderr
    assert f"{total:,.2f}" in done.stdout
    assert "Cloud SQL" in done.stdout
    assert "C 2025-03-06" in done.stdout
    assert "I undated" in done.stdout
    assert "unpriced in whole or in part" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("local",), Exit.COULD_NOT_RUN, "stacks/usage/local.yaml is missing"),
        (("prod", "--users", "5,3"), Exit.USAGE, "write rising numbers"),
        (("prod", "--users", "many"), Exit.USAGE, "whole numbers with commas"),
        (("prod", "--svg", "x.svg"), Exit.USAGE, "at least two numbers"),
        (("prod", "--what-if", "luck"), Exit.USAGE, "luck"),
        (("prod", "--against", "no-such-branch"), Exit.USAGE, "no-such-branch"),
    ],
)
def test_a_wrong_argument_says_what_to_write(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = cost(*arguments)

    assert done.returncode == code
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""
