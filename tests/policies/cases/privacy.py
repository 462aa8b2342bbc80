"""How the rules of personal data are broken."""

from tests.policies.cases.case import broken

BUCKET = "backup-foundationdb"

CASES = (
    broken("data-region", BUCKET, "location", "EUROPE-WEST1"),
    broken("log-personal-data", "project-logs", "retentionDays", 365, also=("log-retention",)),
    broken("backup-end", "backup-volumes", "retentionPolicy.backupRetainDays", 365),
    broken(
        "sql-backup-end",
        "database-primary",
        "settings.backupConfiguration.backupRetentionSettings.retainedBackups",
        365,
    ),
    broken("bucket-end", BUCKET, "lifecycleRules[0].condition.age", 365),
    broken("sign-in-message-regions", "sign-in-config", "smsRegionConfig"),
)
