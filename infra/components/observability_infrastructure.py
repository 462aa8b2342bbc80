"""The dashboard of what the applications stand on: cluster, load balancer, database, cache.

kube_* come from GKE's managed kube-state-metrics, which has no nodes, no restarts and no system namespaces
(https://cloud.google.com/kubernetes-engine/docs/how-to/kube-state-metrics); the rest from Google's services.
"""

from infra.components.observability_panels import Dashboard, Line, Panel

_SQL = "cloudsql_googleapis_com:database"
_EDGE = "loadbalancing_googleapis_com:https"
_NODE = "kubernetes_io:node"


def google(metric: str, resource: str, more: str = "") -> str:
    """A metric of Google's own, which PromQL tells apart by the resource it belongs to."""
    return f'{metric}{{monitored_resource="{resource}"{more}}}'


def _node(metric: str, more: str = "") -> str:
    return google(f"{_NODE}_{metric}", "k8s_node", more)


def _database(metric: str) -> str:
    return google(f"{_SQL}_{metric}", "cloudsql_database")


_CLUSTER = (
    Panel(title="Nodes", lines=(Line(query=f"count({_node('cpu_total_cores')})", label="nodes"),)),
    Panel(
        title="Nodes by condition",
        lines=(Line(query="sum by (condition) (" + _node("status_condition", ',status="True"') + ")"),),
    ),
    Panel(title="Pods by phase", lines=(Line(query="sum by (phase) (kube_pod_status_phase)"),)),
    Panel(
        title="Containers that are ready", lines=(Line(query="sum by (namespace) (kube_pod_container_status_ready)"),)
    ),
    Panel(
        title="Use of the nodes",
        lines=(
            Line(query=f"avg({_node('cpu_allocatable_utilization')})", label="CPU"),
            Line(
                query="avg(" + _node("memory_allocatable_utilization", ',memory_type="non-evictable"') + ")",
                label="memory",
            ),
            Line(
                query=f"sum({_node('ephemeral_storage_used_bytes')}) / sum({_node('ephemeral_storage_total_bytes')})",
                label="disk",
            ),
        ),
        unit="10^2.%",
    ),
    Panel(
        title="Network traffic of pods",
        lines=tuple(
            Line(query=f"sum(rate({google(f'kubernetes_io:pod_network_{way}_bytes_count', 'k8s_pod')}[5m]))", label=way)
            for way in ("received", "sent")
        ),
        unit="By/s",
    ),
    Panel(
        title="Bandwidth of the load balancer",
        lines=tuple(
            Line(query=f"sum(rate({google(f'{_EDGE}_{way}_bytes_count', 'https_lb_rule')}[5m]))", label=label)
            for way, label in (("request", "from clients"), ("response", "to clients"))
        ),
        unit="By/s",
    ),
)

_STORES = (
    Panel(
        title="Connections of the database",
        lines=(Line(query=f"sum by (database_id) ({_database('postgresql_num_backends')})"),),
    ),
    Panel(
        title="Transactions of the database",
        lines=(Line(query=f"sum by (database_id) (rate({_database('postgresql_transaction_count')}[5m]))"),),
        unit="1/s",
    ),
    Panel(
        title="Use of the database",
        lines=tuple(
            Line(query=f"max({_database(f'{part}_utilization')})", label=part) for part in ("cpu", "memory", "disk")
        ),
        unit="10^2.%",
    ),
    Panel(
        title="Replication lag of the database",
        lines=(
            Line(query=f"max({_database('replication_network_lag')})", label="not yet there"),
            Line(query=f"max({_database('replication_replica_lag')})", label="not yet applied"),
        ),
        unit="s",
    ),
    Panel(
        title="Commands of the cache",
        lines=(
            Line(
                query=f"sum(rate({google('redis_googleapis_com:commands_calls', 'redis_instance')}[5m]))",
                label="commands",
            ),
        ),
        unit="1/s",
    ),
    Panel(
        title="Hit rate of the cache",
        lines=(
            Line(query=f"min({google('redis_googleapis_com:stats_cache_hit_ratio', 'redis_instance')})", label="found"),
        ),
        unit="10^2.%",
    ),
    Panel(
        title="Memory of the cache",
        lines=(
            Line(
                query=f"max({google('redis_googleapis_com:stats_memory_usage_ratio', 'redis_instance')})", label="used"
            ),
        ),
        unit="10^2.%",
    ),
)

INFRASTRUCTURE = Dashboard(name="infrastructure", title="Infrastructure", panels=(*_CLUSTER, *_STORES))
