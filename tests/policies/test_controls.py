"""No required control is left without a rule, and every rule is described well enough to act on."""

import pytest

from policies.controls import EDITIONS, Framework
from policies.rule import MANDATORY, Broken, Rule, RuleError, all_rules, rule
from policies.selection import PACKS, Pack, PackError, pack
from policies.views.cluster import Cluster
from tests.policies import required_controls

RULES = all_rules()


def answered(framework: Framework) -> set[str]:
    return {number for each in RULES for number in each.controls_of(framework)}


@pytest.mark.parametrize(
    ("framework", "required"),
    [
        (Framework.CHECKOV, required_controls.CHECKOV),
        (Framework.CIS_GKE, required_controls.CIS_GKE),
        (Framework.CIS_GCP, required_controls.CIS_GCP),
        (Framework.POD_SECURITY, required_controls.POD_SECURITY),
        (Framework.NSA, required_controls.NSA),
    ],
    ids=lambda value: value.value if isinstance(value, Framework) else "",
)
def test_every_required_control_has_a_rule(framework: Framework, required: tuple[str, ...]) -> None:
    assert set(required) - answered(framework) == set()


def test_no_rule_claims_a_recommendation_that_the_benchmark_does_not_have() -> None:
    assert answered(Framework.CIS_GKE) - required_controls.CIS_GKE_EXISTING == set()


def test_there_are_more_than_a_hundred_rules_and_each_stands_in_a_pack() -> None:
    packed = {each.id for one in PACKS for each in one.rules}

    assert len(RULES) > 100
    assert packed == {each.id for each in RULES}


@pytest.mark.parametrize("one", PACKS, ids=lambda one: one.name)
def test_a_pack_holds_the_rules_of_its_frameworks_and_no_others(one: Pack) -> None:
    rules = pack(one.name).rules

    assert rules
    assert all(any(control.framework in one.frameworks for control in each.controls) for each in rules)


@pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)
def test_a_rule_says_what_holds_why_and_what_to_write(each: Rule) -> None:
    assert each.title.endswith(".")
    assert each.why.endswith(".")
    assert each.fix.endswith(".")
    assert each.over.TYPES
    assert len(set(each.controls)) == len(each.controls)


def test_every_framework_has_an_edition() -> None:
    assert set(EDITIONS) == set(Framework)


def test_two_rules_cannot_share_an_id() -> None:
    def broken(_: Cluster) -> Broken:
        """Nothing."""
        yield from ()

    with pytest.raises(RuleError, match="waivers could not tell them apart"):
        rule("cluster-logging", Cluster, RULES[0].controls, why="None.", fix="None.", severity=MANDATORY)(broken)


def test_an_unknown_pack_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(PackError, match="security, soc2, gdpr, pci, cost, reliability"):
        pack("hipaa")
