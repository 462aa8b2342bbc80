"""How the rules of namespaces are broken."""

from tests.policies.cases.case import broken, removed

CASES = (
    broken(
        "namespace-pod-security",
        "namespace-gateway-namespace",
        'metadata.labels["pod-security.kubernetes.io/enforce"]',
        "baseline",
    ),
    removed("namespace-default-deny", "namespace-gateway-deny", hidden=("namespace-gateway-deny", "spec.policyTypes")),
    broken("network-policy-peers", "namespace-gateway-gateway-frontend-to-database", "spec.egress[0].to"),
    broken(
        "network-policy-names",
        "namespace-gateway-gateway-backend-to-stripe",
        "spec.egress[0].matches",
        [{"pattern": "*.com"}],
    ),
    removed("namespace-quota", "namespace-gateway-quota", hidden=("namespace-gateway-quota", "spec.hard")),
    broken("service-inside", "ide-chart-service-ide-backend", "spec.type", "LoadBalancer"),
    broken("chart-digest", "addons-cert-manager", "chart", "oci://quay.io/jetstack/charts/cert-manager"),
    broken("chart-atomic", "addons-cert-manager", "atomic", to=False),
    broken("cron-overlap", "ide-chart-cronjob-foundationdb-backup", "spec.concurrencyPolicy", "Allow"),
    broken("autoscaler-ceiling", "gateway-frontend-autoscaler", "spec.maxReplicas", 1000),
    broken("budget-lets-drain", "gateway-frontend-budget", "spec.maxUnavailable", 0),
)
