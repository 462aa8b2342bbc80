"""What keeps the platform running: alerts, retention, backups, recovery targets, rate limits."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Channel(StrEnum):
    """Where an alert goes."""

    PAGE = "page"  # PagerDuty, at any hour
    EMAIL = "email"


class Subject(StrEnum):
    """What an alert judges: the stack once, or each instance of the database by itself."""

    STACK = "stack"
    DATABASE = "database"
    REPLICA = "replica"  # no alert in a stack without one


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert policy.

    query: PromQL over managed Prometheus; the alert fires while it returns anything for `sustained`. In it stand for
        the stack's own: {prefix}, {region}, {hosts} (how many are asked from outside), {entries}; and where an instance
        is judged: {database_id}, {max_connections}.
    runbook: file below docs/runbooks/.
    subject: what is judged. Of several instances each has its own query, joined by `or`.
    entries: filter of log entries (Cloud Logging's language) that a metric of the alert's own counts; "" for none.
    """

    name: str
    title: str
    query: str
    sustained: timedelta
    channel: Channel
    runbook: str
    first_step: str
    subject: Subject = Subject.STACK
    entries: str = ""


# Google measures these outside the cluster, so they speak when it is gone.
# https://cloud.google.com/monitoring/api/metrics_gcp and https://cloud.google.com/load-balancing/docs/metrics
_ASKED = 'monitoring_googleapis_com:uptime_check_check_passed{monitored_resource="uptime_url"}'
_SERVED = "loadbalancing_googleapis_com:https_request_count"
_AT_OUR_EDGE = 'monitored_resource="https_lb_rule",forwarding_rule_name=~"{prefix}-.*"'
_FAILED = f'{_SERVED}{{{_AT_OUR_EDGE},response_code_class="500"}}'
_BACKED_UP = (
    "gkebackup_googleapis_com:backup_completion_times_count"
    '{monitored_resource="gkebackup.googleapis.com/BackupPlan",location="{region}",state="%s"}'
)
_REPLICA = 'monitored_resource="cloudsql_database",database_id="{database_id}"'
_REPLICATION = "cloudsql_googleapis_com:database_replication"
# A fail-over may lose an hour (specification: RPO of a lost region). A quarter of it is time to act.
_LAG_S = int(timedelta(minutes=15).total_seconds())


