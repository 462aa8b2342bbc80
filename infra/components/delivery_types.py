"""What the engine needs of Google's permissions for each type of resource, and which of those only people hold.

The deploying account's role is made of this table, so a type that is not in it cannot be deployed by it: a test asks
that of every stack. Permissions are those of the service's own page of Google's reference
(https://docs.cloud.google.com/iam/docs/roles-permissions, one page a service), chosen by the calls that the provider
makes for the type (https://github.com/hashicorp/terraform-provider-google). Where another page says more, it is named
beside the row.

Why people hold some of them: docs/adr/0017-who-deploys-what.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_READ = ("get", "list")
_WRITE = ("create", "update", "delete")


@dataclass(frozen=True, kw_only=True)
class Needs:
    """Permissions for one type of resource, as IAM names them: `service.resources.verb`.

    read: to refresh it. write: to create, change and delete it, and to refer to what it refers to.
    people: what creating, changing or deleting it takes as well, and the deploying account does not have.
    roles: predefined roles that the account needs on the resource itself, and has there alone.
    """

    read: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()

    @property
    def deployer(self) -> frozenset[str]:
        """What the deploying account holds for the type, in the whole project."""
        return frozenset(self.read + self.write)


def _each(resource: str, *verbs: str) -> tuple[str, ...]:
    return tuple(f"{resource}.{verb}" for verb in verbs)


def _managed(resource: str, *verbs: str, refers_to: tuple[str, ...] = (), people: tuple[str, ...] = ()) -> Needs:
    """A type that the account makes, changes and deletes. verbs: beside those; people: verbs that it does not have."""
    return Needs(
        read=_each(resource, *_READ),
        write=_each(resource, *(verb for verb in (*_WRITE, *verbs) if verb not in people)) + refers_to,
        people=_each(resource, *people),
    )


def _by_people(resource: str, *verbs: str, read: tuple[str, ...] = _READ) -> Needs:
    """A type that only people make, change or delete; verbs: how. The account reads it alone."""
    return Needs(read=_each(resource, *read), people=_each(resource, *(verbs or _WRITE)))


def _grant(resource: str) -> Needs:
    """A grant on such a resource. Who may set one policy may let itself, or anyone, in."""
    return _by_people(resource, "setIamPolicy", read=("getIamPolicy",))


_GLOBAL = ("compute.globalOperations.get", "compute.projects.get")
_REGIONAL = ("compute.regionOperations.get", "compute.projects.get", "compute.zones.get", "compute.zones.list")
_NODES = ("container.operations.get", "container.operations.list", *_each("compute.instanceGroupManagers", *_READ))

_WHO_MAY: Mapping[str, Needs] = {
    "gcp:artifactregistry/repositoryIamMember:RepositoryIamMember": _grant("artifactregistry.repositories"),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _by_people("iam.workloadIdentityPools"),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _by_people(
        "iam.workloadIdentityPoolProviders"
    ),
    # How customers sign in. https://docs.cloud.google.com/identity-platform/docs/access-control
    "gcp:identityplatform/config:Config": _by_people("firebaseauth.configs", "create", "update", read=("get",)),
    "gcp:identityplatform/defaultSupportedIdpConfig:DefaultSupportedIdpConfig": _by_people(
        "firebaseauth.configs", "create", "update", read=("get", "getSecret")
    ),
    "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": _grant("cloudkms.cryptoKeys"),
    "gcp:kms/keyRingIAMMember:KeyRingIAMMember": _grant("cloudkms.keyRings"),
    "gcp:projects/iAMCustomRole:IAMCustomRole": _by_people("iam.roles"),
    "gcp:projects/iAMMember:IAMMember": _grant("resourcemanager.projects"),
    "gcp:pubsub/topicIAMMember:TopicIAMMember": _grant("pubsub.topics"),
    "gcp:secretmanager/secretIamBinding:SecretIamBinding": _grant("secretmanager.secrets"),
    "gcp:serviceaccount/account:Account": _by_people("iam.serviceAccounts"),
    "gcp:serviceaccount/iAMMember:IAMMember": _grant("iam.serviceAccounts"),
    # Whoever makes a user of the database sets its password.
    "gcp:sql/user:User": _by_people("cloudsql.users"),
    "gcp:storage/bucketIAMMember:BucketIAMMember": _grant("storage.buckets"),
}

_WHAT_IS_WRITTEN: Mapping[str, Needs] = {
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": _by_people("logging.buckets"),
    "gcp:logging/projectExclusion:ProjectExclusion": _by_people("logging.exclusions"),
    "gcp:logging/projectSink:ProjectSink": _by_people("logging.sinks"),
    # Part of the project's policy.
    "gcp:projects/iAMAuditConfig:IAMAuditConfig": _grant("resourcemanager.projects"),
}

# Of what holds the only copy of something, deleting is for people.
_DATA: Mapping[str, Needs] = {
    "gcp:artifactregistry/repository:Repository": _managed("artifactregistry.repositories", people=("delete",)),
    "gcp:gkebackup/backupPlan:BackupPlan": _managed(
        "gkebackup.backupPlans", refers_to=("gkebackup.operations.get",), people=("delete",)
    ),
    # A ring is never deleted, a key by destroying its versions.
    "gcp:kms/cryptoKey:CryptoKey": Needs(
        read=_each("cloudkms.cryptoKeys", *_READ),
        write=_each("cloudkms.cryptoKeys", "create", "update"),
        people=("cloudkms.cryptoKeyVersions.destroy",),
    ),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": Needs(
        read=_each("cloudkms.cryptoKeyVersions", *_READ, "viewPublicKey"),
        write=_each("cloudkms.cryptoKeyVersions", "create", "update"),
        people=("cloudkms.cryptoKeyVersions.destroy",),
    ),
    "gcp:kms/keyRing:KeyRing": Needs(read=_each("cloudkms.keyRings", *_READ), write=("cloudkms.keyRings.create",)),
    "gcp:pubsub/topic:Topic": _managed("pubsub.topics"),
    "gcp:redis/instance:Instance": _managed(
        "redis.instances", "export", "getAuthString", "updateAuth", refers_to=("redis.operations.get",)
    ),
    "gcp:secretmanager/secret:Secret": _managed("secretmanager.secrets", people=("delete",)),
    # Only of the secrets that the program itself fills.
    "gcp:secretmanager/secretVersion:SecretVersion": Needs(
        read=_each("secretmanager.versions", *_READ),
        roles=("roles/secretmanager.secretAccessor", "roles/secretmanager.secretVersionManager"),
    ),
    "gcp:sql/database:Database": _managed("cloudsql.databases", people=("delete",)),
    "gcp:sql/databaseInstance:DatabaseInstance": _managed("cloudsql.instances", people=("delete",)),
    "gcp:storage/bucket:Bucket": _managed("storage.buckets", people=("delete",)),
}

_NETWORK: Mapping[str, Needs] = {
    "gcp:compute/address:Address": Needs(
        read=_each("compute.addresses", *_READ),
        write=(
            *_each("compute.addresses", "create", "createInternal", "delete", "deleteInternal", "setLabels"),
            *_REGIONAL,
        ),
    ),
    "gcp:compute/firewall:Firewall": _managed(
        "compute.firewalls", refers_to=("compute.networks.updatePolicy", *_GLOBAL)
    ),
    "gcp:compute/globalAddress:GlobalAddress": Needs(
        read=_each("compute.globalAddresses", *_READ),
        write=(
            *_each("compute.globalAddresses", "create", "createInternal", "delete", "deleteInternal", "setLabels"),
            "compute.networks.use",
            *_GLOBAL,
        ),
    ),
    # A network that has no default route had one, for a moment.
    "gcp:compute/network:Network": _managed(
        "compute.networks",
        "updatePolicy",
        refers_to=(*_each("compute.routes", *_READ, "create", "delete"), *_GLOBAL),
    ),
    "gcp:compute/router:Router": _managed("compute.routers", refers_to=("compute.networks.use", *_REGIONAL)),
    "gcp:compute/routerNat:RouterNat": Needs(
        read=("compute.routers.get",),
        write=(
            "compute.routers.update",
            "compute.routers.use",
            "compute.addresses.use",
            "compute.addresses.useInternal",
            "compute.subnetworks.use",
            *_REGIONAL,
        ),
    ),
    "gcp:compute/subnetwork:Subnetwork": _managed(
        "compute.subnetworks",
        "expandIpCidrRange",
        "setPrivateIpGoogleAccess",
        refers_to=("compute.networks.use", "compute.networks.updatePolicy", *_REGIONAL),
    ),
    "gcp:dns/managedZone:ManagedZone": _managed("dns.managedZones", refers_to=("dns.networks.bindPrivateDNSZone",)),
    # https://docs.cloud.google.com/dns/docs/access-control
    "gcp:dns/policy:Policy": _managed("dns.policies", refers_to=("dns.networks.bindPrivateDNSPolicy",)),
    "gcp:dns/recordSet:RecordSet": _managed("dns.resourceRecordSets", refers_to=_each("dns.changes", *_READ, "create")),
    # https://docs.cloud.google.com/vpc/docs/configure-private-services-access
    "gcp:servicenetworking/connection:Connection": Needs(
        read=("servicenetworking.services.get",),
        write=(
            *_each("servicenetworking.services", "addPeering", "deleteConnection"),
            "servicenetworking.operations.get",
            *_each("compute.networks", "addPeering", "removePeering", "updatePeering", "use"),
        ),
    ),
}

_EDGE: Mapping[str, Needs] = {
    "gcp:certificatemanager/certificate:Certificate": _managed(
        "certificatemanager.certs",
        refers_to=("certificatemanager.dnsauthorizations.use", "certificatemanager.operations.get"),
    ),
    "gcp:certificatemanager/certificateMap:CertificateMap": _managed(
        "certificatemanager.certmaps", refers_to=("certificatemanager.operations.get",)
    ),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": _managed(
        "certificatemanager.certmapentries",
        refers_to=(
            "certificatemanager.certmaps.use",
            "certificatemanager.certs.use",
            "certificatemanager.operations.get",
        ),
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": _managed(
        "certificatemanager.dnsauthorizations", refers_to=("certificatemanager.operations.get",)
    ),
    "gcp:compute/backendBucket:BackendBucket": _managed(
        "compute.backendBuckets", "setSecurityPolicy", refers_to=("compute.securityPolicies.use", *_GLOBAL)
    ),
    "gcp:compute/backendService:BackendService": _managed(
        "compute.backendServices",
        "setSecurityPolicy",
        refers_to=(
            "compute.healthChecks.use",
            "compute.healthChecks.useReadOnly",
            *_each("compute.networkEndpointGroups", *_READ, "use"),
            "compute.securityPolicies.use",
            *_GLOBAL,
        ),
    ),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _managed(
        "compute.globalForwardingRules",
        "setLabels",
        "setTarget",
        refers_to=(
            "compute.globalAddresses.use",
            "compute.targetHttpProxies.use",
            "compute.targetHttpsProxies.use",
            *_GLOBAL,
        ),
    ),
    "gcp:compute/healthCheck:HealthCheck": _managed("compute.healthChecks", refers_to=_GLOBAL),
    "gcp:compute/sSLPolicy:SSLPolicy": _managed("compute.sslPolicies", refers_to=_GLOBAL),
    "gcp:compute/securityPolicy:SecurityPolicy": _managed("compute.securityPolicies", "setLabels", refers_to=_GLOBAL),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": _managed(
        "compute.targetHttpProxies", "setUrlMap", refers_to=("compute.urlMaps.use", *_GLOBAL)
    ),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": _managed(
        "compute.targetHttpsProxies",
        "setCertificateMap",
        "setQuicOverride",
        "setSslPolicy",
        "setUrlMap",
        refers_to=("certificatemanager.certmaps.use", "compute.sslPolicies.use", "compute.urlMaps.use", *_GLOBAL),
    ),
    "gcp:compute/uRLMap:URLMap": _managed(
        "compute.urlMaps", "validate", refers_to=("compute.backendServices.use", *_GLOBAL)
    ),
}

_REST: Mapping[str, Needs] = {
    # The project always has one. Keeping it from the account would keep nothing: who changes a cluster may also turn
    # the enforcement off there.
    "gcp:binaryauthorization/policy:Policy": Needs(
        read=("binaryauthorization.policy.get",), write=("binaryauthorization.policy.update",)
    ),
    # On the billing account, which no role of the project reaches:
    # https://docs.cloud.google.com/billing/docs/how-to/budget-api-access-control
    "gcp:billing/budget:Budget": Needs(people=_each("billing.budgets", *_READ, *_WRITE)),
    "gcp:container/cluster:Cluster": _managed("container.clusters", refers_to=_NODES),
    "gcp:container/nodePool:NodePool": Needs(
        read=("container.clusters.get",), write=("container.clusters.update", *_NODES)
    ),
    "gcp:logging/metric:Metric": _managed("logging.logMetrics"),
    "gcp:monitoring/alertPolicy:AlertPolicy": _managed("monitoring.alertPolicies"),
    "gcp:monitoring/dashboard:Dashboard": _managed("monitoring.dashboards"),
    "gcp:monitoring/notificationChannel:NotificationChannel": _managed("monitoring.notificationChannels"),
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": _managed("monitoring.uptimeCheckConfigs"),
    # Never disabled: that would delete what the service made.
    "gcp:projects/service:Service": Needs(
        read=_each("serviceusage.services", *_READ),
        write=("serviceusage.services.enable", "serviceusage.operations.get"),
    ),
    # https://docs.cloud.google.com/iam/docs/create-service-agents
    "gcp:projects/serviceIdentity:ServiceIdentity": Needs(
        read=("serviceusage.services.get",), write=("serviceusage.services.enable", "serviceusage.operations.get")
    ),
    # The program bills its calls to the project, and asks who the project's storage agent is.
    "pulumi:providers:gcp": Needs(read=("resourcemanager.projects.get", "serviceusage.services.use")),
    # https://docs.cloud.google.com/kubernetes-engine/docs/concepts/network-isolation (DNS-based endpoint)
    "pulumi:providers:kubernetes": Needs(
        read=_each("container.clusters", "connect", "get", "getCredentials"),
    ),
}

GOOGLE_NEEDS: Mapping[str, Needs] = {**_WHO_MAY, **_WHAT_IS_WRITTEN, **_DATA, **_NETWORK, **_EDGE, **_REST}
