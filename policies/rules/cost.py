"""Rules of spending that need no prices: what grows without end, and what nobody can be charged for."""

from policies.controls import ckv, cost
from policies.resource import Stack, Whole
from policies.rule import ADVISORY, Broken, relation, rule
from policies.views.cluster import Cluster, NodePool
from policies.views.edge import BackendService
from policies.views.labelled import Labelled
from policies.views.namespace import Autoscaler
from policies.views.network import Subnet
from policies.views.observability import LogBucket, LogExclusion
from policies.views.sql import SqlInstance
from policies.views.stores import Bucket, Repository

LABELS = ("stack", "component")
MOST_NODES_A_ZONE = 10
MOST_PODS = 50
MOST_DISK_GIB = 2000
MOST_LOG_DAYS = 30
MOST_FLOW_SAMPLES = 0.5


@rule(
    "cluster-labels",
    Cluster,
    ckv("CKV_GCP_21"),
    cost("allocation"),
    why="A bill of one line for the whole cluster cannot be acted on.",
    fix="Set resourceLabels with stack and component.",
)
def cluster_labels(cluster: Cluster) -> Broken:
    """The cluster's spending can be told from others'."""
    if missing := [label for label in LABELS if label not in cluster.labels]:
        yield f"Labels missing: {', '.join(missing)}."


@rule(
    "cost-labels",
    Labelled,
    cost("allocation"),
    why="What bears no label falls into the bill's last row, for which nobody answers.",
    fix="Give it the component's labels: stack and component.",
)
def cost_labels(labelled: Labelled) -> Broken:
    """Whatever costs money bears its stack and component."""
    if missing := [label for label in LABELS if label not in labelled.labels]:
        yield f"Labels missing: {', '.join(missing)}."


@rule(
    "cluster-cost-allocation",
    Cluster,
    cost("allocation"),
    why="Without it the bill shows nodes, not the namespaces that fill them.",
    fix="Set costManagementConfig.enabled.",
)
def cluster_cost_allocation(cluster: Cluster) -> Broken:
    """The bill shows namespaces."""
    if not cluster.counts_costs:
        yield "GKE cost allocation is off."


@rule(
    "node-pool-ceiling",
    NodePool,
    cost("ceilings"),
    why="A loop that makes pods would buy nodes until the quota ends.",
    fix=f"Set autoscaling.maxNodeCount to at most {MOST_NODES_A_ZONE} a zone.",
)
def node_pool_ceiling(pool: NodePool) -> Broken:
    """Nodes have a ceiling."""
    ceiling = pool.ceiling
    if ceiling is None or ceiling > MOST_NODES_A_ZONE:
        yield f"The pool may grow to {'any size' if ceiling is None else f'{ceiling} nodes a zone'}."


@rule(
    "autoscaler-ceiling",
    Autoscaler,
    cost("ceilings"),
    why="A service under attack should slow down before it buys the region.",
    fix=f"Set maxReplicas to at most {MOST_PODS}.",
)
def autoscaler_ceiling(scaler: Autoscaler) -> Broken:
    """Pods have a ceiling."""
    ceiling = scaler.ceiling
    if ceiling is None or ceiling > MOST_PODS:
        yield f"There may be {'any number of' if ceiling is None else ceiling} pods."


@rule(
    "sql-disk-ceiling",
    SqlInstance,
    cost("ceilings"),
    why="A disk that grew cannot shrink: a runaway table is paid for as long as the instance lives.",
    fix=f"Set settings.diskAutoresizeLimit to at most {MOST_DISK_GIB} GiB.",
)
def sql_disk_ceiling(instance: SqlInstance) -> Broken:
    """The database's disk has a ceiling."""
    if not instance.grows:
        return
    ceiling = instance.disk_ceiling_gib
    if not ceiling or ceiling > MOST_DISK_GIB:
        yield f"The disk may grow {f'to {ceiling} GiB' if ceiling else 'without end'}."


@rule(
    "node-pool-spot",
    NodePool,
    cost("spot"),
    only_in=("dev",),
    severity=ADVISORY,
    why="Nobody is woken when a development node goes, and it costs a third.",
    fix="Set nodeConfig.spot.",
)
def node_pool_spot(pool: NodePool) -> Broken:
    """Development runs on spot nodes."""
    if not pool.is_spot:
        yield "Nodes are paid in full."


@relation(
    "logs-without-probes",
    Whole,
    cost("logs"),
    severity=ADVISORY,
    why="Health checks are most of a quiet platform's requests, and logs are paid by the GiB.",
    fix="Declare an exclusion for successful requests of GoogleHC and kube-probe.",
)
def logs_without_probes(_: Whole, stack: Stack) -> Broken:
    """Successful health checks are not kept."""
    if not any("GoogleHC" in exclusion.filter for exclusion in stack.of(LogExclusion)):
        yield "Successful health checks are kept."


@rule(
    "log-retention",
    LogBucket,
    cost("logs"),
    why="Logs beyond 30 days are paid every month, and personal data in them grows old.",
    fix=f"Set retentionDays of _Default to at most {MOST_LOG_DAYS}.",
)
def log_retention(bucket: LogBucket) -> Broken:
    """Logs that are no audit logs end after a month."""
    if bucket.id == "_Default" and bucket.kept_days > MOST_LOG_DAYS:
        yield f"Logs are kept for {bucket.kept_days:g} days."


@rule(
    "flow-log-sampling",
    Subnet,
    cost("logs"),
    severity=ADVISORY,
    why="Flow logs are the largest of all: half of the flows show the same picture for half the money.",
    fix=f"Set logConfig.flowSampling to at most {MOST_FLOW_SAMPLES}.",
)
def flow_log_sampling(subnet: Subnet) -> Broken:
    """Flow logs are sampled."""
    if subnet.logs_flows and subnet.flow_sampling > MOST_FLOW_SAMPLES:
        yield f"{subnet.flow_sampling:.0%} of the flows are logged."


@rule(
    "bucket-lifecycle",
    Bucket,
    cost("storage"),
    why="A bucket of backups without an end grows by its own size every day.",
    fix="Add a lifecycle rule that deletes by age.",
)
def bucket_lifecycle(bucket: Bucket) -> Broken:
    """Objects end by age."""
    if not any(rule.action == "Delete" and rule.age is not None for rule in bucket.lifecycle):
        yield "Objects are kept for ever."


@rule(
    "registry-cleanup",
    Repository,
    cost("storage"),
    why="Every build leaves an image of hundreds of MiB.",
    fix="Add a cleanup policy that deletes untagged images, and set cleanupPolicyDryRun to false.",
)
def registry_cleanup(repository: Repository) -> Broken:
    """Images that nobody uses are deleted."""
    if not repository.deletes_old_images:
        yield "Images are kept for ever."


@relation(
    "static-files-cached",
    Whole,
    cost("egress"),
    severity=ADVISORY,
    why="Files that never change are served from the edge for less, and without a pod.",
    fix="Set enableCdn on the backends of static files.",
)
def static_files_cached(_: Whole, stack: Stack) -> Broken:
    """Static files come from the cache of the edge."""
    for backend in stack.of(BackendService):
        if backend.name.endswith("-static") and not backend.is_cached:
            yield f"{backend.name} is not cached."
