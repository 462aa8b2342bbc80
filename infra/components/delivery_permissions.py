"""What the deploying account may do, permission by permission.

No predefined role is narrow enough: those that can create what the program creates also read data, sign with keys, or
open a shell in a pod (CIS GCP 1.5 forbids them to service accounts). Not in here, on purpose: reading secrets, signing
or decrypting, destroying key versions, connecting to the database, and changing this very list or who may sign in as
the account: that stays with people. The first deployment of a stack is made by a person too: docs/runbooks.
"""

from collections.abc import Mapping

from infra.components.service_agents import ROLES as SERVICE_AGENT_ROLES

_READ = ("get", "list")
_MANAGE = ("create", "delete", *_READ, "update")
_POLICY = ("getIamPolicy", "setIamPolicy")

_GOOGLE: Mapping[str, tuple[str, ...]] = {
    "artifactregistry.repositories": (*_MANAGE, *_POLICY),
    "binaryauthorization.policy": ("get", "update"),
    "certificatemanager.certmapentries": _MANAGE,
    "certificatemanager.certmaps": (*_MANAGE, "use"),
    "certificatemanager.certs": (*_MANAGE, "use"),
    "certificatemanager.dnsauthorizations": (*_MANAGE, "use"),
    "certificatemanager.operations": ("get",),
    "cloudkms.cryptoKeys": ("create", *_READ, "update", *_POLICY),
    "cloudkms.cryptoKeyVersions": ("create", *_READ, "update", "viewPublicKey"),
    "cloudkms.keyRings": ("create", *_READ, *_POLICY),
    "cloudsql.databases": _MANAGE,
    "cloudsql.instances": _MANAGE,
    "cloudsql.users": _MANAGE,
    "compute.addresses": (
        "create",
        "createInternal",
        "delete",
        "deleteInternal",
        *_READ,
        "setLabels",
        "use",
        "useInternal",
    ),
    "compute.backendServices": (*_MANAGE, "setSecurityPolicy", "use"),
    "compute.firewalls": _MANAGE,
    "compute.globalAddresses": (
        "create",
        "createInternal",
        "delete",
        "deleteInternal",
        *_READ,
        "setLabels",
        "use",
    ),
    "compute.globalForwardingRules": (*_MANAGE, "setLabels", "setTarget"),
    "compute.globalOperations": ("get",),
    "compute.healthChecks": (*_MANAGE, "use", "useReadOnly"),
    "compute.instanceGroupManagers": _READ,
    "compute.networkEndpointGroups": (*_READ, "use"),
    "compute.networks": (*_MANAGE, "addPeering", "removePeering", "updatePeering", "updatePolicy", "use"),
    "compute.projects": ("get",),
    "compute.regionOperations": ("get",),
    "compute.routers": (*_MANAGE, "use"),
    "compute.routes": ("create", "delete", *_READ),
    "compute.securityPolicies": (*_MANAGE, "setLabels", "use"),
    "compute.sslPolicies": (*_MANAGE, "use"),
    "compute.subnetworks": (*_MANAGE, "expandIpCidrRange", "setPrivateIpGoogleAccess", "use"),
    "compute.targetHttpProxies": (*_MANAGE, "setUrlMap", "use"),
    "compute.targetHttpsProxies": (
        *_MANAGE,
        "setCertificateMap",
        "setQuicOverride",
        "setSslPolicy",
        "setUrlMap",
        "use",
    ),
    "compute.urlMaps": (*_MANAGE, "use", "validate"),
    "compute.zones": _READ,
    "container.clusters": ("connect", *_MANAGE, "getCredentials"),
    "container.operations": _READ,
    "dns.changes": ("create", *_READ),
    "dns.managedZones": _MANAGE,
    "dns.networks": ("bindPrivateDNSZone",),
    "dns.resourceRecordSets": _MANAGE,
    "firebaseauth.configs": ("create", "get", "getSecret", "update"),
    "gkebackup.backupPlans": _MANAGE,
    "gkebackup.operations": ("get",),
    "iam.roles": _READ,
    "iam.serviceAccounts": (*_MANAGE, *_POLICY),
    "logging.buckets": ("create", *_READ, "update"),
    "logging.exclusions": _MANAGE,
    "logging.logMetrics": _MANAGE,
    "logging.sinks": _MANAGE,
    "monitoring.alertPolicies": _MANAGE,
    "monitoring.dashboards": _MANAGE,
    "monitoring.notificationChannels": _MANAGE,
    "monitoring.uptimeCheckConfigs": _MANAGE,
    "pubsub.topics": (*_MANAGE, *_POLICY),
    "redis.instances": (*_MANAGE, "getAuthString", "updateAuth"),
    "redis.operations": ("get",),
    "resourcemanager.projects": ("get", "getIamPolicy"),
    "secretmanager.secrets": (*_MANAGE, *_POLICY),
    "secretmanager.versions": ("add", "disable", "enable", *_READ),
    "servicenetworking.operations": ("get",),
    "servicenetworking.services": ("addPeering", "get"),
    "serviceusage.operations": ("get",),
    "serviceusage.services": ("enable", *_READ, "use"),
    "storage.buckets": (*_MANAGE, *_POLICY),
}

# Kubernetes objects of the namespaces, charts and add-ons.
_KUBERNETES: tuple[str, ...] = (
    "clusterRoleBindings",
    "clusterRoles",
    "configMaps",
    "cronJobs",
    "customResourceDefinitions",
    "daemonSets",
    "deployments",
    "horizontalPodAutoscalers",
    "ingresses",
    "jobs",
    "limitRanges",
    "mutatingWebhookConfigurations",
    "namespaces",
    "networkPolicies",
    "persistentVolumeClaims",
    "podDisruptionBudgets",
    "priorityClasses",
    "resourceQuotas",
    "roleBindings",
    "roles",
    "secrets",
    "serviceAccounts",
    "services",
    "statefulSets",
    "storageClasses",
    "thirdPartyObjects",
    "validatingWebhookConfigurations",
)
# The add-ons bring roles of their own, and Kubernetes lets an account that IAM vouches for create those with these
# verbs alone. Inside the cluster the deploying account can therefore give itself every right.
_ESCALATING: tuple[str, ...] = ("clusterRoles", "roles")
# Looked at while a roll-out is awaited.
_WATCHED: tuple[str, ...] = ("endpointSlices", "events", "pods", "replicaSets")

PERMISSIONS: tuple[str, ...] = tuple(
    sorted(
        f"{resource}.{verb}"
        for resource, verbs in (
            *_GOOGLE.items(),
            *((f"container.{kind}", _MANAGE) for kind in _KUBERNETES),
            *((f"container.{kind}", ("bind", "escalate")) for kind in _ESCALATING),
            *((f"container.{kind}", _READ) for kind in _WATCHED),
        )
        for verb in verbs
    )
)

# Roles of the whole project that the program grants to accounts of its own. The deploying account may grant these and
# no other, so that it cannot make itself, or anyone, an owner.
GRANTABLE_ROLES: tuple[str, ...] = (
    "roles/cloudsql.client",
    "roles/cloudsql.instanceUser",
    "roles/container.defaultNodeServiceAccount",
    # To Google's own agents.
    *SERVICE_AGENT_ROLES.values(),
)
