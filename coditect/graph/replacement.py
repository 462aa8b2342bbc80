"""What cannot be changed in place, and what would be lost: by resource type, as the providers document it."""

from collections.abc import Mapping
from dataclasses import dataclass

from coditect.graph.values import Json, first_key

_GOOGLE_COMMON = frozenset({"name", "project", "location", "region", "zone"})

# Google: properties documented as "Changing this forces a new resource to be created", beside the common ones.
_GOOGLE: Mapping[str, frozenset[str]] = {
    "gcp:artifactregistry/repository:Repository": frozenset({"repositoryId", "format", "kmsKeyName", "mode"}),
    "gcp:certificatemanager/certificate:Certificate": frozenset({"managed", "scope"}),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": frozenset({"map", "hostname", "matcher"}),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": frozenset({"domain", "type"}),
    "gcp:compute/address:Address": frozenset({"address", "addressType", "subnetwork", "networkTier", "purpose"}),
    "gcp:compute/backendService:BackendService": frozenset({"loadBalancingScheme"}),
    "gcp:compute/firewall:Firewall": frozenset({"network", "direction"}),
    "gcp:compute/globalAddress:GlobalAddress": frozenset(
        {"address", "addressType", "ipVersion", "network", "prefixLength", "purpose"}
    ),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": frozenset(
        {"ipAddress", "ipProtocol", "ipVersion", "loadBalancingScheme", "network", "portRange"}
    ),
    "gcp:compute/network:Network": frozenset({"autoCreateSubnetworks", "mtu"}),
    "gcp:compute/router:Router": frozenset({"network"}),
    "gcp:compute/routerNat:RouterNat": frozenset({"router"}),
    "gcp:compute/securityPolicy:SecurityPolicy": frozenset({"type"}),
    "gcp:compute/subnetwork:Subnetwork": frozenset({"network", "purpose"}),
    "gcp:container/cluster:Cluster": frozenset(
        {
            "clusterIpv4Cidr",
            "datapathProvider",
            "defaultMaxPodsPerNode",
            "initialNodeCount",
            "ipAllocationPolicy",
            "network",
            "networkingMode",
            "subnetwork",
        }
    ),
    "gcp:container/nodePool:NodePool": frozenset({"cluster", "maxPodsPerNode", "placementPolicy"}),
    "gcp:dns/managedZone:ManagedZone": frozenset({"dnsName", "visibility"}),
    "gcp:dns/recordSet:RecordSet": frozenset({"managedZone", "type"}),
    "gcp:gkebackup/backupPlan:BackupPlan": frozenset({"cluster"}),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": frozenset({"workloadIdentityPoolId"}),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": frozenset(
        {"workloadIdentityPoolId", "workloadIdentityPoolProviderId"}
    ),
    "gcp:kms/cryptoKey:CryptoKey": frozenset(
        {"destroyScheduledDuration", "importOnly", "keyRing", "purpose", "skipInitialVersionCreation"}
    ),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": frozenset({"cryptoKey"}),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": frozenset({"bucketId"}),
    "gcp:projects/service:Service": frozenset({"service"}),
    "gcp:projects/serviceIdentity:ServiceIdentity": frozenset({"service"}),
    "gcp:redis/instance:Instance": frozenset(
        {
            "authorizedNetwork",
            "connectMode",
            "customerManagedKey",
            "locationId",
            "reservedIpRange",
            "tier",
            "transitEncryptionMode",
        }
    ),
    "gcp:secretmanager/secret:Secret": frozenset({"replication", "secretId"}),
    "gcp:secretmanager/secretVersion:SecretVersion": frozenset({"secret", "secretData"}),
    "gcp:serviceaccount/account:Account": frozenset({"accountId"}),
    "gcp:servicenetworking/connection:Connection": frozenset({"network", "service"}),
    "gcp:sql/database:Database": frozenset({"instance"}),
    "gcp:sql/databaseInstance:DatabaseInstance": frozenset({"encryptionKeyName", "masterInstanceName"}),
    "gcp:sql/user:User": frozenset({"instance", "host"}),
    "gcp:storage/bucket:Bucket": frozenset({"customPlacementConfig", "enableObjectRetention"}),
}

# Grants are a member, a role and what they are on: another of them is another grant.
_GRANT_SUFFIXES = ("IAMMember", "IamMember", "IAMBinding", "IamBinding")

# Kubernetes: fields its API server refuses to change, which the provider answers with a replacement.
_KUBERNETES_COMMON = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
_KUBERNETES: Mapping[str, frozenset[str]] = {
    "kubernetes:apps/v1:Deployment": frozenset({"spec.selector"}),
    "kubernetes:apps/v1:StatefulSet": frozenset(
        {"spec.podManagementPolicy", "spec.selector", "spec.serviceName", "spec.volumeClaimTemplates"}
    ),
    "kubernetes:batch/v1:Job": frozenset({"spec.completions", "spec.parallelism", "spec.selector", "spec.template"}),
    "kubernetes:core/v1:Service": frozenset({"spec.clusterIP"}),
    "kubernetes:core/v1:PersistentVolumeClaim": frozenset({"spec.accessModes", "spec.storageClassName"}),
    "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": frozenset({"roleRef"}),
    "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": frozenset({"roleRef"}),
    "kubernetes:storage.k8s.io/v1:StorageClass": frozenset({"parameters", "provisioner", "reclaimPolicy"}),
}


