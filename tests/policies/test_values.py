"""Reading a property says what stands there, that nobody knows it yet, or that it is something else. No guesses."""

import pytest

from policies.evaluation import EvaluationError, Outcome, verdict
from policies.resource import Resource, Stack
from policies.rule import all_rules
from policies.values import UNKNOWN, Json, Properties, UnexpectedValue, UnknownValue

RULES = {rule.id: rule for rule in all_rules()}
SAMPLE: Json = {
    "flag": True,
    "count": 3.0,
    "share": 0.5,
    "name": "one",
    "names": ["one", "two"],
    "labels": {"a.b/c": "d"},
    "later": UNKNOWN,
    "some": ["known", UNKNOWN],
}


def test_values_are_read_by_type_and_missing_ones_have_a_plain_default() -> None:
    sample = Properties(SAMPLE)

    assert sample.flag("flag") is True
    assert sample.flag("nothing") is False
    assert sample.flag("nothing", default=True) is True
    assert sample.number("count") == 3
    assert isinstance(sample.number("count"), int)
    assert sample.number("share") == 0.5
    assert sample.number("nothing") is None
    assert sample.text("name") == "one"
    assert sample.text("count") == "3"
    assert sample.text("nothing", "at", 0, "all") == ""
    assert sample.texts("names") == ("one", "two")
    assert sample.words("labels") == {"a.b/c": "d"}
    assert sample.exists("names")
    assert not sample.exists("nothing")


def test_a_value_that_nobody_knows_yet_is_named_by_its_path() -> None:
    with pytest.raises(UnknownValue) as unknown:
        Properties(SAMPLE).text("later", "deeper")
    assert unknown.value.path == "later"

    with pytest.raises(UnknownValue) as unknown:
        Properties(SAMPLE).texts("some")
    assert unknown.value.path == "some[1]"


def test_whether_an_unknown_value_is_there_is_unknown_too() -> None:
    with pytest.raises(UnknownValue):
        Properties(SAMPLE).exists("later")


@pytest.mark.parametrize(
    ("read", "key"), [("flag", "name"), ("number", "flag"), ("text", "flag"), ("texts", "name"), ("words", "names")]
)
def test_a_value_of_another_type_is_an_error_and_not_a_default(read: str, key: str) -> None:
    with pytest.raises(UnexpectedValue, match="no rule about it can be trusted"):
        getattr(Properties(SAMPLE), read)(key)


def pod(*containers: Json) -> Resource:
    return Resource(
        urn="urn:pulumi:prod::coditect::kubernetes:core/v1:Pod::pod",
        type="kubernetes:core/v1:Pod",
        name="pod",
        properties=Properties({"spec": {"containers": list(containers)}}),
    )


def test_a_failure_that_was_found_stands_though_something_else_is_unknown() -> None:
    answer = verdict(
        RULES["pod-privileged"],
        pod(
            {"name": "first", "securityContext": {"privileged": True}},
            {"name": "second", "securityContext": {"privileged": UNKNOWN}},
        ),
        Stack(()),
    )

    assert answer.outcome is Outcome.FAILED
    assert answer.messages == ("first is privileged.",)
    assert answer.unknown_path == "spec.containers[1].securityContext.privileged"


def test_a_rule_that_cannot_read_a_resource_names_both() -> None:
    with pytest.raises(EvaluationError, match="pod-privileged cannot judge kubernetes:core/v1:Pod::pod of prod"):
        verdict(RULES["pod-privileged"], pod({"name": "a", "securityContext": {"privileged": "yes"}}), Stack(()))
