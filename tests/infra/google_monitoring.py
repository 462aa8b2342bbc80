"""What Google measures, as far as this platform's dashboards, alerts and runbooks read it. One list, with its sources.

A name that stands here was looked up in Google's documentation; one that does not is refused by test_metric_names.py.
PromQL writes `domain/path` as `domain:path` and every other special character as `_`, and adds `_bucket`, `_count` and
`_sum` to a distribution: https://cloud.google.com/monitoring/promql/promql-mapping.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Measured:
    """Metrics of one source. resource: the only type of monitored resource that their samples carry.

    plain: numbers. distributions: each three metrics in PromQL.
    """

    source: str
    resource: str
    plain: frozenset[str] = frozenset()
    distributions: frozenset[str] = frozenset()

    @property
    def in_promql(self) -> frozenset[str]:
        names = {promql(name) for name in self.plain}
        for name in self.distributions:
            names |= {f"{promql(name)}_{part}" for part in ("bucket", "count", "sum")}
        return frozenset(names)


def promql(metric: str) -> str:
    """`cloudsql.googleapis.com/database/cpu/utilization` as PromQL writes it."""
    domain, _, path = metric.partition("/")
    return ":".join(re.sub(r"\W", "_", part) for part in (domain, path))


_GCP = "https://cloud.google.com/monitoring/api/metrics_gcp"
_KUBERNETES = "https://cloud.google.com/monitoring/api/metrics_kubernetes"

MEASURED: tuple[Measured, ...] = (
    Measured(
        source=f"{_GCP}#gcp-monitoring",
        resource="uptime_url",
        plain=frozenset(
            {
                "monitoring.googleapis.com/uptime_check/check_passed",
                "monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires",
            }
        ),
    ),
    Measured(
        source="https://cloud.google.com/load-balancing/docs/metrics",
        resource="https_lb_rule",
        plain=frozenset(
            {
                "loadbalancing.googleapis.com/https/backend_request_count",
                "loadbalancing.googleapis.com/https/request_bytes_count",
                "loadbalancing.googleapis.com/https/request_count",
                "loadbalancing.googleapis.com/https/response_bytes_count",
            }
        ),
        distributions=frozenset({"loadbalancing.googleapis.com/https/total_latencies"}),
    ),
    Measured(
        source=f"{_GCP}#gcp-cloudsql",
        resource="cloudsql_database",
        plain=frozenset(
            {
                "cloudsql.googleapis.com/database/cpu/utilization",
                "cloudsql.googleapis.com/database/disk/utilization",
                "cloudsql.googleapis.com/database/memory/utilization",
                "cloudsql.googleapis.com/database/postgresql/num_backends",
                "cloudsql.googleapis.com/database/postgresql/transaction_count",
                # https://cloud.google.com/sql/docs/postgres/replication/replication-lag
                "cloudsql.googleapis.com/database/replication/network_lag",
                "cloudsql.googleapis.com/database/replication/replica_lag",
            }
        ),
    ),
    Measured(
        source="https://cloud.google.com/memorystore/docs/redis/monitoring-metrics",
        resource="redis_instance",
        plain=frozenset(
            {
                "redis.googleapis.com/commands/calls",
                "redis.googleapis.com/stats/cache_hit_ratio",
                "redis.googleapis.com/stats/memory/usage_ratio",
            }
        ),
    ),
    Measured(
        source="https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/how-to/monitoring-metrics",
        resource="gkebackup.googleapis.com/BackupPlan",
        plain=frozenset(
            {
                "gkebackup.googleapis.com/backup_created_count",
                "gkebackup.googleapis.com/backup_deleted_count",
            }
        ),
        distributions=frozenset({"gkebackup.googleapis.com/backup_completion_times"}),
    ),
    Measured(
        source=_KUBERNETES,
        resource="k8s_container",
        plain=frozenset({"kubernetes.io/container/restart_count"}),
    ),
    Measured(
        source=_KUBERNETES,
        resource="k8s_node",
        plain=frozenset(
            {
                "kubernetes.io/node/cpu/allocatable_utilization",
                "kubernetes.io/node/cpu/total_cores",
                "kubernetes.io/node/ephemeral_storage/total_bytes",
                "kubernetes.io/node/ephemeral_storage/used_bytes",
                "kubernetes.io/node/memory/allocatable_utilization",
                # From GKE 1.32.1-gke.1357001 on: https://cloud.google.com/kubernetes-engine/docs/how-to/gpus
                "kubernetes.io/node/status_condition",
            }
        ),
    ),
    Measured(
        source=_KUBERNETES,
        resource="k8s_pod",
        plain=frozenset(
            {
                "kubernetes.io/pod/network/received_bytes_count",
                "kubernetes.io/pod/network/sent_bytes_count",
            }
        ),
    ),
)

# GKE's managed kube-state-metrics: https://cloud.google.com/kubernetes-engine/docs/how-to/kube-state-metrics. By the
# package that the cluster must enable. It has no kube_node_*, no restarts, no kube_pod_status_ready, and nothing of
# system namespaces. Not every metric of a package stands here: only those whose name could be read in its table or in
# a reader's list of it.
KUBE_STATE: Mapping[str, frozenset[str]] = {
    "POD": frozenset({"kube_pod_container_status_ready", "kube_pod_status_phase"}),
    "DEPLOYMENT": frozenset(
        {
            "kube_deployment_spec_replicas",
            "kube_deployment_status_replicas_available",
            "kube_deployment_status_replicas_updated",
        }
    ),
    "STATEFULSET": frozenset(
        {
            "kube_statefulset_replicas",
            "kube_statefulset_status_replicas_ready",
            "kube_statefulset_status_replicas_updated",
        }
    ),
    "DAEMONSET": frozenset(
        {
            "kube_daemonset_status_desired_number_scheduled",
            "kube_daemonset_status_number_misscheduled",
            "kube_daemonset_status_number_ready",
            "kube_daemonset_status_updated_number_scheduled",
        }
    ),
}

# Samples of a metric made from the entries of a log bucket: https://cloud.google.com/logging/docs/logs-based-metrics/
# bucket-lbm. `project`, `iam_role`, `gce_firewall_rule`, `gce_route` and `gce_network` are types of Logging alone: "The
# list of monitored-resource types in Monitoring is not the same as the list of monitored-resource types in Logging"
# (https://cloud.google.com/monitoring/api/resources), so that an alert on one of them is refused as "selected resource
# is invalid" (https://github.com/GoogleCloudPlatform/inspec-gcp-cis-benchmark/issues/70).
LOG_BUCKET = "logging_bucket"

MONITORED_RESOURCES = frozenset({measured.resource for measured in MEASURED} | {LOG_BUCKET})
RESOURCE_OF: Mapping[str, str] = {name: measured.resource for measured in MEASURED for name in measured.in_promql}
