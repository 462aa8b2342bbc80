"""Waivers: what is knowingly not as a rule wants it, who answers for it, and until when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from explained import ExplainedError
from policies.evaluation import Finding

FILE = Path(__file__).parent / "waivers.yaml"

# A waiver is a decision for a time: who renews it has looked again.
LONGEST_DAYS = 366
_SHORTEST_REASON = 20


class WaiverError(ExplainedError):
    """The waiver file cannot be read."""


@dataclass(frozen=True, kw_only=True)
class Waiver:
    """One decision.

    resource: glob over `type::name`, or a whole URN. stacks: where it holds. owner: a role, never a person.
    expires: the last day on which it holds.
    """

    rule: str
    resource: str
    stacks: tuple[str, ...]
    owner: str
    reason: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """Whether it is about this finding, whatever the date."""
        resource = finding.resource
        return (
            self.rule == finding.rule.id
            and resource.stack in self.stacks
            and any(fnmatchcase(name, self.resource) for name in (resource.key, resource.urn))
        )

    def is_expired(self, today: date) -> bool:
        return today > self.expires


@dataclass(frozen=True, kw_only=True)
class Applied:
    """A finding that a waiver takes away."""

    finding: Finding
    waiver: Waiver


@dataclass(frozen=True, kw_only=True)
class Sorted:
    """Findings after the waivers.

    unused: waivers for this stack that no finding needs: the defect was mended, or the glob is wrong.
    expired: waivers for this stack whose day has passed; what they covered stands among the findings again.
    """

    findings: tuple[Finding, ...]
    applied: tuple[Applied, ...]
    unused: tuple[Waiver, ...]
    expired: tuple[Waiver, ...]


def sort(findings: Iterable[Finding], waivers: Iterable[Waiver], *, stack: str, today: date) -> Sorted:
    """Takes away what waivers cover."""
    ours = [waiver for waiver in waivers if stack in waiver.stacks]
    valid = [waiver for waiver in ours if not waiver.is_expired(today)]
    standing: list[Finding] = []
    applied: list[Applied] = []
    for finding in findings:
        waiver = next((waiver for waiver in valid if waiver.covers(finding)), None)
        if waiver is None:
            standing.append(finding)
        else:
            applied.append(Applied(finding=finding, waiver=waiver))
    used = {id(each.waiver) for each in applied}
    return Sorted(
        findings=tuple(standing),
        applied=tuple(applied),
        unused=tuple(waiver for waiver in valid if id(waiver) not in used),
        expired=tuple(waiver for waiver in ours if waiver.is_expired(today)),
    )


def read(path: Path = FILE) -> tuple[Waiver, ...]:
    """The waivers of a file. Raises WaiverError for one that is incomplete: it then covers nothing at all."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except yaml.YAMLError as error:
        raise WaiverError(f"{path.name} is not YAML, so nothing is waived: {error}") from None
    if not isinstance(document, list):
        raise WaiverError(f"{path.name} must be a list of waivers.")
    return tuple(_waiver(entry, position) for position, entry in enumerate(document, start=1))


def _waiver(entry: object, position: int) -> Waiver:
    where = f"Waiver {position}"
    if not isinstance(entry, dict):
        raise WaiverError(f"{where} must be an object with rule, resource, stacks, owner, reason and expires.")
    wanted = {"rule": str, "resource": str, "stacks": list, "owner": str, "reason": str, "expires": date}
    for key, type_ in wanted.items():
        if not isinstance(entry.get(key), type_):
            raise WaiverError(
                f"{where}: `{key}` is missing or is no {type_.__name__}. Write all of {', '.join(wanted)}."
            )
    if strange := sorted(set(entry) - set(wanted)):
        raise WaiverError(f"{where}: nobody reads {', '.join(map(str, strange))}. Write only {', '.join(wanted)}.")
    if "@" in entry["owner"]:
        raise WaiverError(
            f"{where}: the owner {entry['owner']!r} is a person. Name a role: it answers when people change."
        )
    reason = " ".join(entry["reason"].split())
    if len(reason) < _SHORTEST_REASON:
        raise WaiverError(f"{where}: an auditor cannot judge the reason {reason!r}. Say why the risk is borne.")
    return Waiver(
        rule=entry["rule"],
        resource=entry["resource"],
        stacks=tuple(str(stack) for stack in entry["stacks"]),
        owner=entry["owner"],
        reason=reason,
        expires=entry["expires"],
    )
