"""How the rules of logs and alerts are broken."""

from tests.policies.cases.case import broken, removed, unprotected

ALERT = "observability-alert-high-error-rate"

CASES = (
    broken("audit-log-retention", "project-audit-logs", "retentionDays", 90),
    unprotected("audit-log-protected", "project-audit-logs"),
    removed(
        "alerts-on-changes",
        "observability-alert-change-firewall",
        hidden=("observability-alert-change-firewall", "conditions"),
    ),
    broken("alert-reaches-someone", ALERT, "notificationChannels", []),
    broken("alert-instructions", ALERT, "documentation.content", "More than 5 % of requests fail."),
    broken("uptime-certificate", "observability-check-apps-app", "httpCheck.validateSsl", to=False),
)
