"""Dashboards of the specification: the site, the license platform, and what they stand on.

http_* and license_* come from the applications, checkouts_* and gateway_* from the site; kube_* from the cluster's own
state metrics; the rest from Google's services.
"""

from infra.components.observability_panels import Dashboard, Line, Panel

_SQL = "cloudsql_googleapis_com:database"


def _requests(namespace: str) -> tuple[Panel, ...]:
    """Rate, errors and latency of the services in a namespace."""
    of = f'namespace="{namespace}"'
    return (
        Panel(
            title="Requests",
            lines=(Line(query=f"sum by (job) (rate(http_requests_total{{{of}}}[5m]))"),),
            unit="1/s",
        ),
        Panel(
            title="Share of requests that fail",
            lines=(
                Line(
                    query=(
                        f'sum(rate(http_requests_total{{{of},status=~"5.."}}[5m]))'
                        f" / sum(rate(http_requests_total{{{of}}}[5m]))"
                    ),
                    label="5xx",
                ),
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Latency",
            lines=tuple(
                Line(
                    query=(
                        f"histogram_quantile({quantile}, "
                        f"sum by (le) (rate(http_request_duration_seconds_bucket{{{of}}}[5m])))"
                    ),
                    label=label,
                )
                for quantile, label in (("0.5", "p50"), ("0.95", "p95"), ("0.99", "p99"))
            ),
            unit="s",
        ),
    )


def _success(endpoint: str) -> str:
    """Share of requests to an endpoint that were answered, a refusal for want of seats included."""
    of = f'namespace="license-platform",endpoint=~".*{endpoint}.*"'
    return f'sum(rate(http_requests_total{{{of},status!~"5.."}}[5m])) / sum(rate(http_requests_total{{{of}}}[5m]))'


def _google(metric: str, resource: str, more: str = "") -> str:
    """A metric of Google's own, which PromQL tells apart by the resource it belongs to."""
    return f'{metric}{{monitored_resource="{resource}"{more}}}'


GATEWAY = Dashboard(
    name="gateway",
    title="Gateway website",
    panels=(
        *_requests("gateway"),
        Panel(title="Active users", lines=(Line(query="max(gateway_active_users)", label="signed in"),)),
        Panel(
            title="Checkouts that end in a payment",
            lines=(
                Line(
                    query="sum(increase(checkouts_completed_total[1d])) / sum(increase(checkouts_started_total[1d]))",
                    label="conversion, one day",
                ),
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Requests at the load balancer",
            lines=(
                Line(
                    query="sum by (response_code_class) (rate("
                    + _google("loadbalancing_googleapis_com:https_request_count", "https_lb_rule")
                    + "[5m]))",
                ),
            ),
            unit="1/s",
        ),
    ),
)

LICENSE = Dashboard(
    name="license",
    title="License platform",
    panels=(
        *_requests("license-platform"),
        Panel(
            title="Live sessions by tenant",
            lines=(
                Line(
                    query="topk(20, max by (tenant_id) (license_active_sessions))",
                ),
            ),
        ),
        Panel(
            title="Seats",
            lines=(
                Line(query="sum(max by (tenant_id) (license_seats_used))", label="used"),
                Line(query="sum(max by (tenant_id) (license_seats_total))", label="bought"),
            ),
        ),
        Panel(
            title="Seats taken without an error",
            lines=(Line(query=_success("licenses/acquire"), label="acquire"),),
            unit="10^2.%",
        ),
        Panel(
            title="Heartbeats without an error",
            lines=(Line(query=_success("licenses/heartbeat"), label="heartbeat"),),
            unit="10^2.%",
        ),
        Panel(
            title="How long a session lasts",
            lines=(
                Line(
                    query="histogram_quantile(0.5, sum by (le) (rate(license_session_duration_seconds_bucket[1h])))",
                    label="p50",
                ),
                Line(
                    query="histogram_quantile(0.95, sum by (le) (rate(license_session_duration_seconds_bucket[1h])))",
                    label="p95",
                ),
            ),
            unit="s",
        ),
    ),
)

INFRASTRUCTURE = Dashboard(
    name="infrastructure",
    title="Infrastructure",
    panels=(
        Panel(
            title="Nodes",
            lines=(Line(query=f"count({_google('kubernetes_io:node_cpu_total_cores', 'k8s_node')})", label="nodes"),),
        ),
        Panel(
            title="Pods that are ready",
            lines=(
                Line(
                    query='sum by (namespace) (kube_pod_status_ready{condition="true"})',
                ),
            ),
        ),
        Panel(
            title="Use of the nodes",
            lines=(
                Line(
                    query=f"avg({_google('kubernetes_io:node_cpu_allocatable_utilization', 'k8s_node')})", label="CPU"
                ),
                Line(
                    query="avg("
                    + _google(
                        "kubernetes_io:node_memory_allocatable_utilization", "k8s_node", ',memory_type="non-evictable"'
                    )
                    + ")",
                    label="memory",
                ),
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Network traffic of pods",
            lines=tuple(
                Line(
                    query=f"sum(rate({_google(f'kubernetes_io:pod_network_{way}_bytes_count', 'k8s_pod')}[5m]))",
                    label=way,
                )
                for way in ("received", "sent")
            ),
            unit="By/s",
        ),
        Panel(
            title="Connections of the database",
            lines=(
                Line(
                    query="sum("
                    + _google("cloudsql_googleapis_com:database_postgresql_num_backends", "cloudsql_database")
                    + ")",
                    label="connections",
                ),
            ),
        ),
        Panel(
            title="Transactions of the database",
            lines=(
                Line(
                    query="sum(rate("
                    + _google("cloudsql_googleapis_com:database_postgresql_transaction_count", "cloudsql_database")
                    + "[5m]))",
                    label="transactions",
                ),
            ),
            unit="1/s",
        ),
        Panel(
            title="Use of the database",
            lines=tuple(
                Line(
                    query=f"max({_google(f'{_SQL}_{part}_utilization', 'cloudsql_database')})",
                    label=part,
                )
                for part in ("cpu", "memory", "disk")
            ),
            unit="10^2.%",
        ),
        Panel(
            title="Commands of the cache",
            lines=(
                Line(
                    query=f"sum(rate({_google('redis_googleapis_com:commands_calls', 'redis_instance')}[5m]))",
                    label="commands",
                ),
            ),
            unit="1/s",
        ),
        Panel(
            title="Memory of the cache",
            lines=(
                Line(
                    query=f"max({_google('redis_googleapis_com:stats_memory_usage_ratio', 'redis_instance')})",
                    label="used",
                ),
            ),
            unit="10^2.%",
        ),
    ),
)

DASHBOARDS: tuple[Dashboard, ...] = (GATEWAY, LICENSE, INFRASTRUCTURE)