ALERTS: tuple[Alert, ...] = (
    Alert(
        name="high-error-rate",
        title="More than 5 % of requests fail",
        query=(
            'sum by (service) (rate(http_requests_total{status=~"5.."}[5m]))'
            " / sum by (service) (rate(http_requests_total[5m])) > 0.05"
        ),
        sustained=timedelta(minutes=5),
        channel=Channel.PAGE,
        runbook="high-error-rate.md",
        first_step="Read the service's error logs; roll back to the other colour if the last release is the cause.",
    ),
    Alert(
        name="no-seats-available",
        title="A tenant has had no free seat for ten minutes",
        query="max by (tenant_id) (license_seats_used / license_seats_total) >= 1",
        sustained=timedelta(minutes=10),
        channel=Channel.EMAIL,
        runbook="no-seats-available.md",
        first_step="Ask the customer whether to raise the seat count.",
    ),
    Alert(
        name="database-connections-exhausted",
        title="More than 90 % of the database's connections are in use",
        query=(
            "sum by (database_id) (cloudsql_googleapis_com:database_postgresql_num_backends"
            '{monitored_resource="cloudsql_database",database_id="{database_id}"}) > 0.9 * {max_connections}'
        ),
        sustained=timedelta(minutes=5),
        channel=Channel.PAGE,
        runbook="database-connections-exhausted.md",
        first_step="Look for a leak in pg_stat_activity; raise max_connections with the tier.",
        subject=Subject.DATABASE,
    ),
    Alert(
        name="replica-lags",
        title="The database's replica is a quarter of an hour behind, or says nothing",
        # network_lag until the replica has it, replica_lag until it has applied it: https://cloud.google.com/sql/docs/
        # postgres/replication/replication-lag
        query=(
            f"max by (database_id) ({_REPLICATION}_replica_lag{{{_REPLICA}}}) > {_LAG_S}"
            f" or max by (database_id) ({_REPLICATION}_network_lag{{{_REPLICA}}}) > {_LAG_S}"
            f" or absent_over_time({_REPLICATION}_replica_lag{{{_REPLICA}}}[30m])"
        ),
        sustained=timedelta(minutes=10),
        channel=Channel.PAGE,
        runbook="replica-lags.md",
        first_step="Look for a long statement on the replica; do not fail over until it has caught up.",
        subject=Subject.REPLICA,
    ),
    Alert(
        name="pod-crash-loop",
        title="A container restarted three times in ten minutes",
        # GKE's own metric: its managed kube-state-metrics leaves restarts out.
        query=(
            "max by (namespace_name, pod_name, container_name)"
            ' (increase(kubernetes_io:container_restart_count{monitored_resource="k8s_container"}[10m])) >= 3'
        ),
        sustained=timedelta(0),
        channel=Channel.PAGE,
        runbook="pod-crash-loop.md",
        first_step="Read the previous container's logs; look for out-of-memory kills.",
    ),
    Alert(
        name="certificate-expiry",
        title="A certificate expires in less than 30 days",
        query=(
            "min by (host) (monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires"
            '{monitored_resource="uptime_url"}) < 30'
        ),
        sustained=timedelta(hours=1),
        channel=Channel.EMAIL,
        runbook="certificate-expiry.md",
        first_step="Google renews by itself: check the DNS authorisation records.",
    ),
    Alert(
        name="host-unreachable",
        title="A public host does not answer from outside",
        # Two places at least: one alone may be that place's own trouble.
        query=f"count by (host) ({_ASKED} == 0) >= 2",
        sustained=timedelta(minutes=2),
        channel=Channel.PAGE,
        runbook="outage.md",
        first_step="Open the host yourself; then look whether one host or all are away.",
    ),
    Alert(
        name="hosts-unasked",
        title="The checks from outside have stopped",
        query=f"(count(count by (host) ({_ASKED})) or vector(0)) < {{hosts}}",
        sustained=timedelta(minutes=15),
        channel=Channel.PAGE,
        runbook="outage.md",
        first_step="Nobody watches from outside now: open every host, then find who removed a check.",
    ),
    Alert(
        name="edge-errors",
        title="The load balancer answers more than 5 % with an error",
        query=(
            f"sum by (backend_target_name) (rate({_FAILED}[5m]))"
            f" / sum by (backend_target_name) (rate({_SERVED}{{{_AT_OUR_EDGE}}}[5m])) > 0.05"
            # A single failure at night is no outage. The checks alone make 20 requests of each host in five minutes.
            f" and sum by (backend_target_name) (increase({_FAILED}[5m])) >= 5"
        ),
        sustained=timedelta(minutes=5),
        channel=Channel.PAGE,
        runbook="outage.md",
        first_step="Read statusDetails in the load balancer's log: are there endpoints, and do they answer?",
    ),
    Alert(
        name="edge-silent",
        title="The load balancer has served no request",
        # The checks ask every host each minute: silence means that nobody reaches it, not that nobody comes.
        query=f"absent_over_time({_SERVED}{{{_AT_OUR_EDGE}}}[10m])",
        sustained=timedelta(minutes=5),
        channel=Channel.PAGE,
        runbook="outage.md",
        first_step="Does DNS still name our addresses, and do the forwarding rules stand?",
    ),
    Alert(
        name="no-endpoints",
        title="The load balancer finds no healthy endpoint",
        # Google has no metric of a network endpoint group's health; the log of requests says that none was found:
        # https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring
        entries=(
            'resource.type="http_load_balancer" AND resource.labels.forwarding_rule_name:"{prefix}-"'
            ' AND jsonPayload.statusDetails="failed_to_pick_backend"'
        ),
        query="sum(increase({entries}[5m])) >= 5",
        sustained=timedelta(minutes=2),
        channel=Channel.PAGE,
        runbook="outage.md",
        first_step="Which backend service? Do its pods stand, and does its health check reach them?",
    ),
    Alert(
        name="backup-failed",
        title="A backup of the volumes failed",
        # https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/how-to/monitoring-metrics
        query=f"sum(increase({_BACKED_UP % 'FAILED'}[1h])) > 0",
        sustained=timedelta(0),
        channel=Channel.EMAIL,
        runbook="backup-failed.md",
        first_step="Read the backup's state reason; make one by hand today.",
    ),
    Alert(
        name="backup-missing",
        title="No backup of the volumes has succeeded for 27 hours",
        # One a day: three hours after a whole day without one, it is missing and not late.
        query=f"(sum(increase({_BACKED_UP % 'SUCCEEDED'}[24h])) or vector(0)) < 1",
        sustained=timedelta(hours=3),
        channel=Channel.EMAIL,
        runbook="backup-failed.md",
        first_step="Does the plan stand, and is it active? Make a backup by hand today.",
    ),
)


