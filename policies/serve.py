"""Serves a pack to Pulumi's engine. The rules are those of `coditect policy`; only where resources come from differs.

A rule about one resource becomes a policy that the engine asks about each resource's inputs. A relation becomes one
that it asks about all resources together. Waivers hold here too; an expired one does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TypeVar

import pulumi_policy
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.evaluation import Finding, Outcome, Verdict, subjects, verdict
from policies.resource import Resource, Stack
from policies.rule import Rule, Severity
from policies.selection import Pack
from policies.values import UNKNOWN, Json, Properties
from policies.waivers import Waiver, read

K = TypeVar("K")

_LEVELS = {
    Severity.MANDATORY: pulumi_policy.EnforcementLevel.MANDATORY,
    Severity.ADVISORY: pulumi_policy.EnforcementLevel.ADVISORY,
}


def serve(pack: Pack) -> None:
    """Answers the engine until it ends the process."""
    waivers = read()
    today = datetime.now(UTC).date()
    pulumi_policy.PolicyPack(
        name=f"coditect-{pack.name}",
        description=pack.description,
        policies=[_policy(rule, waivers, today) for rule in pack.rules],
    )


def _policy(rule: Rule, waivers: Sequence[Waiver], today: date) -> pulumi_policy.Policy:
    def is_waived(resource: Resource, message: str) -> bool:
        finding = Finding(rule=rule, resource=resource, message=message)
        return any(waiver.covers(finding) and not waiver.is_expired(today) for waiver in waivers)

    def report(answer: Verdict, violation: Callable[[str, str | None], None]) -> None:
        for message in answer.messages:
            if not is_waived(answer.resource, message):
                violation(f"{message} {rule.fix}", answer.resource.urn)

    def of_one(arguments: pulumi_policy.ResourceValidationArgs, violation: pulumi_policy.ReportViolation) -> None:
        resource = _resource(
            arguments.urn, arguments.resource_type, arguments.name, arguments.props, is_protected=arguments.opts.protect
        )
        if resource not in subjects(rule, Stack((resource,))):
            return
        answer = verdict(rule, resource, Stack(()))
        report(answer, violation)
        if answer.outcome is Outcome.UNKNOWN:
            raise UnknownValueError(UNKNOWN_STRING_VALUE, [answer.unknown_path or ""])

    def of_all(arguments: pulumi_policy.StackValidationArgs, violation: pulumi_policy.ReportViolation) -> None:
        stack = Stack(tuple(_resource_of_stack(each) for each in arguments.resources))
        answers = [verdict(rule, resource, stack) for resource in subjects(rule, stack)]
        for answer in answers:
            report(answer, violation)
        for answer in answers:
            if answer.outcome is Outcome.UNKNOWN:
                path = [answer.resource.name, answer.unknown_path or ""]
                raise UnknownValueError(UNKNOWN_STRING_VALUE, path)

    level = _LEVELS[rule.severity]
    tags = [str(control) for control in rule.controls]
    if rule.needs_stack:
        return pulumi_policy.StackValidationPolicy(
            name=rule.id,
            description=rule.title,
            validate=of_all,
            enforcement_level=level,
            tags=tags,
            remediation_steps=rule.fix,
        )
    return pulumi_policy.ResourceValidationPolicy(
        name=rule.id,
        description=rule.title,
        validate=of_one,
        enforcement_level=level,
        tags=tags,
        remediation_steps=rule.fix,
    )


def _resource_of_stack(given: pulumi_policy.PolicyResource) -> Resource:
    resource = _resource(given.urn, given.resource_type, given.name, given.props, is_protected=given.opts.protect)
    # Before the cluster exists its provider has no configuration, and the engine asks it nothing: of what stands in the
    # cluster it then knows no property at all.
    return resource if resource.properties.value else replace(resource, properties=Properties(UNKNOWN))


def _resource(urn: str, type_: str, name: str, properties: Mapping[str, object], *, is_protected: bool) -> Resource:
    return Resource(
        urn=urn, type=type_, name=name, properties=Properties(plain(properties)), protect=bool(is_protected)
    )


def plain(value: object) -> Json:
    """What Pulumi hands to policies, as plain JSON. Its proxies raise where a value is not known: here it is marked."""
    if isinstance(value, Mapping):
        return {str(key): _known(value.__getitem__, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(value.__getitem__, index) for index in range(len(value))]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    # An asset or archive: no rule reads inside.
    return str(value)


def _known(read_at: Callable[[K], object], key: K) -> Json:
    try:
        return plain(read_at(key))
    except UnknownValueError:
        return UNKNOWN
