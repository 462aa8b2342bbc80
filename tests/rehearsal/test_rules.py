"""Every rule refuses what Google refuses, and lets through what Google takes."""

import pytest

from coditect.rehearsal.rules import ALL
from tests.rehearsal.cases import Case, reasons
from tests.rehearsal.cases_of_changes import CASES as OF_CHANGES
from tests.rehearsal.cases_of_encryption import CASES as OF_ENCRYPTION
from tests.rehearsal.cases_of_project import CASES as OF_PROJECT
from tests.rehearsal.cases_of_traffic import CASES as OF_TRAFFIC

CASES = (*OF_PROJECT, *OF_ENCRYPTION, *OF_TRAFFIC, *OF_CHANGES)
named = pytest.mark.parametrize("case", CASES, ids=[case.rule for case in CASES])


@named
def test_a_rule_refuses_what_breaks_it_and_names_what_it_is_about(case: Case) -> None:
    found = reasons(case, case.refused, case.asked)
    assert found
    name = str(case.asked.inputs.get("secret") or case.asked.id).rpartition("/")[2]
    assert name in found[0]


@named
def test_a_rule_lets_through_what_keeps_to_it(case: Case) -> None:
    assert reasons(case, case.accepted, case.instead or case.asked, day=case.later) == []


def test_every_rule_has_its_case() -> None:
    assert {case.rule for case in CASES} == {rule.name for rule in ALL}


def test_there_are_at_least_thirty_rules_each_with_a_name_a_sentence_and_a_source() -> None:
    assert len(ALL) >= 30
    assert len({rule.name for rule in ALL}) == len(ALL)
    for rule in ALL:
        assert rule.says.endswith("."), rule.name
        assert "https://" in rule.source, rule.name
