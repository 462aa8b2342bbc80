"""What keeps the platform running: alerts, retention, backups, recovery targets, rate limits."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Channel(StrEnum):
    """Where an alert goes."""

    PAGE = "page"  # PagerDuty, at any hour
    EMAIL = "email"


@dataclass(frozen=True, kw_only=True)
class Alert:
    """One alert policy.

    query: PromQL over managed Prometheus; the alert fires while it returns anything for `sustained`.
    runbook: file below docs/runbooks/.
    """

    name: str
    title: str
    query: str
    sustained: timedelta
    channel: Channel
    runbook: str
    first_step: str


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
            'sum(cloudsql_googleapis_com:database_postgresql_num_backends{monitored_resource="cloudsql_database"})'
            " > 0.9 * {max_connections}"
        ),
        sustained=timedelta(minutes=5),
        channel=Channel.PAGE,
        runbook="database-connections-exhausted.md",
        first_step="Look for a leak in pg_stat_activity; raise max_connections with the tier.",
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