@dataclass(frozen=True)
class Holding:
    """What a type of resource keeps. consequence: what its loss means, as a sentence."""

    what: str
    consequence: str


HOLDINGS: Mapping[str, Holding] = {
    "gcp:artifactregistry/repository:Repository": Holding(
        "images", "Every released image is gone: pods that restart cannot pull, and no release can be rolled back."
    ),
    "gcp:compute/disk:Disk": Holding("a disk", "The disk and what is on it are deleted."),
    "gcp:compute/globalAddress:GlobalAddress": Holding(
        "an address", "The address is given back: DNS points at nothing until every resolver has the new one."
    ),
    "gcp:compute/regionDisk:RegionDisk": Holding("a disk", "The disk and what is on it are deleted, in both zones."),
    "gcp:container/cluster:Cluster": Holding(
        "the cluster", "Everything that runs stops, and volumes in the cluster are lost unless restored from a backup."
    ),
    "gcp:dns/managedZone:ManagedZone": Holding(
        "a DNS zone", "The domain gets other name servers: it does not resolve until the registrar is told."
    ),
    "gcp:gkebackup/backupPlan:BackupPlan": Holding(
        "backups", "The backups it made are deleted with it, and no more are made."
    ),
    "gcp:kms/cryptoKey:CryptoKey": Holding(
        "a key", "What it encrypted cannot be read again, and what it signed cannot be verified by a new key."
    ),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": Holding(
        "a key version", "Leases it signed no longer verify once its destruction is carried out."
    ),
    "gcp:kms/keyRing:KeyRing": Holding("a key ring", "Key rings are never deleted: a new one needs another name."),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": Holding("logs", "The audit trail kept so far is deleted."),
    "gcp:redis/instance:Instance": Holding(
        "the cache", "Sessions and seats in memory are lost; seats are rebuilt from the database before any is given."
    ),
    "gcp:secretmanager/secret:Secret": Holding(
        "secret values", "All versions of the secret are deleted; its readers cannot start until it is written again."
    ),
    "gcp:secretmanager/secretVersion:SecretVersion": Holding(
        "a secret value", "That value of the secret is destroyed: who still reads this version cannot start."
    ),
    "gcp:sql/database:Database": Holding("a database", "All its tables are dropped."),
    "gcp:sql/databaseInstance:DatabaseInstance": Holding(
        "the databases", "All databases, users and automatic backups are deleted; only exports survive."
    ),
    "gcp:storage/bucket:Bucket": Holding("files", "Every object in the bucket is deleted, backups among them."),
    "kubernetes:apps/v1:StatefulSet": Holding(
        "volumes", "Its pods stop, and new ones start on new volumes: workspaces and stores begin empty."
    ),
    "kubernetes:core/v1:Namespace": Holding("a namespace", "Everything in the namespace is deleted with it."),
    "kubernetes:core/v1:PersistentVolume": Holding(
        "a volume", "The volume is released, and deleted with what is on it."
    ),
    "kubernetes:core/v1:PersistentVolumeClaim": Holding("a volume", "The volume and what is on it are deleted."),
}


# Sizes that only grow. The provider makes anew what would shrink: its `ForceNewIfChange` with `IsDiskShrinkage`.
_ONLY_GROWS: frozenset[tuple[str, str]] = frozenset(
    {
        ("gcp:compute/disk:Disk", "size"),
        ("gcp:compute/regionDisk:RegionDisk", "size"),
        ("gcp:sql/databaseInstance:DatabaseInstance", "settings.diskSize"),
    }
)


def shrinks(type_: str, path: str, before: Json, after: Json) -> bool:
    """Whether something that can only grow would become smaller, which means making it anew."""
    if (type_, path) not in _ONLY_GROWS:
        return False
    return isinstance(before, int | float) and isinstance(after, int | float) and after < before


def forces_replacement(type_: str, path: str) -> bool:
    """Whether another value at that path means deleting the resource and making another."""
    if type_.startswith("kubernetes:"):
        paths = _KUBERNETES_COMMON | _KUBERNETES.get(type_, frozenset())
        return any(path == p or path.startswith((f"{p}.", f"{p}[")) for p in paths)
    if type_.startswith("gcp:"):
        if type_.endswith(_GRANT_SUFFIXES):
            return first_key(path) != "members"
        properties = _GOOGLE.get(type_, frozenset()) | _GOOGLE_COMMON
        return first_key(path) in properties
    return False
