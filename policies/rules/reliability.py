"""Rules of availability: zones, replicas, spread, budgets, probes."""

from policies.controls import ckv, reliability, soc2
from policies.resource import Stack
from policies.rule import ADVISORY, Broken, relation, rule
from policies.views.cluster import Cluster, NodePool
from policies.views.edge import BackendService
from policies.views.namespace import Autoscaler, CronJob, DisruptionBudget
from policies.views.pod import LongRunning
from policies.views.sql import SqlInstance
from policies.views.stores import Redis

# Of three zones one may fail and two still form a majority.
ZONES = 3
REPLICAS = 2
DRAIN_SECONDS = 30
ZONE_KEY = "topology.kubernetes.io/zone"


@rule(
    "cluster-regional",
    Cluster,
    reliability("zones"),
    soc2("A1.2"),
    why="A control plane in one zone is gone with that zone, and during each of its upgrades.",
    fix="Set location to a region, and nodeLocations to three of its zones.",
)
def cluster_regional(cluster: Cluster) -> Broken:
    """The cluster stands in three zones."""
    if not cluster.is_regional:
        yield f"The control plane stands in one zone: {cluster.location}."
    if len(set(cluster.zones)) < ZONES:
        yield f"Nodes stand in {len(set(cluster.zones))} zones."


@rule(
    "node-pool-zones",
    NodePool,
    reliability("zones"),
    soc2("A1.2"),
    why="Pods can be spread over no more zones than their nodes are.",
    fix="Set nodeLocations to three zones of the region.",
)
def node_pool_zones(pool: NodePool) -> Broken:
    """Nodes stand in three zones."""
    if len(set(pool.zones)) < ZONES:
        yield f"Nodes stand in {len(set(pool.zones))} zones."


@rule(
    "node-pool-upgrade-surge",
    NodePool,
    reliability("rollout"),
    soc2("A1.2"),
    why="An upgrade that first takes a node away leaves its pods waiting for room.",
    fix="Set upgradeSettings.maxUnavailable to 0, and maxSurge to 1.",
)
def node_pool_upgrade_surge(pool: NodePool) -> Broken:
    """An upgrade brings a new node before it takes an old one."""
    if pool.unavailable_in_upgrade > 0:
        yield f"{pool.unavailable_in_upgrade:g} nodes go before new ones come."


@rule(
    "node-pool-not-spot",
    NodePool,
    reliability("capacity"),
    soc2("A1.2"),
    why="Google takes spot nodes back with 30 seconds' notice, all of them when it is short.",
    fix="Set nodeConfig.spot to false.",
)
def node_pool_not_spot(pool: NodePool) -> Broken:
    """Nodes are not taken back."""
    if pool.is_spot:
        yield "Nodes are spot nodes."


@rule(
    "cluster-maintenance-window",
    Cluster,
    reliability("maintenance"),
    soc2("A1.2"),
    why="Without a window Google upgrades whenever it likes, also on a Monday morning.",
    fix="Set maintenancePolicy.recurringWindow.",
)
def cluster_maintenance_window(cluster: Cluster) -> Broken:
    """The cluster is upgraded in a window of ours."""
    if not cluster.has_maintenance_window:
        yield "No maintenance window is set."


@rule(
    "sql-maintenance-window",
    SqlInstance,
    reliability("maintenance"),
    soc2("A1.2"),
    why="A patch restarts the database: for seconds nobody gets a seat.",
    fix="Set settings.maintenanceWindow.",
)
def sql_maintenance_window(instance: SqlInstance) -> Broken:
    """The database is patched in a window of ours."""
    if not instance.is_replica and not instance.has_maintenance_window:
        yield "No maintenance window is set."


@rule(
    "redis-maintenance-window",
    Redis,
    reliability("maintenance"),
    soc2("A1.2"),
    why="A patch fails over to the other zone: for seconds every request waits.",
    fix="Set maintenancePolicy.weeklyMaintenanceWindows.",
)
def redis_maintenance_window(redis: Redis) -> Broken:
    """Redis is patched in a window of ours."""
    if not redis.has_maintenance_window:
        yield "No maintenance window is set."


@rule(
    "sql-high-availability",
    SqlInstance,
    reliability("zones"),
    soc2("A1.2"),
    why="A primary in one zone is down as long as that zone is.",
    fix="Set settings.availabilityType to REGIONAL.",
)
def sql_high_availability(instance: SqlInstance) -> Broken:
    """The primary has a standby in another zone."""
    if not instance.is_replica and not instance.is_highly_available:
        yield "The primary stands in one zone."


@rule(
    "redis-high-availability",
    Redis,
    reliability("zones"),
    soc2("A1.2"),
    why="A node in one zone is down, and empty afterwards, when that zone fails.",
    fix="Set tier to STANDARD_HA.",
)
def redis_high_availability(redis: Redis) -> Broken:
    """Redis has a replica in another zone."""
    if not redis.is_highly_available:
        yield "Redis stands in one zone."


@rule(
    "redis-eviction",
    Redis,
    reliability("data"),
    soc2("PI1.5"),
    why="Evicting a lease would free a seat that somebody holds: a full Redis must refuse, not forget.",
    fix="Set redisConfigs.maxmemory-policy to noeviction.",
)
def redis_eviction(redis: Redis) -> Broken:
    """Redis never forgets a lease."""
    if redis.eviction != "noeviction":
        yield f"maxmemory-policy is {redis.eviction or 'volatile-lru by default'}."


