"""Resource types that the rules speak about, and what several rules read of them."""

from collections.abc import Iterator

from coditect.graph.values import Json, JsonObject, items, leaves, members

ACCOUNT = "gcp:serviceaccount/account:Account"
API = "gcp:projects/service:Service"
AGENT = "gcp:projects/serviceIdentity:ServiceIdentity"
BACKEND_SERVICE = "gcp:compute/backendService:BackendService"
BACKUP_PLAN = "gcp:gkebackup/backupPlan:BackupPlan"
BUCKET = "gcp:storage/bucket:Bucket"
CERTIFICATE = "gcp:certificatemanager/certificate:Certificate"
CERTIFICATE_MAP = "gcp:certificatemanager/certificateMap:CertificateMap"
CLUSTER = "gcp:container/cluster:Cluster"
CONNECTION = "gcp:servicenetworking/connection:Connection"
CUSTOM_ROLE = "gcp:projects/iAMCustomRole:IAMCustomRole"
DNS_AUTHORIZATION = "gcp:certificatemanager/dnsAuthorization:DnsAuthorization"
FIREWALL = "gcp:compute/firewall:Firewall"
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
IDENTITY_POOL = "gcp:iam/workloadIdentityPool:WorkloadIdentityPool"
IDENTITY_PROVIDER = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
KEY = "gcp:kms/cryptoKey:CryptoKey"
KEY_GRANT = "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember"
KEY_RING = "gcp:kms/keyRing:KeyRing"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"
NETWORK = "gcp:compute/network:Network"
NODE_POOL = "gcp:container/nodePool:NodePool"
PROJECT_GRANT = "gcp:projects/iAMMember:IAMMember"
RECORD = "gcp:dns/recordSet:RecordSet"
REDIS = "gcp:redis/instance:Instance"
REPOSITORY = "gcp:artifactregistry/repository:Repository"
ROUTER = "gcp:compute/router:Router"
NAT = "gcp:compute/routerNat:RouterNat"
SECRET = "gcp:secretmanager/secret:Secret"  # noqa: S105 - the name of a type
SECRET_VERSION = "gcp:secretmanager/secretVersion:SecretVersion"  # noqa: S105 - the name of a type
SECURITY_POLICY = "gcp:compute/securityPolicy:SecurityPolicy"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
TOPIC = "gcp:pubsub/topic:Topic"
ZONE = "gcp:dns/managedZone:ManagedZone"

NAMESPACE = "kubernetes:core/v1:Namespace"
SERVICE = "kubernetes:core/v1:Service"
STORAGE_CLASS = "kubernetes:storage.k8s.io/v1:StorageClass"
SECRET_CLASS = "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"  # noqa: S105 - the name of a type

_GRANT_ENDINGS = ("IAMMember", "IamMember", "IAMBinding", "IamBinding")


def is_grant(type_: str) -> bool:
    """Whether a type lets members in: one member, or all of a role."""
    return type_.startswith("gcp:") and type_.endswith(_GRANT_ENDINGS)


def granted(inputs: JsonObject) -> tuple[str, ...]:
    """The members that a grant lets in."""
    one = inputs.get("member")
    many = (member for member in items(inputs, "members") if isinstance(member, str))
    return (one,) if isinstance(one, str) else tuple(many)


def objects(value: Json, *keys: str | int) -> list[JsonObject]:
    """The objects of a list at those keys."""
    return [member for member in items(value, *keys) if isinstance(member, dict)]


def strings(value: Json) -> Iterator[str]:
    """Every string in a value, however deep."""
    for _, leaf in leaves(value):
        if isinstance(leaf, str):
            yield leaf


def pod_of(inputs: JsonObject) -> JsonObject:
    """The pod's specification in a workload of Kubernetes; empty where it is none."""
    job = members(inputs, "spec", "jobTemplate", "spec", "template", "spec")
    return job or members(inputs, "spec", "template", "spec")
