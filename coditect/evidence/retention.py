"""How long copies of data outlive the data itself: computed from the graph, copy by copy."""

from collections.abc import Iterator

from coditect.evidence.model import Copies
from policies.resource import Stack
from policies.views.observability import LogBucket, LogSink
from policies.views.sql import SqlInstance
from policies.views.stores import BackupPlan, Bucket


def copies_of(stack: Stack) -> tuple[Copies, ...]:
    """Every place that keeps copies, the longest first; what never ends before all others."""
    return tuple(sorted(_copies(stack), key=lambda each: (each.days is not None, -(each.days or 0), each.resource)))


# The downloads that everyone may have: nobody's data, kept for as long as they are listed.
_PUBLIC = "edge-buckets-downloads-files"


def _copies(stack: Stack) -> Iterator[Copies]:
    for bucket in stack.of(Bucket):
        yield Copies(
            resource=bucket.resource.name,
            what="objects, their older versions, and what soft delete keeps",
            days=bucket.days_until_gone,
            holds_personal_data=bucket.resource.name != _PUBLIC,
        )
    for plan in stack.of(BackupPlan):
        yield Copies(
            resource=plan.resource.name,
            what="backups of volumes",
            days=plan.kept_days or None,
            holds_personal_data=True,
        )
    for instance in stack.of(SqlInstance):
        if not instance.is_replica and instance.has_backups:
            yield Copies(
                resource=instance.resource.name,
                what="daily backups of the database",
                days=instance.kept_backups or None,
                holds_personal_data=True,
            )
    audit = {sink.bucket_id for sink in stack.of(LogSink) if sink.takes_audit_logs}
    for log in stack.of(LogBucket):
        yield Copies(
            resource=log.resource.name,
            what="audit logs: who did what" if log.id in audit else "logs of requests",
            days=log.kept_days,
            holds_personal_data=log.id not in audit,
        )
