"""Types that cost nothing, each with why, and types that cost something nobody found a price for."""

from collections.abc import Callable, Iterator, Mapping

from coditect.cost.estimate import Free, Gap, Pricing, Unpriced
from coditect.graph.model import Graph, Node

_FREE: Mapping[str, tuple[str, ...]] = {
    "Access rules and identities cost nothing.": (
        "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember",
        "gcp:iam/workloadIdentityPool:WorkloadIdentityPool",
        "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider",
        "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember",
        "gcp:kms/keyRingIAMMember:KeyRingIAMMember",
        "gcp:projects/iAMCustomRole:IAMCustomRole",
        "gcp:projects/iAMMember:IAMMember",
        "gcp:projects/serviceIdentity:ServiceIdentity",
        "gcp:pubsub/topicIAMMember:TopicIAMMember",
        "gcp:secretmanager/secretIamBinding:SecretIamBinding",
        "gcp:serviceaccount/account:Account",
        "gcp:serviceaccount/iAMMember:IAMMember",
        "gcp:storage/bucketIAMMember:BucketIAMMember",
    ),
    "Switching a Google API on costs nothing; its use does.": ("gcp:projects/service:Service",),
    "The logs it causes are among the logs of the usage file.": ("gcp:projects/iAMAuditConfig:IAMAuditConfig",),
    "A key ring only holds keys.": ("gcp:kms/keyRing:KeyRing",),
    "Networks, firewalls and routers cost nothing; addresses, NAT and traffic do.": (
        "gcp:compute/firewall:Firewall",
        "gcp:compute/network:Network",
        "gcp:compute/router:Router",
        "gcp:dns/policy:Policy",
        "gcp:servicenetworking/connection:Connection",
    ),
    "Part of the load balancer, paid through forwarding rules and data.": (
        "gcp:compute/backendBucket:BackendBucket",
        "gcp:compute/healthCheck:HealthCheck",
        "gcp:compute/sSLPolicy:SSLPolicy",
        "gcp:compute/targetHttpProxy:TargetHttpProxy",
        "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
        "gcp:compute/uRLMap:URLMap",
    ),
    "The first hundred certificates cost nothing (from memory).": (
        "gcp:certificatemanager/certificate:Certificate",
        "gcp:certificatemanager/certificateMap:CertificateMap",
        "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry",
        "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
    ),
    "Paid with its zone.": ("gcp:dns/recordSet:RecordSet",),
    "Part of the instance it stands in.": ("gcp:sql/database:Database", "gcp:sql/user:User"),
    "Counted with the users who sign in.": (
        "gcp:identityplatform/defaultSupportedIdpConfig:DefaultSupportedIdpConfig",
    ),
    "Routing logs costs nothing; keeping them does.": (
        "gcp:logging/projectExclusion:ProjectExclusion",
        "gcp:logging/projectSink:ProjectSink",
    ),
    "Dashboards, channels and budgets cost nothing.": (
        "gcp:billing/budget:Budget",
        "gcp:monitoring/dashboard:Dashboard",
        "gcp:monitoring/notificationChannel:NotificationChannel",
    ),
    "It runs on nodes that are priced.": (
        "kubernetes:apps/v1:DaemonSet",
        "kubernetes:apps/v1:Deployment",
        "kubernetes:batch/v1:CronJob",
        "kubernetes:batch/v1:Job",
        "kubernetes:helm.sh/v3:Release",
    ),
    "A Kubernetes object that only configures.": (
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        "kubernetes:core/v1:ConfigMap",
        "kubernetes:core/v1:LimitRange",
        "kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:ResourceQuota",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "kubernetes:policy/v1:PodDisruptionBudget",
        "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
        "kubernetes:storage.k8s.io/v1:StorageClass",
    ),
    "Unpriced once, with the cluster that enables it.": (
        "kubernetes:monitoring.googleapis.com/v1:PodMonitoring",
        "kubernetes:networking.gke.io/v1alpha1:FQDNNetworkPolicy",
    ),
    "Pulumi's own, nothing in the cloud.": ("pulumi:providers:gcp", "pulumi:providers:kubernetes"),
}

_UNPRICED: Mapping[str, Unpriced] = {
    "gcp:binaryauthorization/policy:Policy": Unpriced.BINARY_AUTHORIZATION,
    "gcp:gkebackup/backupPlan:BackupPlan": Unpriced.BACKUPS,
    "gcp:logging/metric:Metric": Unpriced.LOG_METRICS,
    "gcp:monitoring/alertPolicy:AlertPolicy": Unpriced.ALERTS,
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": Unpriced.UPTIME_CHECKS,
    "gcp:pubsub/topic:Topic": Unpriced.MESSAGES,
}


def _free(why: str) -> Callable[[Node, Graph, Pricing], Iterator[Free]]:
    def estimator(_node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Free]:
        yield Free(why=why)

    return estimator


def _unpriced(kind: Unpriced) -> Callable[[Node, Graph, Pricing], Iterator[Gap]]:
    def estimator(_node: Node, _graph: Graph, _pricing: Pricing) -> Iterator[Gap]:
        yield kind.gap()

    return estimator


ESTIMATORS: Mapping[str, Callable[[Node, Graph, Pricing], Iterator[Free] | Iterator[Gap]]] = {
    **{type_: _free(why) for why, types in _FREE.items() for type_ in types},
    **{type_: _unpriced(kind) for type_, kind in _UNPRICED.items()},
}
