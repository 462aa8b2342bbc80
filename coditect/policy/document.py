"""`coditect policy --json`: the result for tools."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from coditect.policy.evaluate import Result
from policies.evaluation import Finding, Verdict
from policies.rule import Severity
from policies.waivers import Waiver

VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class FindingPart(_Part):
    """One thing that is wrong. controls: as reports name them, `CIS GKE 5.6.5`."""

    rule: str
    severity: Severity
    resource: str
    urn: str
    message: str
    title: str
    controls: tuple[str, ...]
    fix: str


class UnknownPart(_Part):
    """What a first preview cannot decide yet."""

    rule: str
    urn: str
    path: str


class WaiverPart(_Part):
    """A waiver, and how many findings it takes away."""

    rule: str
    resource: str
    owner: str
    reason: str
    expires: date
    state: Literal["applied", "unused", "expired"]
    findings: int


class RulePart(_Part):
    """A rule, and how many resources it looked at."""

    id: str
    severity: Severity
    resources: int


class PolicyDocument(_Part):
    """The whole answer."""

    version: int
    stack: str
    is_clean: bool
    rules: tuple[RulePart, ...]
    findings: tuple[FindingPart, ...]
    unknown: tuple[UnknownPart, ...]
    waivers: tuple[WaiverPart, ...]


def document(result: Result) -> PolicyDocument:
    """The result as JSON holds it."""
    counts: dict[int, int] = {}
    for applied in result.applied:
        counts[id(applied.waiver)] = counts.get(id(applied.waiver), 0) + 1
    used = {id(applied.waiver): applied.waiver for applied in result.applied}
    return PolicyDocument(
        version=VERSION,
        stack=result.stack,
        is_clean=result.is_clean,
        rules=tuple(
            RulePart(id=rule.id, severity=rule.severity, resources=len(result.looked_at(rule))) for rule in result.rules
        ),
        findings=tuple(_finding(finding) for finding in result.findings),
        unknown=tuple(_unknown(verdict) for verdict in result.unknowns),
        waivers=(
            *(_waiver(waiver, "applied", counts[key]) for key, waiver in used.items()),
            *(_waiver(waiver, "unused", 0) for waiver in result.unused),
            *(_waiver(waiver, "expired", 0) for waiver in result.expired),
        ),
    )


def _finding(finding: Finding) -> FindingPart:
    return FindingPart(
        rule=finding.rule.id,
        severity=finding.rule.severity,
        resource=finding.resource.key,
        urn=finding.resource.urn,
        message=finding.message,
        title=finding.rule.title,
        controls=tuple(str(control) for control in finding.rule.controls),
        fix=finding.rule.fix,
    )


def _unknown(verdict: Verdict) -> UnknownPart:
    return UnknownPart(rule=verdict.rule.id, urn=verdict.resource.urn, path=verdict.unknown_path or "")


def _waiver(waiver: Waiver, state: Literal["applied", "unused", "expired"], findings: int) -> WaiverPart:
    return WaiverPart(
        rule=waiver.rule,
        resource=waiver.resource,
        owner=waiver.owner,
        reason=waiver.reason,
        expires=waiver.expires,
        state=state,
        findings=findings,
    )
