"""Rules of how a GKE cluster is kept: logs, patches, images, secrets."""

from policies.controls import ckv, gdpr, gke, nsa, pci, soc2
from policies.rule import Broken, rule
from policies.views.cluster import Cluster

CONTROL_PLANE = ("APISERVER", "SCHEDULER", "CONTROLLER_MANAGER")
SECRET_REFRESH_SECONDS = 300


@rule(
    "cluster-logging",
    Cluster,
    gke("5.7.1"),
    ckv("CKV_GCP_1"),
    nsa("logging"),
    soc2("CC7.2"),
    pci("10.2.1"),
    why="Without logs of the system and of workloads an attack on the cluster leaves no trace.",
    fix="Name SYSTEM_COMPONENTS and WORKLOADS in loggingConfig.enableComponents.",
)
def logs(cluster: Cluster) -> Broken:
    """The cluster's logs and those of its workloads reach Cloud Logging."""
    if cluster.logging_service == "none":
        yield "loggingService is none."
    for component in ("SYSTEM_COMPONENTS", "WORKLOADS"):
        if component not in cluster.logged_components:
            yield f"{component} are not logged."


@rule(
    "cluster-control-plane-logging",
    Cluster,
    gke("5.7.1"),
    nsa("logging"),
    soc2("CC7.2"),
    pci("10.2.1.2"),
    why="Who called the Kubernetes API, and what it decided, stands only in the control plane's own logs.",
    fix="Add APISERVER, SCHEDULER and CONTROLLER_MANAGER to loggingConfig.enableComponents.",
)
def control_plane_logs(cluster: Cluster) -> Broken:
    """The control plane's logs are kept."""
    if missing := [component for component in CONTROL_PLANE if component not in cluster.logged_components]:
        yield f"Not logged: {', '.join(missing)}."


@rule(
    "cluster-monitoring",
    Cluster,
    gke("5.7.1"),
    ckv("CKV_GCP_8"),
    soc2("CC7.2", "A1.1"),
    why="Nobody sees a failing node or a full disk without the system's metrics.",
    fix="Name SYSTEM_COMPONENTS in monitoringConfig.enableComponents.",
)
def monitoring(cluster: Cluster) -> Broken:
    """The cluster's metrics reach Cloud Monitoring."""
    if cluster.monitoring_service == "none" or "SYSTEM_COMPONENTS" not in cluster.monitored_components:
        yield "The system's metrics are not collected."


@rule(
    "cluster-managed-prometheus",
    Cluster,
    soc2("CC7.2"),
    why="Alerts of the platform ask Managed Prometheus: without it none of them can ever fire.",
    fix="Set monitoringConfig.managedPrometheus.enabled.",
)
def managed_prometheus(cluster: Cluster) -> Broken:
    """Managed Prometheus collects the services' own metrics."""
    if not cluster.has_managed_prometheus:
        yield "Managed Prometheus is off."


@rule(
    "cluster-image-admission",
    Cluster,
    gke("5.1.4"),
    ckv("CKV_GCP_66"),
    nsa("pod-security"),
    soc2("CC6.8", "CC8.1"),
    pci("6.5.1"),
    why="Whoever can create a pod could otherwise run any image of the internet.",
    fix="Set binaryAuthorization.evaluationMode to PROJECT_SINGLETON_POLICY_ENFORCE.",
)
def image_admission(cluster: Cluster) -> Broken:
    """Only images that Binary Authorization admits run."""
    if cluster.image_admission != "PROJECT_SINGLETON_POLICY_ENFORCE":
        yield f"Binary Authorization is {cluster.image_admission or 'off'}."


@rule(
    "cluster-release-channel",
    Cluster,
    gke("5.5.4"),
    ckv("CKV_GCP_70"),
    nsa("upgrading"),
    soc2("CC7.1"),
    pci("6.3.3"),
    why="Outside a channel a cluster stays on a version until it is no longer patched.",
    fix="Set releaseChannel.channel to REGULAR or STABLE.",
)
def release_channel(cluster: Cluster) -> Broken:
    """Google patches the cluster by a release channel."""
    if cluster.release_channel not in {"RAPID", "REGULAR", "STABLE", "EXTENDED"}:
        yield f"The release channel is {cluster.release_channel or 'not set'}."


