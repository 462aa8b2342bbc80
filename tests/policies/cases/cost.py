"""How the rules of spending are broken."""

from tests.policies.cases.case import broken, removed

CASES = (
    broken("cluster-labels", "cluster-cluster", "resourceLabels"),
    broken("cost-labels", "cache-redis", "labels.component"),
    broken("cluster-cost-allocation", "cluster-cluster", "costManagementConfig.enabled", to=False),
    removed("logs-without-probes", "project-without-probes", hidden=("project-without-probes", "filter")),
    broken("log-retention", "project-logs", "retentionDays", 60, also=("log-personal-data",)),
)