@rule(
    "backend-zones",
    BackendService,
    reliability("zones"),
    soc2("A1.2"),
    why="The load balancer can turn away from a zone that fails only where it knows others.",
    fix="Name the endpoint groups of three zones.",
)
def backend_zones(backend: BackendService) -> Broken:
    """A backend has endpoints in three zones."""
    if len(backend.zones) < ZONES:
        yield f"Endpoints stand in {len(backend.zones)} zones."


@rule(
    "backend-health-check",
    BackendService,
    reliability("probes"),
    soc2("A1.1"),
    why="Requests would go on to pods that no longer answer.",
    fix="Set healthChecks.",
)
def backend_health_check(backend: BackendService) -> Broken:
    """The load balancer asks endpoints whether they are well."""
    if not backend.has_health_check:
        yield "The backend has no health check."


@rule(
    "backend-drain",
    BackendService,
    reliability("rollout"),
    soc2("A1.2"),
    why="Requests that are under way would be cut off by each rollout.",
    fix=f"Set connectionDrainingTimeoutSec to {DRAIN_SECONDS} or more.",
)
def backend_drain(backend: BackendService) -> Broken:
    """Requests under way are finished."""
    if backend.drain_seconds < DRAIN_SECONDS:
        yield f"Connections are cut after {backend.drain_seconds:g} seconds."


@relation(
    "pod-replicas",
    LongRunning,
    reliability("replicas"),
    soc2("A1.2"),
    why="A single pod is gone whenever its node is upgraded.",
    fix=f"Set the autoscaler's minReplicas, or replicas, to {REPLICAS} or more.",
)
def pod_replicas(workload: LongRunning, stack: Stack) -> Broken:
    """What serves requests has two pods and more."""
    if not any(container.serves for container in workload.containers):
        return
    scaler = _autoscaler(workload, stack)
    count = scaler.floor if scaler is not None else workload.replicas
    count = 1 if count is None else count
    # 0 is the colour that takes no traffic.
    if 0 < count < REPLICAS:
        yield f"There may be {count:g} pod."


@relation(
    "pod-budget",
    LongRunning,
    reliability("budgets"),
    soc2("A1.2"),
    why="Draining a node may otherwise take all pods of a service at once.",
    fix="Declare a PodDisruptionBudget that selects the pods, with maxUnavailable 1.",
)
def pod_budget(workload: LongRunning, stack: Stack) -> Broken:
    """What serves requests keeps pods while nodes are drained."""
    if not any(container.serves for container in workload.containers):
        return
    labels = workload.pod_labels
    for budget in stack.of(DisruptionBudget):
        if budget.namespace == workload.namespace and budget.selector.items() <= labels.items():
            return
    yield "No PodDisruptionBudget selects the pods."


@rule(
    "budget-lets-drain",
    DisruptionBudget,
    reliability("budgets"),
    soc2("CC7.1"),
    why="A budget that lets no pod go blocks every upgrade of its node, patches included.",
    fix="Set maxUnavailable to 1.",
)
def budget_lets_drain(budget: DisruptionBudget) -> Broken:
    """Nodes can be drained."""
    if budget.blocks_drains:
        yield "No pod may ever be away."


@rule(
    "pod-spread",
    LongRunning,
    reliability("spread"),
    soc2("A1.2"),
    why="The scheduler may put all pods of a service into one zone.",
    fix=f"Set topologySpreadConstraints over {ZONE_KEY}.",
)
def pod_spread(workload: LongRunning) -> Broken:
    """Pods are spread over zones."""
    if ZONE_KEY not in workload.spreads_over:
        yield "Pods are not spread over zones."


@rule(
    "pod-readiness",
    LongRunning,
    reliability("probes"),
    ckv("CKV_K8S_9"),
    soc2("A1.1"),
    why="Requests would go to a pod that is still starting.",
    fix="Set readinessProbe on containers that serve.",
)
def pod_readiness(workload: LongRunning) -> Broken:
    """A container that serves says when it is ready."""
    for container in workload.containers:
        if container.serves and not container.has_readiness_probe:
            yield f"{container.name} has no readiness probe."


@rule(
    "pod-liveness",
    LongRunning,
    reliability("probes"),
    ckv("CKV_K8S_8"),
    soc2("A1.1"),
    why="A container that hangs would hang for ever.",
    fix="Set livenessProbe.",
)
def pod_liveness(workload: LongRunning) -> Broken:
    """A container that hangs is restarted."""
    for container in workload.containers:
        if not container.has_liveness_probe:
            yield f"{container.name} has no liveness probe."


@rule(
    "pod-rollout",
    LongRunning,
    reliability("rollout"),
    soc2("A1.2"),
    why="A rollout that first takes pods away halves what the service can do.",
    fix="Set strategy.rollingUpdate.maxUnavailable to 0.",
    severity=ADVISORY,
)
def pod_rollout(workload: LongRunning) -> Broken:
    """A rollout brings new pods before it takes old ones."""
    if workload.is_stateful or not any(container.serves for container in workload.containers):
        return
    if workload.rolls_out != "RollingUpdate" or workload.unavailable_in_rollout not in {"0", "0%"}:
        yield f"{workload.rolls_out} may take {workload.unavailable_in_rollout} of the pods away first."


@rule(
    "cron-overlap",
    CronJob,
    reliability("data"),
    soc2("PI1.3"),
    why="Two backups at once write over each other.",
    fix="Set concurrencyPolicy to Forbid.",
)
def cron_overlap(job: CronJob) -> Broken:
    """A job by the clock never runs twice at once."""
    if job.overlap == "Allow":
        yield "Two runs may overlap."


def _autoscaler(workload: LongRunning, stack: Stack) -> Autoscaler | None:
    for scaler in stack.of(Autoscaler):
        if scaler.namespace == workload.namespace and scaler.target == workload.name:
            return scaler
    return None
