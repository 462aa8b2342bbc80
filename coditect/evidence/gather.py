"""From the rules' answers to what an auditor asks: control by control."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from coditect.evidence.frameworks import Outline, outlines
from coditect.evidence.model import (
    Answer,
    ControlEvidence,
    Evidence,
    FrameworkEvidence,
    Look,
    RuleEvidence,
    Standing,
    StandingFinding,
    Uncovered,
    WaiverEvidence,
)
from coditect.graph.model import Graph
from coditect.policy import Result
from infra.settings import Settings
from policies.controls import EDITIONS, Framework
from policies.evaluation import Finding, Outcome, Verdict
from policies.rule import Rule
from policies.waivers import Waiver

_NO_RULE = "No rule looks at it."


def gather(
    graph: Graph,
    settings: Settings,
    result: Result,
    preview: Result,
    *,
    commit: str,
    is_committed: bool,
    today: date,
) -> Evidence:
    """The evidence of one stack.

    result: of all rules on that graph. preview: the same with the values unknown that only a deployment gives.
    """
    rules = _rules(result, preview)
    return Evidence(
        stack=graph.stack,
        google_project=settings.google.project,
        region=settings.google.region.value,
        commit=commit,
        is_committed=is_committed,
        made_on=today,
        resources=graph.count,
        frameworks=tuple(_framework(outline, result.rules, rules) for outline in outlines()),
        rules=tuple(rules.values()),
        findings=tuple(
            StandingFinding(
                rule=finding.rule.id,
                severity=finding.rule.severity.value,
                resource=finding.resource.name,
                message=finding.message,
                fix=finding.rule.fix,
            )
            for finding in result.findings
        ),
        waivers=tuple(_waivers(result)),
    )


def _rules(result: Result, preview: Result) -> Mapping[str, RuleEvidence]:
    waived = {_identity(applied.finding) for applied in result.applied}
    undecided = {(verdict.rule.id, verdict.resource.urn) for verdict in preview.unknowns}
    looks: dict[str, list[Look]] = {rule.id: [] for rule in result.rules}
    for verdict in result.verdicts:
        looks[verdict.rule.id].append(
            Look(
                resource=verdict.resource.name,
                type=verdict.resource.type,
                answer=_answer(verdict, waived),
                messages=verdict.messages,
                rests_on_stand_in=(verdict.rule.id, verdict.resource.urn) in undecided,
            )
        )
    return {
        rule.id: RuleEvidence(
            id=rule.id,
            title=rule.title,
            severity=rule.severity.value,
            why=rule.why,
            fix=rule.fix,
            controls=tuple(str(control) for control in rule.controls),
            looks=tuple(looks[rule.id]),
        )
        for rule in result.rules
    }


def _identity(finding: Finding) -> tuple[str, str, str]:
    return finding.rule.id, finding.resource.urn, finding.message


def _answer(verdict: Verdict, waived: set[tuple[str, str, str]]) -> Answer:
    """Waived only where a waiver covers all that is wrong."""
    if verdict.outcome is not Outcome.FAILED:
        return "passed" if verdict.outcome is Outcome.PASSED else "unknown"
    covered = all((verdict.rule.id, verdict.resource.urn, message) in waived for message in verdict.messages)
    return "waived" if covered else "failed"


def _framework(outline: Outline, rules: Iterable[Rule], evidence: Mapping[str, RuleEvidence]) -> FrameworkEvidence:
    behind: dict[str, list[RuleEvidence]] = {}
    for rule in rules:
        for number in dict.fromkeys(rule.controls_of(outline.framework)):
            behind.setdefault(number, []).append(evidence[rule.id])
    controls = tuple(_control(number, outline, behind[number]) for number in sorted(behind, key=_natural))
    return FrameworkEvidence(
        name=outline.framework.value,
        edition=EDITIONS[Framework(outline.framework)],
        controls=controls,
        uncovered=tuple(_uncovered(outline, behind)),
    )


def _natural(number: str) -> list[tuple[int, int | str]]:
    """10.2 after 9.4."""
    return [(1, int(part)) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", number) if part]


def _control(number: str, outline: Outline, rules: Sequence[RuleEvidence]) -> ControlEvidence:
    answers = Counter(look.answer for rule in rules for look in rule.looks)
    part = outline.part_of(number)
    return ControlEvidence(
        number=number,
        part=outline.parts[part] if part is not None else "",
        rules=tuple(rule.id for rule in rules),
        looked_at=len({(look.type, look.resource) for rule in rules for look in rule.looks}),
        passed=answers["passed"],
        failed=answers["failed"],
        waived=answers["waived"],
        unknown=answers["unknown"],
        standing=_standing(rules),
    )


def _standing(rules: Sequence[RuleEvidence]) -> Standing:
    """The worst of what its rules say. Nothing to look at is not a pass."""
    if any(rule.count("failed") for rule in rules if rule.severity == "mandatory"):
        return "not met"
    if any(rule.count("unknown") for rule in rules):
        return "not decided"
    if any(rule.count("failed") for rule in rules):
        return "advice open"
    if any(rule.count("waived") for rule in rules):
        return "met with waivers"
    return "met" if any(rule.looks for rule in rules) else "nothing to look at"


def _uncovered(outline: Outline, behind: Mapping[str, object]) -> Iterable[Uncovered]:
    covered = {outline.part_of(number) for number in behind}
    for number, title in outline.parts.items():
        if number not in covered or number in outline.beyond:
            yield Uncovered(
                number=number,
                title=title,
                is_partly_covered=number in covered,
                reason=outline.beyond.get(number, _NO_RULE),
            )


def _waivers(result: Result) -> Iterable[WaiverEvidence]:
    uses = Counter(id(applied.waiver) for applied in result.applied)
    in_force = {id(applied.waiver): applied.waiver for applied in result.applied}
    for waiver in in_force.values():
        yield _waiver(waiver, "in force", uses[id(waiver)])
    for waiver in result.expired:
        yield _waiver(waiver, "expired", 0)
    for waiver in result.unused:
        yield _waiver(waiver, "unused", 0)


def _waiver(waiver: Waiver, state: str, covers: int) -> WaiverEvidence:
    return WaiverEvidence.model_validate(
        {
            "rule": waiver.rule,
            "resource": waiver.resource,
            "owner": waiver.owner,
            "reason": waiver.reason,
            "expires": waiver.expires,
            "state": state,
            "covers": covers,
        }
    )
