"""From the rules' answers to what an auditor asks: control by control."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from coditect.evidence.frameworks import Outline, outlines
from coditect.evidence.limits import Limit, limits_of
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
from coditect.evidence.retention import copies_of
from coditect.graph.model import Graph
from coditect.policy import Result
from coditect.policy.adapt import stack_of
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
    stack = stack_of(graph)
    limits = limits_of(stack)
    return Evidence(
        stack=graph.stack,
        google_project=settings.google.project,
        region=settings.google.region.value,
        commit=commit,
        is_committed=is_committed,
        made_on=today,
        resources=graph.count,
        limits=tuple(limit.text for limit in limits if limit.is_shortfall),
        copies=copies_of(stack),
        frameworks=tuple(_framework(outline, result.rules, rules, limits) for outline in outlines()),
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


def _framework(
    outline: Outline, rules: Iterable[Rule], evidence: Mapping[str, RuleEvidence], limits: Sequence[Limit]
) -> FrameworkEvidence:
    behind: dict[str, list[RuleEvidence]] = {}
    for rule in rules:
        for number in dict.fromkeys(rule.controls_of(outline.framework)):
            behind.setdefault(number, []).append(evidence[rule.id])
    limited = {
        c.number for limit in limits if limit.is_shortfall for c in limit.controls if c.framework is outline.framework
    }
    controls = tuple(
        _control(number, outline, behind[number], is_limited=number in limited)
        for number in sorted(behind, key=_natural)
    )
    return FrameworkEvidence(
        name=outline.framework.value,
        edition=EDITIONS[Framework(outline.framework)],
        controls=controls,
        uncovered=tuple(_uncovered(outline, behind, limits)),
    )


def _natural(number: str) -> list[tuple[int, int | str]]:
    """10.2 after 9.4."""
    return [(1, int(part)) if part.isdigit() else (0, part) for part in re.split(r"(\d+)", number) if part]


def _control(number: str, outline: Outline, rules: Sequence[RuleEvidence], *, is_limited: bool) -> ControlEvidence:
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
        standing=_standing(rules, is_limited=is_limited),
    )


def _standing(rules: Sequence[RuleEvidence], *, is_limited: bool) -> Standing:
    """The worst of what its rules say. Nothing to look at is not a pass.

    is_limited: the stack falls short of the control in a way that its rules do not look at.
    """
    if any(rule.count("failed") for rule in rules if rule.severity == "mandatory"):
        return "not met"
    if any(rule.count("unknown") for rule in rules):
        return "not decided"
    if any(rule.count("failed") for rule in rules):
        return "advice open"
    if not any(rule.looks for rule in rules):
        return "nothing to look at"
    if is_limited:
        return "met in part"
    return "met with waivers" if any(rule.count("waived") for rule in rules) else "met"


def _uncovered(outline: Outline, behind: Mapping[str, object], limits: Sequence[Limit]) -> Iterable[Uncovered]:
    covered = {outline.part_of(number) for number in behind}
    for number, title in outline.parts.items():
        reasons = [outline.beyond[number]] if number in outline.beyond else []
        reasons += [limit.text for limit in limits if _is_about(limit, outline, number)]
        if number not in covered or reasons:
            yield Uncovered(
                number=number,
                title=title,
                is_partly_covered=number in covered,
                reason=" ".join(reasons) or _NO_RULE,
            )


def _is_about(limit: Limit, outline: Outline, part: str) -> bool:
    own = (control.number for control in limit.controls if control.framework is outline.framework)
    return any(outline.part_of(number) == part for number in own)


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
