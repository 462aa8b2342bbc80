"""A part that a machine lacks is never passed over where everything must run."""

import re

import pytest

from tests.missing import missing
from tests.repository.documents import tracked
from tests.repository.image_tree import ROOT


def test_in_ci_a_missing_part_is_a_failure_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"There is no Go here\. Install it\."):
        missing("There is no Go here.", remedy="Install it.")


def test_elsewhere_the_test_is_skipped_with_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"There is no Go here\. Install it\."):
        missing("There is no Go here.", remedy="Install it.")


def test_no_test_is_skipped_in_another_way() -> None:
    skips = re.compile(r"pytest\.(skip|importorskip|xfail)\(|^ *@pytest\.mark\.(skip|xfail)", re.MULTILINE)
    files = [name for name in tracked() if name.endswith(".py") and name != "tests/missing.py"]
    assert not [name for name in files if skips.search((ROOT / name).read_text())]
