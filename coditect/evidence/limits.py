"""Where a stack falls short of what its rules' controls ask: computed from the graph, and gone when the graph mends it.

A rule says what holds. What it does not say an auditor would take from its title: that a network list closes every way,
that a log stands in one country, that a role without a dangerous permission cannot obtain one. These are said here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from policies.controls import Control, gcp, gdpr, gke, pci, soc2
from policies.resource import Stack
from policies.rules.audit_log import KUBERNETES_READS
from policies.rules.privacy import HOME
from policies.views.cluster import Cluster
from policies.views.iam import CustomRole
from policies.views.observability import LogBucket, LogSink

# Permissions that give others: whoever holds one on a resource can obtain what the role leaves out.
_GIVING = (".setIamPolicy", ".actAs", ".bind", ".escalate")
_MACHINES = ("gcp:compute/instance", "gcp:compute/regionInstance")


@dataclass(frozen=True, kw_only=True)
class Limit:
    """What is not covered, in whole sentences.

    controls: which are met in part only. is_shortfall: not where there is nothing to cover.
    """

    text: str
    controls: tuple[Control, ...]
    is_shortfall: bool = True


def limits_of(stack: Stack) -> tuple[Limit, ...]:
    """Every limit of one stack."""
    return tuple(limit for ask in _ASKED for limit in ask(stack))


def _log_buckets_abroad(stack: Stack) -> Iterator[Limit]:
    places = {
        bucket.id: bucket.location
        for bucket in stack.of(LogBucket)
        if bucket.location != HOME and not bucket.location.startswith(f"{HOME}-")
    }
    if places:
        named = _listed(f"{bucket} in {place}" for bucket, place in places.items())
        yield Limit(
            text=f"Logs name addresses and accounts, and stand in no country that anybody chose: {named}. "
            "Google says of `global` only that it may be any of its data centres.",
            controls=(*gdpr("44"), *soc2("C1.1")),
        )


def _reachable_control_plane(stack: Stack) -> Iterator[Limit]:
    names = [cluster.name for cluster in stack.of(Cluster) if cluster.is_reached_by_name]
    if names:
        yield Limit(
            text=f"The control plane of {_listed(names)} also has a DNS endpoint that takes requests from any network. "
            "IAM alone decides there; the list of networks holds for the address only.",
            controls=(*gke("5.6.3", "5.6.4"), *soc2("CC6.6"), *pci("1.3.1", "1.4.2")),
        )


def _roles_that_give(stack: Stack) -> Iterator[Limit]:
    for role in stack.of(CustomRole):
        if giving := [permission for permission in role.permissions if permission.endswith(_GIVING)]:
            yield Limit(
                text=f"The role {role.id} holds {_listed(giving)}: its holder can give itself or others what the role "
                "leaves out, within the conditions of its grants. The audit log shows it, afterwards.",
                controls=(*soc2("CC6.3"), *pci("7.2.1", "7.2.2")),
            )


def _reads_left_out(stack: Stack) -> Iterator[Limit]:
    sinks = [sink for sink in stack.of(LogSink) if sink.takes_audit_logs and KUBERNETES_READS in sink.exclusions]
    if sinks:
        yield Limit(
            text="Not every read is in the audit log: what Kubernetes' own components and service accounts read in the "
            "cluster (get, list, watch by system:…) is left out, Secrets among it.",
            controls=(*gcp("2.1"), *soc2("CC7.2"), *pci("10.2.1", "10.2.1.1")),
        )


def _unlocked_audit_log(stack: Stack) -> Iterator[Limit]:
    audit = {sink.bucket_id for sink in stack.of(LogSink) if sink.takes_audit_logs}
    if unlocked := [bucket.id for bucket in stack.of(LogBucket) if bucket.id in audit and not bucket.is_locked]:
        yield Limit(
            text=f"The log bucket {_listed(unlocked)} is not locked: whoever may administer logging can shorten its "
            "retention. Nothing watches its entries for changes (10.3.4), which Cloud Logging lets nobody make.",
            controls=pci("10.3.2"),
        )


def _machines(stack: Stack) -> Iterator[Limit]:
    found = [resource.name for resource in stack.resources if resource.type.startswith(_MACHINES)]
    yield Limit(
        text=f"No rule looks at virtual machines, and the stack declares some: {_listed(found)}."
        if found
        else "The stack declares no virtual machine of its own; GKE's nodes stand under CIS GKE.",
        controls=gcp("4"),
        is_shortfall=bool(found),
    )


_ASKED: tuple[Callable[[Stack], Iterator[Limit]], ...] = (
    _log_buckets_abroad,
    _reachable_control_plane,
    _roles_that_give,
    _reads_left_out,
    _unlocked_audit_log,
    _machines,
)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names)
