"""Rules of logs and alerts."""

from policies.controls import Control, gcp, gdpr, pci, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation, rule
from policies.views.observability import Alert, LogBucket, LogMetric, LogSink, UptimeCheck

AUDIT_DAYS = 365
# What CIS GCP wants an alert for, and a word of the log filter by which the change is recognised.
WATCHED: tuple[tuple[str, str, str], ...] = (
    ("2.4", "ownership", 'role="roles/owner"'),
    ("2.5", "audit configuration", "auditConfigDeltas"),
    ("2.6", "custom roles", "iam_role"),
    ("2.7", "firewall rules", "gce_firewall_rule"),
    ("2.8", "routes", "gce_route"),
    ("2.9", "networks", "gce_network"),
    ("2.10", "access to buckets", "gcs_bucket"),
    ("2.11", "database configuration", "cloudsql"),
)


def _numbers() -> tuple[Control, ...]:
    return tuple(control for number, _, _ in WATCHED for control in gcp(number))


@relation(
    "audit-log-retention",
    Whole,
    soc2("CC7.2"),
    gdpr("5(2)"),
    pci("10.5.1"),
    why="An intrusion is found after 200 days on average: logs must reach back further.",
    fix=f"Send cloudaudit.googleapis.com by a sink to a bucket that keeps {AUDIT_DAYS} days or more.",
)
def audit_log_retention(_: Whole, stack: Stack) -> Broken:
    """Audit logs are kept for a year and longer, in a bucket of their own."""
    wanted = {sink.bucket_id for sink in stack.of(LogSink) if sink.takes_audit_logs}
    kept = [bucket for bucket in stack.of(LogBucket) if bucket.id in wanted]
    if not kept:
        yield "No sink sends audit logs to a bucket of this stack."
    for bucket in kept:
        if bucket.kept_days < AUDIT_DAYS:
            yield f"{bucket.id} keeps audit logs for {bucket.kept_days:g} days."


@relation(
    "audit-log-protected",
    LogBucket,
    soc2("CC7.2"),
    pci("10.3.2"),
    why="Who wants to hide a deed deletes the log of it.",
    fix="Declare the bucket of the audit sink with protect=True.",
)
def audit_log_protected(bucket: LogBucket, stack: Stack) -> Broken:
    """The audit log cannot be deleted by a change of the program."""
    is_audit = any(sink.takes_audit_logs and sink.bucket_id == bucket.id for sink in stack.of(LogSink))
    if is_audit and not bucket.is_protected:
        yield f"{bucket.id} is not protected."


@relation(
    "alerts-on-changes",
    Whole,
    _numbers(),
    soc2("CC7.2", "CC7.3"),
    gdpr("33"),
    pci("10.4.1", "10.7.2"),
    why="Changes that open the platform are rare: each should be noticed while it can still be taken back.",
    fix="Declare a log metric for the change, and an alert that reads it.",
)
def alerts_on_changes(_: Whole, stack: Stack) -> Broken:
    """Somebody is called when ownership, auditing, roles, networks, buckets or databases change."""
    queries = [query for alert in stack.of(Alert) if alert.is_on for query in alert.queries]
    metrics = stack.of(LogMetric)
    for number, what, word in WATCHED:
        names = [metric.name for metric in metrics if word in metric.filter]
        if not any(name in query for name in names for query in queries):
            yield f"No alert on changes of {what} (CIS GCP {number})."


@rule(
    "alert-reaches-someone",
    Alert,
    soc2("CC7.3"),
    pci("10.7.2", "12.10.5"),
    why="An alert without a channel is seen by who happens to look.",
    fix="Set notificationChannels, and leave enabled at true.",
)
def alert_reaches_someone(alert: Alert) -> Broken:
    """Every alert reaches somebody."""
    if not alert.is_on:
        yield "The alert is switched off."
    if not alert.has_channel:
        yield "The alert has no channel."


@rule(
    "alert-instructions",
    Alert,
    soc2("CC7.4"),
    pci("12.10.1"),
    why="Who is called at night needs the first step, not a metric's name.",
    fix="Set documentation.content with the first step and the runbook.",
)
def alert_instructions(alert: Alert) -> Broken:
    """Every alert says what to do, and where the runbook stands."""
    if "docs/runbooks/" not in alert.instructions:
        yield "The alert names no runbook."


@rule(
    "uptime-certificate",
    UptimeCheck,
    soc2("A1.1", "CC6.7"),
    why="A check that takes any certificate says all is well when browsers refuse the page.",
    fix="Set httpCheck.useSsl and httpCheck.validateSsl.",
)
def uptime_certificate(check: UptimeCheck) -> Broken:
    """Uptime checks see what a browser would see."""
    if not check.checks_certificate:
        yield "The check does not validate the certificate."
