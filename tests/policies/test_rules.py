"""Each rule, on the real platform: as it is, with one property broken, and with that property unknown."""

from collections.abc import Callable

import pytest

from policies.evaluation import Outcome, Verdict, verdicts
from policies.resource import Stack
from policies.rule import all_rules
from tests.policies.cases import CASES
from tests.policies.cases.case import Case

RULES = {rule.id: rule for rule in all_rules()}
Answer = tuple[str, str]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)


def failed(answers: tuple[Verdict, ...]) -> dict[Answer, tuple[str, ...]]:
    return {(a.rule.id, a.resource.urn): a.messages for a in answers if a.outcome is Outcome.FAILED}


def test_every_rule_has_a_case_of_its_own() -> None:
    cases = [case.rule for case in CASES]

    # sql-version fails everywhere by decision: its passing and failing case stand below.
    assert sorted(cases) == sorted(RULES.keys() - {"sql-version"})


@each_case
def test_breaking_one_property_breaks_exactly_the_rule_about_it(
    case: Case, resources_of: Callable[[str], Stack], answers_of: Callable[[str], tuple[Verdict, ...]]
) -> None:
    before = answers_of(case.stack)
    after = failed(verdicts(all_rules(), case.broken(resources_of(case.stack))))

    fresh = {answer for answer, messages in after.items() if failed(before).get(answer) != messages}
    assert {rule for rule, _ in fresh} == {case.rule, *case.also}
    passed = {(a.rule.id, a.resource.urn) for a in before if a.outcome is Outcome.PASSED}
    known = {(a.rule.id, a.resource.urn) for a in before}
    own = {answer for answer in fresh if answer[0] == case.rule}
    assert own & known <= passed, "the resource did not pass before it was broken"


@each_case
def test_the_platform_as_it_is_passes(case: Case, answers_of: Callable[[str], tuple[Verdict, ...]]) -> None:
    outcomes = [answer.outcome for answer in answers_of(case.stack) if answer.rule.id == case.rule]

    assert Outcome.PASSED in outcomes
    assert Outcome.UNKNOWN not in outcomes


@each_case
def test_an_unknown_property_is_neither_a_pass_nor_a_failure(
    case: Case, resources_of: Callable[[str], Stack], answers_of: Callable[[str], tuple[Verdict, ...]]
) -> None:
    if case.always_known:
        assert RULES[case.rule].needs_stack or case.unprotected, "say for one resource which property may be unknown"
        return
    before = {a.resource.urn: a for a in answers_of(case.stack) if a.rule.id == case.rule}
    after = verdicts([RULES[case.rule]], case.unknown(resources_of(case.stack)))

    changed = [answer for answer in after if answer.outcome is not before[answer.resource.urn].outcome]
    assert changed, "the rule never reads the property that the case hides"
    assert {answer.outcome for answer in changed} == {Outcome.UNKNOWN}
    assert all(answer.unknown_path for answer in changed)


@pytest.mark.parametrize(
    ("version", "outcome"), [("POSTGRES_18", Outcome.PASSED), ("POSTGRES_16", Outcome.FAILED)], ids=["newest", "older"]
)
def test_the_newest_major_version_is_wanted(
    version: str, outcome: Outcome, resources_of: Callable[[str], Stack]
) -> None:
    case = Case(rule="sql-version", at="database-primary", path="databaseVersion", to=version)

    answers = verdicts([RULES["sql-version"]], case.broken(resources_of("prod")))
    hidden = verdicts([RULES["sql-version"]], case.unknown(resources_of("prod")))

    assert next(a.outcome for a in answers if a.resource.name == "database-primary") is outcome
    assert next(a.outcome for a in hidden if a.resource.name == "database-primary") is Outcome.UNKNOWN
