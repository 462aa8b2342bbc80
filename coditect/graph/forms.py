"""Which ids and outputs Google's provider computes, by resource type: what `plausible` fills in.

Ids follow the provider's documented import ids. In curly braces: a string input of the resource, or `name`, `project`,
`region`, `location`, `number`, `address`, `private_address`, `version`, `id`, `stand_in` (for a secret).
Outputs that merely echo inputs are not repeated here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from coditect.graph.values import Json, JsonObject

_COMPUTE = "https://www.googleapis.com/compute/v1/{id}"
_PEM = "-----BEGIN {kind}-----\nof {{id}}, not a real one\n-----END {kind}-----\n"
_PUBLIC_KEY = _PEM.format(kind="PUBLIC KEY")
_CERTIFICATE = _PEM.format(kind="CERTIFICATE")


@dataclass(frozen=True, kw_only=True)
class Form:
    """id and outputs: templates. secret: names of outputs that are secrets."""

    id: str
    outputs: JsonObject = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


def _global(collection: str, **outputs: Json) -> Form:
    return Form(id=f"projects/{{project}}/global/{collection}/{{name}}", outputs={"selfLink": _COMPUTE, **outputs})


def _regional(collection: str, **outputs: Json) -> Form:
    return Form(
        id=f"projects/{{project}}/regions/{{region}}/{collection}/{{name}}", outputs={"selfLink": _COMPUTE, **outputs}
    )


def _located(collection: str, own: str = "{name}", location: str = "{location}", /, **outputs: Json) -> Form:
    return Form(id=f"projects/{{project}}/locations/{location}/{collection}/{own}", outputs=outputs)


def _project(collection: str, own: str = "{name}", /, **outputs: Json) -> Form:
    return Form(id=f"projects/{{project}}/{collection}/{own}", outputs=outputs)


_ACCOUNT = "{accountId}@{project}.iam.gserviceaccount.com"

FORMS: Mapping[str, Form] = {
    "gcp:artifactregistry/repository:Repository": _located(
        "repositories",
        "{repositoryId}",
        name="{repositoryId}",
        registryUri="{location}-docker.pkg.dev/{project}/{repositoryId}",
    ),
    "gcp:billing/budget:Budget": Form(
        id="billingAccounts/{billingAccount}/budgets/{number}", outputs={"name": "{number}"}
    ),
    "gcp:certificatemanager/certificate:Certificate": _located("certificates", "{name}", "global"),
    "gcp:certificatemanager/certificateMap:CertificateMap": _located("certificateMaps", "{name}", "global"),
    "gcp:certificatemanager/certificateMapEntry:CertificateMapEntry": Form(
        id="projects/{project}/locations/global/certificateMaps/{map}/certificateMapEntries/{name}"
    ),
    "gcp:certificatemanager/dnsAuthorization:DnsAuthorization": _located(
        "dnsAuthorizations",
        "{name}",
        "global",
        dnsResourceRecords=[
            {
                "name": "_acme-challenge.{domain}.",
                "type": "CNAME",
                "data": "{number}.authorize.certificatemanager.goog.",
            }
        ],
    ),
    "gcp:compute/address:Address": _regional("addresses", address="{address}"),
    "gcp:compute/backendBucket:BackendBucket": _global("backendBuckets"),
    "gcp:compute/backendService:BackendService": _global("backendServices", generatedId="{number}"),
    "gcp:compute/firewall:Firewall": _global("firewalls"),
    "gcp:compute/globalAddress:GlobalAddress": _global("addresses", address="{address}"),
    "gcp:compute/globalForwardingRule:GlobalForwardingRule": _global("forwardingRules"),
    "gcp:compute/healthCheck:HealthCheck": _global("healthChecks"),
    "gcp:compute/network:Network": _global("networks", networkId="{number}"),
    "gcp:compute/router:Router": _regional("routers"),
    "gcp:compute/routerNat:RouterNat": Form(id="{project}/{region}/{router}/{name}"),
    "gcp:compute/securityPolicy:SecurityPolicy": _global("securityPolicies", fingerprint="{number}"),
    "gcp:compute/sSLPolicy:SSLPolicy": _global("sslPolicies", fingerprint="{number}"),
    "gcp:compute/subnetwork:Subnetwork": _regional("subnetworks"),
    "gcp:compute/targetHttpProxy:TargetHttpProxy": _global("targetHttpProxies"),
    "gcp:compute/targetHttpsProxy:TargetHttpsProxy": _global("targetHttpsProxies"),
    "gcp:compute/uRLMap:URLMap": _global("urlMaps", mapId="{number}", fingerprint="{number}"),
    "gcp:container/cluster:Cluster": _located(
        "clusters",
        endpoint="{private_address}",
        masterVersion="1.33.0-gke.0",
        masterAuth={"clusterCaCertificate": _CERTIFICATE},
        controlPlaneEndpointsConfig={"dnsEndpointConfig": {"endpoint": "gke-{number}.{location}.gke.goog"}},
        workloadIdentityConfig={"workloadPool": "{project}.svc.id.goog"},
    ),
    "gcp:container/nodePool:NodePool": _located("clusters", "{cluster}/nodePools/{name}"),
    "gcp:dns/managedZone:ManagedZone": _project(
        "managedZones",
        managedZoneId="{number}",
        nameServers=[f"ns-cloud-e{i}.googledomains.com." for i in (1, 2, 3, 4)],
    ),
    "gcp:dns/policy:Policy": _project("policies"),
    "gcp:dns/recordSet:RecordSet": _project("managedZones", "{managedZone}/rrsets/{name}/{type}"),
    "gcp:gkebackup/backupPlan:BackupPlan": _located("backupPlans", uid="{number}"),
    "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": _located(
        "workloadIdentityPools", "{workloadIdentityPoolId}", "global", name="{id}", state="ACTIVE"
    ),
    "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": _located(
        "workloadIdentityPools",
        "{workloadIdentityPoolId}/providers/{workloadIdentityPoolProviderId}",
        "global",
        name="{id}",
        state="ACTIVE",
    ),
    "gcp:identityplatform/config:Config": Form(
        id="projects/{project}/config",
        outputs={"name": "{id}", "client": {"apiKey": "{stand_in}"}},
        secret=frozenset({"client"}),
    ),
    "gcp:kms/cryptoKey:CryptoKey": Form(id="{keyRing}/cryptoKeys/{name}"),
    "gcp:kms/cryptoKeyVersion:CryptoKeyVersion": Form(
        id="{cryptoKey}/cryptoKeyVersions/{version}", outputs={"name": "{id}", "algorithm": "RSA_SIGN_PSS_4096_SHA256"}
    ),
    "gcp:kms/keyRing:KeyRing": _located("keyRings"),
    "gcp:logging/projectBucketConfig:ProjectBucketConfig": _located("buckets", "{bucketId}", name="{id}"),
    "gcp:logging/projectSink:ProjectSink": _project(
        "sinks", writerIdentity="serviceAccount:service-{number}@gcp-sa-logging.iam.gserviceaccount.com"
    ),
    "gcp:monitoring/alertPolicy:AlertPolicy": _project("alertPolicies", "{number}", name="{id}"),
    "gcp:monitoring/dashboard:Dashboard": _project("dashboards", "{number}"),
    "gcp:monitoring/notificationChannel:NotificationChannel": _project("notificationChannels", "{number}", name="{id}"),
    "gcp:monitoring/uptimeCheckConfig:UptimeCheckConfig": _project(
        "uptimeCheckConfigs", "{number}", name="{id}", uptimeCheckId="{number}"
    ),
    "gcp:projects/iAMCustomRole:IAMCustomRole": _project("roles", "{roleId}", name="{id}"),
    "gcp:projects/serviceIdentity:ServiceIdentity": Form(
        id="projects/{project}/services/{service}",
        outputs={
            "email": "service-agent-of-{service}@{project}.iam.gserviceaccount.com",
            "member": "serviceAccount:service-agent-of-{service}@{project}.iam.gserviceaccount.com",
        },
    ),
    "gcp:pubsub/topic:Topic": _project("topics"),
    "gcp:redis/instance:Instance": Form(
        id="projects/{project}/locations/{region}/instances/{name}",
        outputs={
            "host": "{private_address}",
            "port": 6378,
            "authString": "{stand_in}",
            "persistenceIamIdentity": "serviceAccount:exports-of-{name}@cloud-redis.iam.gserviceaccount.com",
            "serverCaCerts": [{"cert": _CERTIFICATE, "serialNumber": "{number}"}],
        },
        secret=frozenset({"authString"}),
    ),
    "gcp:secretmanager/secret:Secret": _project("secrets", "{secretId}", name="{id}"),
    "gcp:secretmanager/secretVersion:SecretVersion": Form(
        id="{secret}/versions/{version}", outputs={"name": "{id}", "version": "{version}"}
    ),
    "gcp:serviceaccount/account:Account": _project(
        "serviceAccounts",
        _ACCOUNT,
        name="{id}",
        email=_ACCOUNT,
        member=f"serviceAccount:{_ACCOUNT}",
        uniqueId="{number}",
    ),
    "gcp:servicenetworking/connection:Connection": Form(
        id="{network}:{service}", outputs={"peering": "servicenetworking-googleapis-com"}
    ),
    "gcp:sql/database:Database": _project("instances", "{instance}/databases/{name}"),
    "gcp:sql/databaseInstance:DatabaseInstance": Form(
        id="{name}",
        outputs={
            "connectionName": "{project}:{region}:{name}",
            "privateIpAddress": "{private_address}",
            "firstIpAddress": "{private_address}",
            "dnsName": "{number}.{region}.sql.goog.",
            "serviceAccountEmailAddress": "p-{number}@gcp-sa-cloud-sql.iam.gserviceaccount.com",
            "selfLink": "https://sqladmin.googleapis.com/sql/v1beta4/projects/{project}/instances/{name}",
            "serverCaCerts": [{"cert": _CERTIFICATE, "commonName": "Google Cloud SQL Server CA"}],
        },
    ),
    "gcp:sql/user:User": Form(id="{name}//{instance}"),
    "gcp:storage/bucket:Bucket": Form(
        id="{name}", outputs={"url": "gs://{name}", "selfLink": "https://www.googleapis.com/storage/v1/b/{name}"}
    ),
}

INVOKES: Mapping[str, Form] = {
    "gcp:kms/getKMSCryptoKeyVersion:getKMSCryptoKeyVersion": Form(
        id="",
        outputs={
            "id": "{cryptoKey}/cryptoKeyVersions/1",
            "name": "{cryptoKey}/cryptoKeyVersions/1",
            "cryptoKey": "{cryptoKey}",
            "version": 1,
            "state": "ENABLED",
            "algorithm": "RSA_SIGN_PSS_4096_SHA256",
            "protectionLevel": "HSM",
            "publicKeys": [
                {"algorithm": "RSA_SIGN_PSS_4096_SHA256", "pem": _PUBLIC_KEY.replace("{id}", "{cryptoKey}")}
            ],
        },
    ),
    "gcp:secretmanager/getSecretVersionAccess:getSecretVersionAccess": Form(
        id="",
        outputs={
            "id": "{secret}",
            "name": "{secret}",
            "secret": "{secret}",
            "version": "1",
            "secretData": "{stand_in}",
        },
        secret=frozenset({"secretData"}),
    ),
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": Form(
        id="",
        outputs={
            "id": "service-agent-of-storage@{project}.iam.gserviceaccount.com",
            "emailAddress": "service-agent-of-storage@{project}.iam.gserviceaccount.com",
            "project": "{project}",
        },
    ),
}
