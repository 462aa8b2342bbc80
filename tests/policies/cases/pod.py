"""How the rules of pods are broken."""

from tests.policies.cases.case import broken

D = "gateway-frontend-blue"
POD = "spec.template.spec"
FIRST = f"{POD}.containers[0]"
SECURITY = f"{FIRST}.securityContext"

CASES = (
    broken("pod-non-root", D, f"{SECURITY}.runAsNonRoot", to=False),
    broken("pod-escalation", D, f"{SECURITY}.allowPrivilegeEscalation", to=True),
    broken("pod-capabilities", D, f"{SECURITY}.capabilities.drop", ["NET_RAW"]),
    broken("pod-seccomp", D, f"{SECURITY}.seccompProfile.type", "Unconfined"),
    broken("pod-privileged", D, f"{SECURITY}.privileged", to=True),
    broken("pod-host-namespaces", D, f"{POD}.hostNetwork", to=True),
    broken("pod-host-ports", D, f"{FIRST}.ports[0].hostPort", 3000),
    broken("pod-host-paths", D, f"{POD}.volumes[0]", {"name": "host", "hostPath": {"path": "/"}}),
    broken("pod-readonly-root", D, f"{SECURITY}.readOnlyRootFilesystem", to=False),
    broken("pod-token", D, f"{POD}.automountServiceAccountToken", to=True),
    broken("pod-own-account", D, f"{POD}.serviceAccountName"),
    broken("pod-image-digest", D, f"{FIRST}.image", "us-docker.pkg.dev/p/r/gateway-frontend:latest"),
    broken("pod-requests", D, f"{FIRST}.resources.requests.memory"),
    broken("pod-limits", D, f"{FIRST}.resources.limits.cpu"),
    broken("pod-namespace", D, "metadata.namespace", also=("pod-budget", "pod-replicas")),
    broken("pod-service-links", D, f"{POD}.enableServiceLinks", to=True),
    broken(
        "pod-secret-references", D, f"{FIRST}.env[0].valueFrom", {"secretKeyRef": {"name": "django", "key": "secret"}}
    ),
    broken("pod-secret-values", D, f"{FIRST}.env[0]", {"name": "STRIPE_API_KEY", "value": "x"}),
    broken("pod-secret-volumes", D, f"{POD}.volumes[0]", {"name": "django", "secret": {"secretName": "django"}}),
)
