"""Rules of what reaches the audit log, and of what is left out of logs."""

from policies.controls import gcp, gdpr, pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.observability import LogExclusion, LogSink

# The one filter that takes every audit log. Anything more in it leaves some out.
AUDIT_FILTER = 'logName:"cloudaudit.googleapis.com"'
# Left out on purpose: what Kubernetes' own components and service accounts read in the cluster, all day long. They sign
# in as system:…; people and Google's accounts do not. The evidence says so.
KUBERNETES_READS = (
    'protoPayload.serviceName="k8s.io" AND protoPayload.authenticationInfo.principalEmail=~"^system:" AND '
    'protoPayload.methodName=~"[.](get|list|watch)$"'
)
PROBES = 'httpRequest.userAgent=~"^(GoogleHC|kube-probe)/" AND httpRequest.status=200'


def takes_every_audit_log(sink: LogSink) -> bool:
    """Whether nothing is taken away from the audit logs on their way, but what is left out on purpose."""
    return sink.is_on and sink.filter == AUDIT_FILTER and set(sink.exclusions) <= {KUBERNETES_READS}


@rule(
    "audit-sink-whole",
    LogSink,
    gcp("2.1"),
    soc2("CC7.2"),
    gdpr("5(2)"),
    pci("10.2.1", "10.5.1"),
    why="Whoever wants to leave no trace narrows the filter by one word, and every other rule still sees a sink.",
    fix=f"Write exactly `{AUDIT_FILTER}`, leave disabled unset, and exclude only Kubernetes' own reads.",
)
def sink_whole(sink: LogSink) -> Broken:
    """The audit sink takes every audit log, but what Kubernetes itself reads in the cluster."""
    if not sink.is_on:
        yield "The sink is disabled."
    if not sink.takes_audit_logs:
        return
    if sink.filter != AUDIT_FILTER:
        yield f"The filter may leave audit logs out: {sink.filter}"
    for excluded in sink.exclusions:
        if excluded != KUBERNETES_READS:
            yield f"An exclusion drops audit logs: {excluded or 'all of them'}"


@relation(
    "log-exclusions",
    LogExclusion,
    soc2("CC7.2"),
    pci("10.2.1"),
    why="What an exclusion drops is kept nowhere and cannot be brought back.",
    fix="Exclude successful probes, and audit logs only where a sink of this stack takes them all.",
)
def exclusions(exclusion: LogExclusion, stack: Stack) -> Broken:
    """Only successful probes are dropped, and audit logs where another bucket keeps them."""
    if not exclusion.is_on or exclusion.filter == PROBES:
        return
    if exclusion.filter != AUDIT_FILTER:
        yield f"It drops logs that nobody decided on: {exclusion.filter or 'all of them'}"
    elif not any(takes_every_audit_log(sink) for sink in stack.of(LogSink)):
        yield "It drops audit logs, and no sink takes them all to another bucket."
