"""Rules of node pools."""

from policies.controls import ckv, gdpr, gke, nsa, pci, soc2
from policies.rule import Broken, rule
from policies.views.cluster import NodePool

MOST_PIDS = 4096


@rule(
    "node-pool-repair",
    NodePool,
    gke("5.5.2"),
    ckv("CKV_GCP_9"),
    soc2("A1.2"),
    why="A node that fails its health checks stays in service until somebody notices.",
    fix="Set management.autoRepair.",
)
def repair(pool: NodePool) -> Broken:
    """A failing node is replaced by itself."""
    if not pool.is_repaired:
        yield "Nodes are not repaired."


@rule(
    "node-pool-upgrade",
    NodePool,
    gke("5.5.3"),
    ckv("CKV_GCP_10"),
    nsa("upgrading"),
    soc2("CC7.1"),
    pci("6.3.3"),
    why="Nodes that do not follow the control plane miss the kernel's and the kubelet's patches.",
    fix="Set management.autoUpgrade.",
)
def upgrade(pool: NodePool) -> Broken:
    """Nodes are patched by themselves."""
    if not pool.is_upgraded:
        yield "Nodes are not upgraded."


@rule(
    "node-pool-image",
    NodePool,
    gke("5.5.1"),
    ckv("CKV_GCP_22"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="Container-Optimized OS has no package manager and a read-only root: little to attack, and verified at boot.",
    fix="Set nodeConfig.imageType to COS_CONTAINERD.",
)
def image(pool: NodePool) -> Broken:
    """Nodes run Container-Optimized OS."""
    if pool.image_type != "COS_CONTAINERD":
        yield f"The image is {pool.image_type or 'not set'}."


@rule(
    "node-pool-secure-boot",
    NodePool,
    gke("5.5.7"),
    ckv("CKV_GCP_68"),
    soc2("CC6.8"),
    pci("11.5.2"),
    why="Without it a changed boot loader or kernel module starts unnoticed.",
    fix="Set nodeConfig.shieldedInstanceConfig.enableSecureBoot.",
)
def secure_boot(pool: NodePool) -> Broken:
    """Nodes start only signed code."""
    if not pool.boots_securely:
        yield "Secure boot is off."


@rule(
    "node-pool-integrity",
    NodePool,
    gke("5.5.6"),
    ckv("CKV_GCP_72"),
    soc2("CC7.1"),
    pci("11.5.2"),
    why="A node that started differently from its baseline should be seen.",
    fix="Set nodeConfig.shieldedInstanceConfig.enableIntegrityMonitoring.",
)
def integrity(pool: NodePool) -> Broken:
    """A changed start of a node is noticed."""
    if not pool.monitors_integrity:
        yield "Integrity monitoring is off."


@rule(
    "node-pool-metadata",
    NodePool,
    gke("5.4.1"),
    ckv("CKV_GCP_69"),
    soc2("CC6.1", "CC6.3"),
    pci("7.2.5"),
    why="A pod that reaches the machine's own metadata server takes the node's identity.",
    fix="Set nodeConfig.workloadMetadataConfig.mode to GKE_METADATA.",
)
def metadata(pool: NodePool) -> Broken:
    """Pods see their own identity, never the node's."""
    if pool.metadata_mode != "GKE_METADATA":
        yield f"The metadata mode is {pool.metadata_mode or 'not set'}."


@rule(
    "node-pool-legacy-metadata",
    NodePool,
    nsa("authentication"),
    soc2("CC6.1"),
    why="The old metadata endpoints answer without the header that keeps forged requests out.",
    fix="Set nodeConfig.metadata.disable-legacy-endpoints to 'true'.",
)
def legacy_metadata(pool: NodePool) -> Broken:
    """Old metadata endpoints are closed."""
    if not pool.disables_legacy_metadata:
        yield "Legacy metadata endpoints answer."


@rule(
    "node-pool-service-account",
    NodePool,
    gke("5.2.1"),
    soc2("CC6.3"),
    pci("7.2.5"),
    why="The default account of Compute Engine is an editor of the whole project.",
    fix="Set nodeConfig.serviceAccount to an account that has roles/container.defaultNodeServiceAccount alone.",
)
def service_account(pool: NodePool) -> Broken:
    """Nodes have an account of their own."""
    account = pool.service_account
    if account in {"", "default"} or account.endswith("-compute@developer.gserviceaccount.com"):
        yield f"Nodes act as {account or 'the default account'}."


@rule(
    "node-pool-disk-key",
    NodePool,
    gke("5.9.2"),
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="Only a key of ours can be taken away from a disk that must not be read any more.",
    fix="Set nodeConfig.bootDiskKmsKey to a key of the data ring.",
)
def disk_key(pool: NodePool) -> Broken:
    """Boot disks are encrypted with a key of ours."""
    if not pool.disk_key:
        yield "Boot disks have no key of ours."


@rule(
    "node-pool-kubelet-readonly-port",
    NodePool,
    nsa("authentication"),
    soc2("CC6.6"),
    pci("2.2.4"),
    why="The kubelet's read-only port shows every pod's specification without a sign-in.",
    fix="Set nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled to FALSE.",
)
def kubelet_readonly_port(pool: NodePool) -> Broken:
    """The kubelet's read-only port is closed."""
    if pool.readonly_kubelet_port.upper() != "FALSE":
        yield "The kubelet's read-only port is open."


@rule(
    "node-pool-pids",
    NodePool,
    nsa("pod-security"),
    soc2("A1.1"),
    why="One pod that forks without end takes its whole node with it.",
    fix=f"Set nodeConfig.kubeletConfig.podPidsLimit to 1024 to {MOST_PIDS}.",
)
def pids(pool: NodePool) -> Broken:
    """A pod cannot use up a node's processes."""
    limit = pool.pids_per_pod
    if limit is None or limit > MOST_PIDS:
        yield f"A pod may start {'any number of' if limit is None else limit} processes."


@rule(
    "node-pool-private",
    NodePool,
    gke("5.6.5"),
    ckv("CKV_GCP_25"),
    soc2("CC6.6"),
    pci("1.4.4"),
    why="A pool can overrule its cluster: its nodes would then stand in the internet.",
    fix="Set networkConfig.enablePrivateNodes.",
)
def private(pool: NodePool) -> Broken:
    """The pool's nodes have no public address."""
    if not pool.has_private_nodes:
        yield "Nodes of this pool have public addresses."
