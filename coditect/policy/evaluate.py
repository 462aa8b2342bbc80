"""The answer of all rules about one stack."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from coditect.graph.model import Graph
from coditect.policy.adapt import stack_of
from policies.evaluation import Finding, Outcome, Verdict, verdicts
from policies.resource import Resource
from policies.rule import Rule, Severity, all_rules
from policies.waivers import Applied, Waiver, read, sort


@dataclass(frozen=True, kw_only=True)
class Result:
    """What the rules say about a stack.

    rules: all that were asked. verdicts: one for each rule and resource it looked at.
    findings: what is wrong and not waived, mandatory first. applied: what is wrong and waived.
    unused, expired: waivers of this stack that nothing needs any more, or whose day has passed. Either fails.
    """

    stack: str
    rules: tuple[Rule, ...]
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    applied: tuple[Applied, ...]
    unused: tuple[Waiver, ...]
    expired: tuple[Waiver, ...]

    @property
    def mandatory(self) -> tuple[Finding, ...]:
        """Findings that stop a deployment."""
        return tuple(finding for finding in self.findings if finding.rule.severity is Severity.MANDATORY)

    @property
    def advisory(self) -> tuple[Finding, ...]:
        """Findings that are only said."""
        return tuple(finding for finding in self.findings if finding.rule.severity is Severity.ADVISORY)

    @property
    def unknowns(self) -> tuple[Verdict, ...]:
        """What cannot be decided before a deployment."""
        return tuple(verdict for verdict in self.verdicts if verdict.outcome is Outcome.UNKNOWN)

    @property
    def is_clean(self) -> bool:
        """No mandatory finding, and every waiver is needed and in force."""
        return not (self.mandatory or self.unused or self.expired)

    def looked_at(self, rule: Rule) -> tuple[Resource, ...]:
        """The resources that a rule was asked about."""
        return tuple(verdict.resource for verdict in self.verdicts if verdict.rule is rule)


def evaluate(
    graph: Graph,
    *,
    today: date,
    rules: Iterable[Rule] | None = None,
    waivers: Iterable[Waiver] | None = None,
    as_first_preview: bool = False,
) -> Result:
    """Asks the rules about a stack's graph.

    today: the day by which waivers are judged.
    rules: all of policies/rules unless given; waivers for other rules are then left aside.
    waivers: those of policies/waivers.yaml unless given. Raises WaiverError where that file is incomplete.
    as_first_preview: with the values that a first preview does not know yet unknown.
    """
    asked = tuple(all_rules() if rules is None else rules)
    known = {rule.id for rule in asked}
    stack = stack_of(graph, as_first_preview=as_first_preview)
    answers = verdicts(asked, stack)
    findings = [
        Finding(rule=answer.rule, resource=answer.resource, message=message)
        for answer in answers
        for message in answer.messages
    ]
    findings.sort(key=lambda finding: finding.rule.severity is not Severity.MANDATORY)
    waived = sort(
        findings,
        (waiver for waiver in (read() if waivers is None else waivers) if rules is None or waiver.rule in known),
        stack=graph.stack,
        today=today,
    )
    return Result(
        stack=graph.stack,
        rules=asked,
        verdicts=answers,
        findings=waived.findings,
        applied=waived.applied,
        unused=waived.unused,
        expired=waived.expired,
    )
