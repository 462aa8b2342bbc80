"""How the rules of the audit log are broken."""

from tests.policies.cases.case import broken

CASES = (
    broken("audit-sink-whole", "project-audit-sink", "disabled", to=True, also=("log-exclusions",)),
    broken("log-exclusions", "project-without-audit", "filter", 'resource.type="gce_firewall_rule"'),
)
