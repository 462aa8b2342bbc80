"""How the rules of keeping data are broken."""

from tests.policies.cases.case import broken, removed

I, PLAN = "database-primary", "backup-volumes"  # noqa: E741 - the instance
BACKUPS = "settings.backupConfiguration"

CASES = (
    broken("sql-backups", I, f"{BACKUPS}.enabled", to=False),
    broken("sql-point-in-time", I, f"{BACKUPS}.pointInTimeRecoveryEnabled", to=False),
    broken("sql-backup-location", I, f"{BACKUPS}.location", "us-central1"),
    removed(
        "sql-replica-region", "database-replica-us-east1", hidden=("database-replica-us-east1", "masterInstanceName")
    ),
    broken("sql-deletion-protection", I, "settings.deletionProtectionEnabled", to=False),
    broken("sql-database-kept", "database-database-coditect", "deletionPolicy", "DELETE"),
    broken("cluster-deletion-protection", "cluster-cluster", "deletionProtection", to=False),
    broken("cluster-backup-agent", "cluster-cluster", "addonsConfig.gkeBackupAgentConfig.enabled", to=False),
    broken("backup-plan", PLAN, "backupSchedule"),
    broken("backup-plan-covers", PLAN, "backupConfig.selectedNamespaces.namespaces", ["gateway"]),
    broken(
        "volumes-kept",
        "ide-chart-statefulset-foundationdb",
        "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
        "Delete",
    ),
)