@dataclass(frozen=True, kw_only=True)
class Retention:
    """How long a kind of record is kept. keep: None means until its subject is deleted."""

    name: str
    keep: timedelta | None
    storage: str
    purpose: str


RETENTION: tuple[Retention, ...] = (
    Retention(name="user-accounts", keep=None, storage="PostgreSQL", purpose="Authentication, billing"),
    Retention(name="active-sessions", keep=timedelta(minutes=6), storage="Redis", purpose="Seat tracking"),
    Retention(name="session-history", keep=timedelta(days=90), storage="PostgreSQL", purpose="Auditing, analytics"),
    Retention(name="audit-logs", keep=timedelta(days=730), storage="PostgreSQL, Cloud Logging", purpose="SOC 2"),
    Retention(name="jwt-tokens", keep=timedelta(hours=24), storage="Redis", purpose="Revocation"),
    Retention(name="webhook-events", keep=timedelta(days=30), storage="PostgreSQL", purpose="Debugging"),
    Retention(name="database-backups", keep=timedelta(days=30), storage="Cloud SQL", purpose="Recovery"),
    Retention(name="database-log", keep=timedelta(days=7), storage="Cloud SQL", purpose="Point-in-time recovery"),
    Retention(name="cache-exports", keep=timedelta(days=7), storage="Cloud Storage", purpose="Recovery"),
    Retention(name="foundationdb-backups", keep=timedelta(days=30), storage="Cloud Storage", purpose="Recovery"),
    Retention(name="application-logs", keep=timedelta(days=30), storage="Cloud Logging", purpose="Debugging"),
)


def retention(name: str) -> timedelta:
    """How long that kind of record is kept. Raises KeyError for one kept without end or not in the table."""
    return {row.name: row.keep for row in RETENTION if row.keep is not None}[name]


# Volumes and FoundationDB are backed up daily (specification), at a quiet hour of the American day. Cron, UTC.
VOLUME_BACKUP_SCHEDULE = "0 8 * * *"


@dataclass(frozen=True, kw_only=True)
class Recovery:
    """A disaster the platform is built to survive. rto: time to service; rpo: data that may be lost."""

    scenario: str
    rto: timedelta
    rpo: timedelta
    runbook: str


RECOVERY: tuple[Recovery, ...] = (
    # The specification says 24 h; point-in-time recovery is on, so five minutes (corrections).
    Recovery(
        scenario="database corruption",
        rto=timedelta(minutes=30),
        rpo=timedelta(minutes=5),
        runbook="restore-database.md",
    ),
    Recovery(scenario="cluster failure", rto=timedelta(hours=2), rpo=timedelta(0), runbook="rebuild-cluster.md"),
    Recovery(scenario="region failure", rto=timedelta(hours=4), rpo=timedelta(hours=1), runbook="fail-over-region.md"),
)


@dataclass(frozen=True, kw_only=True)
class RateLimit:
    """Requests of one client address in a window, enforced at the edge (Cloud Armor)."""

    name: str
    path_prefix: str
    requests: int
    window: timedelta


# 100 a minute and user is the license API's own limit (specification). Several users share an office's address,
# so the edge allows ten times that and the application counts by user.
RATE_LIMITS: tuple[RateLimit, ...] = (
    RateLimit(name="sign-in", path_prefix="/api/auth/", requests=30, window=timedelta(minutes=1)),
    RateLimit(name="everything", path_prefix="/", requests=1000, window=timedelta(minutes=1)),
)
