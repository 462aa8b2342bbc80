"""What the deploying account may do, permission by permission: the sum of what each type of resource needs.

No predefined role is narrow enough: those that can create what the program creates also read data, sign with keys, or
open a shell in a pod (CIS GCP 1.5 forbids them to service accounts). Not in here, on purpose: every `setIamPolicy`,
who may sign in as whom, what is written of all this, and deleting the only copy of something. That stays with people,
and so does the first deployment of a stack. What remains possible with a stolen token of the account, above all
through pods, is written in docs/adr/0017-who-deploys-what.md.
"""

from collections.abc import Mapping

from infra.components.delivery_types import GOOGLE_NEEDS, Needs

# Kubernetes objects of the program, by kind, as GKE's permissions call them:
# https://docs.cloud.google.com/iam/docs/roles-permissions/container
_KUBERNETES: Mapping[str, str] = {
    "apps/v1:Deployment": "deployments",
    "apps/v1:StatefulSet": "statefulSets",
    "autoscaling/v2:HorizontalPodAutoscaler": "horizontalPodAutoscalers",
    "batch/v1:CronJob": "cronJobs",
    "batch/v1:Job": "jobs",
    "core/v1:ConfigMap": "configMaps",
    "core/v1:LimitRange": "limitRanges",
    "core/v1:Namespace": "namespaces",
    "core/v1:ResourceQuota": "resourceQuotas",
    "core/v1:Service": "services",
    "core/v1:ServiceAccount": "serviceAccounts",
    "monitoring.googleapis.com/v1:PodMonitoring": "thirdPartyObjects",
    "networking.gke.io/v1alpha1:FQDNNetworkPolicy": "thirdPartyObjects",
    "networking.k8s.io/v1:NetworkPolicy": "networkPolicies",
    "policy/v1:PodDisruptionBudget": "podDisruptionBudgets",
    "secrets-store.csi.x-k8s.io/v1:SecretProviderClass": "thirdPartyObjects",
    "storage.k8s.io/v1:StorageClass": "storageClasses",
}
# What the add-ons' charts bring beside those kinds; Helm keeps its releases in secrets.
_CHARTED = (
    "clusterRoleBindings",
    "clusterRoles",
    "customResourceDefinitions",
    "daemonSets",
    "ingresses",
    "mutatingWebhookConfigurations",
    "persistentVolumeClaims",
    "priorityClasses",
    "roleBindings",
    "roles",
    "secrets",
    "validatingWebhookConfigurations",
)
# The add-ons bring roles of their own, and Kubernetes lets an account that IAM vouches for create those with these
# verbs alone. Inside the cluster the deploying account can therefore give itself every right.
_ESCALATING = ("clusterRoles", "roles")
# Looked at while a roll-out is awaited.
_WATCHED = ("endpointSlices", "events", "pods", "replicaSets")
_READ, _WRITE = ("get", "list"), ("create", "delete", "update")


def _objects(kinds: tuple[str, ...]) -> Needs:
    return Needs(
        read=tuple(f"container.{kind}.{verb}" for kind in (*kinds, *_WATCHED) for verb in _READ),
        write=tuple(f"container.{kind}.{verb}" for kind in kinds for verb in _WRITE),
    )


_RELEASED = _objects((*_KUBERNETES.values(), *_CHARTED))

NEEDS: Mapping[str, Needs] = {
    **GOOGLE_NEEDS,
    **{f"kubernetes:{kind}": _objects((plural,)) for kind, plural in _KUBERNETES.items()},
    "kubernetes:helm.sh/v3:Release": Needs(
        read=_RELEASED.read,
        write=_RELEASED.write
        + tuple(f"container.{kind}.{verb}" for kind in _ESCALATING for verb in ("bind", "escalate")),
    ),
}

# A predefined role, because nothing more is in it: the account sees who may sign in as it, and cannot change that.
# https://docs.cloud.google.com/iam/docs/roles-permissions/iam#iam.workloadIdentityPoolViewer
POOL_VIEWER = "roles/iam.workloadIdentityPoolViewer"
_VIEWED = ("iam.workloadIdentityPools.", "iam.workloadIdentityPoolProviders.")

PERMISSIONS: tuple[str, ...] = tuple(
    sorted(
        permission
        for permission in frozenset().union(*(needs.deployer for needs in NEEDS.values()))
        if not permission.startswith(_VIEWED)
    )
)
