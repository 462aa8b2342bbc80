"""The packs, served to the engine, say what the rules say in process.

Here the engine's side of the protocol is spoken by the test. tests/engine asks the same with the engine itself.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import yaml

from coditect.graph.configuration import ROOT
from coditect.graph.model import Graph
from coditect.policy.adapt import stack_of
from policies.evaluation import Finding, Outcome, verdicts
from policies.resource import Resource, Stack
from policies.rule import Rule
from policies.selection import PACKS, pack
from policies.selection import Pack as Selected
from policies.values import Properties
from policies.waivers import read, sort
from tests.policies.analyzer import Pack, Told, running
from tests.policies.cases import CASES

# Together these break rules of one resource and relations, of the cloud and of Kubernetes.
BROKEN = (
    "cluster-legacy-abac",
    "sql-private",
    "kms-separation",
    "backend-armor",
    "pod-non-root",
    "namespace-default-deny",
    "secret-one-reader",
    "iam-account-keys",
)


def told_in_process(stack: Stack, rules: tuple[Rule, ...]) -> Told:
    answers = verdicts(rules, stack)
    findings = [Finding(rule=a.rule, resource=a.resource, message=m) for a in answers for m in a.messages]
    standing = sort(findings, read(), stack="prod", today=datetime.now(UTC).date()).findings
    return Told(
        frozenset((f.rule.id, f.resource.urn, f"{f.message} {f.rule.fix}") for f in standing),
        frozenset(a.rule.id for a in answers if a.outcome is Outcome.UNKNOWN),
    )


def told_by(served: Pack, inputs: Stack, outputs: Stack) -> Told:
    asked = [served.one(resource) for resource in inputs.resources] + [served.all(outputs.resources)]
    return Told(
        frozenset().union(*(told.violations for told in asked)), frozenset().union(*(told.undecided for told in asked))
    )


def with_outputs(stack: Stack, graph: Graph) -> Stack:
    """As the engine knows resources after a deployment: inputs, and what the cloud added."""

    def of(resource: Resource) -> Resource:
        node = graph.nodes.get(resource.urn)
        inputs = resource.properties.value
        assert isinstance(inputs, dict)
        added = {key: value for key, value in (node.outputs if node else {}).items() if node and key not in node.inputs}
        return replace(resource, properties=Properties({**added, **inputs}))

    return Stack(tuple(of(resource) for resource in stack.resources))


def relevant(stack: Stack, rules: tuple[Rule, ...]) -> Stack:
    """What some rule looks at, and the stack itself: the rest would only take time to send."""
    types = {type_ for rule in rules for type_ in rule.over.TYPES}
    return Stack(tuple(resource for resource in stack.resources if resource.type in types))


@pytest.fixture(scope="module")
def defective(captured: Callable[[str], Graph]) -> Stack:
    stack = stack_of(captured("prod"))
    for case in CASES:
        if case.rule in BROKEN:
            stack = case.broken(stack)
    return stack


@pytest.mark.parametrize("name", ["security", "reliability"])
def test_the_served_pack_finds_what_the_rules_find_in_process(
    name: str, defective: Stack, captured: Callable[[str], Graph]
) -> None:
    rules = pack(name).rules
    inputs = relevant(defective, rules)

    with running(name) as served:
        told = told_by(served, inputs, with_outputs(defective, captured("prod")))

    expected = told_in_process(defective, rules)
    assert told == expected
    assert {rule for rule, _, _ in told.violations} >= {rule.id for rule in rules} & set(BROKEN)
    assert told.undecided == frozenset()


def test_the_served_pack_calls_undecided_what_a_first_preview_cannot_know(captured: Callable[[str], Graph]) -> None:
    rules = pack("pci").rules
    stack = stack_of(captured("prod"), as_first_preview=True)

    with running("pci") as served:
        told = told_by(served, relevant(stack, rules), stack)

    expected = told_in_process(stack, rules)
    assert told == expected
    assert told.undecided
    assert told.violations == frozenset()


@pytest.mark.parametrize("one", PACKS, ids=lambda one: one.name)
def test_every_pack_starts_and_describes_its_rules(one: Selected) -> None:
    with running(one.name) as served:
        described = served.describe()

    assert described.name == f"coditect-{one.name}"
    assert [policy.name for policy in described.policies] == [rule.id for rule in one.rules]
    assert all(policy.remediation_steps and policy.tags for policy in described.policies)


@pytest.mark.parametrize("one", PACKS, ids=lambda one: one.name)
def test_every_folder_says_what_the_engine_needs(one: Selected) -> None:
    project = yaml.safe_load((ROOT / "policies" / one.name / "PulumiPolicy.yaml").read_text())

    assert project["name"] == f"coditect-{one.name}"
    assert project["description"] == one.description
    assert project["runtime"]["name"] == "python"
