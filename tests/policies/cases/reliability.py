"""How the rules of availability are broken."""

from tests.policies.cases.case import broken, removed

D = "gateway-frontend-blue"
POD = "spec.template.spec"

CASES = (
    broken("cluster-regional", "cluster-cluster", "location", "us-central1-a"),
    broken("cluster-maintenance-window", "cluster-cluster", "maintenancePolicy"),
    broken("pod-replicas", "gateway-frontend-autoscaler", "spec.minReplicas", 1),
    removed("pod-budget", "gateway-frontend-budget", hidden=("gateway-frontend-budget", "spec.selector.matchLabels")),
    broken("pod-spread", D, f"{POD}.topologySpreadConstraints"),
    broken("pod-readiness", D, f"{POD}.containers[0].readinessProbe"),
    broken("pod-liveness", D, f"{POD}.containers[0].livenessProbe"),
    broken("pod-rollout", D, "spec.strategy.rollingUpdate.maxUnavailable", "50%"),
)
