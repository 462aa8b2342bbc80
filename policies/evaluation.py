"""Runs rules over a stack. The same code runs in a policy pack, in `coditect policy`, and in tests."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from explained import ExplainedError
from policies.resource import Resource, Stack
from policies.rule import Rule
from policies.values import UnexpectedValue, UnknownValue


class EvaluationError(ExplainedError):
    """A rule cannot judge a resource, whose properties are not of the provider's form. Nothing is then called clean."""


class Outcome(StrEnum):
    """unknown: a preview cannot decide it yet, so it is neither a pass nor a failure."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a rule says about one resource.

    messages: what is wrong, where it failed.
    unknown_path: the property that is not known yet. A failure stands though another property is unknown.
    """

    rule: Rule
    resource: Resource
    outcome: Outcome
    messages: tuple[str, ...] = ()
    unknown_path: str | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong with one resource."""

    rule: Rule
    resource: Resource
    message: str


def verdict(rule: Rule, resource: Resource, stack: Stack) -> Verdict:
    """Asks one rule about one resource.

    Raises EvaluationError where a property has another type than the provider's schema says.
    """
    messages: list[str] = []
    unknown_path = None
    try:
        for message in rule.broken(rule.over(resource), stack):
            messages.append(message)  # noqa: PERF402 - what stands before an unknown value is kept
    except UnknownValue as unknown:
        unknown_path = unknown.path
    except UnexpectedValue as error:
        raise EvaluationError(f"{rule.id} cannot judge {resource.key} of {resource.stack}: {error}") from error
    outcome = Outcome.FAILED if messages else Outcome.PASSED if unknown_path is None else Outcome.UNKNOWN
    return Verdict(rule=rule, resource=resource, outcome=outcome, messages=tuple(messages), unknown_path=unknown_path)


def subjects(rule: Rule, stack: Stack) -> Iterator[Resource]:
    """The resources that a rule looks at."""
    for resource in stack.of_types(rule.over.TYPES):
        if not rule.only_in or resource.stack in rule.only_in:
            yield resource


def verdicts(rules: Iterable[Rule], stack: Stack) -> tuple[Verdict, ...]:
    """What every rule says about every resource it looks at."""
    return tuple(verdict(rule, resource, stack) for rule in rules for resource in subjects(rule, stack))
