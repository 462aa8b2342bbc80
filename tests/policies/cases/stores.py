"""How the rules of Redis, buckets, images, topics and volumes are broken."""

from tests.policies.cases.case import broken, removed, unprotected

R, B, I = "cache-redis", "backup-foundationdb", "registry-repository"  # noqa: E741 - I: images

CASES = (
    broken("redis-password", R, "authEnabled", to=False),
    broken("redis-tls", R, "transitEncryptionMode", "DISABLED"),
    broken("redis-key", R, "customerManagedKey"),
    broken("redis-private", R, "connectMode", "DIRECT_PEERING"),
    broken("redis-maintenance-window", R, "maintenancePolicy"),
    broken("redis-high-availability", R, "tier", "BASIC"),
    broken("redis-eviction", R, "redisConfigs.maxmemory-policy", "allkeys-lru"),
    broken("redis-snapshots", R, "persistenceConfig.persistenceMode", "DISABLED"),
    unprotected("redis-protected", R),
    broken("registry-key", I, "kmsKeyName"),
    broken("registry-immutable-tags", I, "dockerConfig.immutableTags", to=False),
    broken("registry-scanning", I, "vulnerabilityScanningConfig.enablementConfig", "DISABLED"),
    broken("registry-cleanup", I, "cleanupPolicyDryRun", to=True),
    unprotected("registry-protected", I),
    broken("topic-key", "secrets-rotation", "kmsKeyName"),
    broken("volume-key", "ide-storage-retain", 'parameters["disk-encryption-kms-key"]'),
    broken("backup-plan-key", "backup-volumes", "backupConfig.encryptionKey"),
    broken("backup-plan-secrets", "backup-volumes", "backupConfig.includeSecrets", to=True),
    broken("bucket-uniform-access", B, "uniformBucketLevelAccess", to=False),
    removed("bucket-access-log", "project-audit", hidden=("project-audit", "service"), also=("iam-audit-everything",)),
    broken("bucket-versioning", B, "versioning.enabled", to=False),
    broken("bucket-public-access", B, "publicAccessPrevention", "inherited"),
    broken("bucket-key", B, "encryption"),
    broken("bucket-force-destroy", B, "forceDestroy", to=True),
    unprotected("bucket-protected", B),
    broken("bucket-soft-delete", B, "softDeletePolicy.retentionDurationSeconds", 0),
    broken("bucket-lifecycle", B, "lifecycleRules", [], also=("bucket-end",)),
)
