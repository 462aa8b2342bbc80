"""The mutants that `make mutants` seeds: each must still have its place, or a changed line goes unproven."""

import pytest

from tests.faults.mutants import MUTANTS, Mutant
from tests.faults.service import ROOT


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_can_be_seeded_at_exactly_one_place(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text().count(edit.old) == 1, edit


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_test_that_kills_a_mutant_exists(mutant: Mutant) -> None:
    file, _, name = mutant.test.partition("::")
    text = (ROOT / "tests" / "faults" / file).read_text()
    assert f"def {name.partition('[')[0]}(" in text if name else "def test_" in text