@rule(
    "cluster-shielded-nodes",
    Cluster,
    gke("5.5.5"),
    ckv("CKV_GCP_71"),
    soc2("CC6.8"),
    why="Without it a machine that pretends to be a node may join the cluster.",
    fix="Leave enableShieldedNodes at true.",
)
def shielded_nodes(cluster: Cluster) -> Broken:
    """A node proves that it is one."""
    if not cluster.has_shielded_nodes:
        yield "Shielded nodes are off."


@rule(
    "cluster-inline-pools",
    Cluster,
    ckv("CKV_GCP_123"),
    soc2("CC8.1"),
    why="Changing an inline pool replaces the whole cluster.",
    fix="Declare pools as resources of their own, and set removeDefaultNodePool.",
)
def inline_pools(cluster: Cluster) -> Broken:
    """Node pools are resources of their own."""
    if cluster.has_inline_pools:
        yield "Node pools stand inside the cluster."
    if cluster.keeps_default_pool:
        yield "The default node pool is kept: it follows none of the rules of ours."


@rule(
    "cluster-alpha-features",
    Cluster,
    gke("5.10.2"),
    ckv("CKV2_GCP_19"),
    soc2("CC8.1"),
    why="An alpha cluster gets no patches and is deleted after 30 days.",
    fix="Set enableKubernetesAlpha to false.",
)
def alpha_features(cluster: Cluster) -> Broken:
    """No alpha features are on."""
    if cluster.has_alpha_features:
        yield "Alpha features are on."


@rule(
    "cluster-secrets-encryption",
    Cluster,
    gke("5.3.1"),
    nsa("secrets"),
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="Kubernetes secrets stand in etcd as they are unless a key of ours encrypts them.",
    fix="Set databaseEncryption.state to ENCRYPTED with a key of the data ring.",
)
def secrets_encryption(cluster: Cluster) -> Broken:
    """Kubernetes secrets are encrypted with a key of ours."""
    if cluster.secrets_encryption != "ENCRYPTED" or not cluster.secrets_key:
        yield f"Encryption of secrets is {cluster.secrets_encryption or 'not set'}."


@rule(
    "cluster-dashboard",
    Cluster,
    gke("5.10.1"),
    soc2("CC6.6"),
    pci("2.2.4"),
    why="The Kubernetes dashboard is a privileged website that nobody patches.",
    fix="Leave addonsConfig.kubernetesDashboard out.",
)
def dashboard(cluster: Cluster) -> Broken:
    """The Kubernetes dashboard is off."""
    if cluster.has_dashboard:
        yield "The Kubernetes dashboard is on."


@rule(
    "cluster-security-posture",
    Cluster,
    gke("5.10.5"),
    soc2("CC7.1"),
    pci("11.3.1"),
    why="The posture scan finds workloads and configurations that became known as vulnerable after their deployment.",
    fix="Set securityPostureConfig.mode to BASIC.",
)
def security_posture(cluster: Cluster) -> Broken:
    """Running workloads are scanned for known weaknesses."""
    if cluster.security_posture not in {"BASIC", "ENTERPRISE"}:
        yield f"The posture scan is {cluster.security_posture or 'not set'}."


@rule(
    "cluster-secret-files",
    Cluster,
    nsa("secrets"),
    soc2("CC6.1"),
    pci("8.6.3"),
    why="Secrets come from Secret Manager as files; without a refresh a rotated secret never reaches a running pod.",
    fix="Enable secretManagerConfig with a rotationInterval of at most 300s.",
)
def secret_files(cluster: Cluster) -> Broken:
    """Pods read secrets from Secret Manager and see a rotation within five minutes."""
    if not cluster.mounts_secrets:
        yield "The Secret Manager add-on is off."
        return
    refresh = cluster.secret_refresh_seconds
    if refresh is None or refresh > SECRET_REFRESH_SECONDS:
        yield "Rotated secrets do not reach running pods within 300 seconds."
