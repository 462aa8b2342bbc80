"""Redis, buckets, image repositories, topics and backup plans: what holds data beside the database."""

from dataclasses import dataclass

from policies.resource import View

_DAY_SECONDS = 86_400
_SOFT_DELETE_DAYS = 7


class Redis(View):
    """A Memorystore instance."""

    TYPES = ("gcp:redis/instance:Instance",)

    @property
    def wants_password(self) -> bool:
        return self._of.flag("authEnabled")

    @property
    def tls_mode(self) -> str:
        return self._of.text("transitEncryptionMode")

    @property
    def key(self) -> str:
        return self._of.text("customerManagedKey")

    @property
    def connect_mode(self) -> str:
        return self._of.text("connectMode")

    @property
    def is_highly_available(self) -> bool:
        return self._of.text("tier") == "STANDARD_HA"

    @property
    def keeps_snapshots(self) -> bool:
        return self._of.text("persistenceConfig", "persistenceMode") == "RDB"

    @property
    def eviction(self) -> str:
        return self._of.text("redisConfigs", "maxmemory-policy")

    @property
    def has_maintenance_window(self) -> bool:
        return self._of.exists("maintenancePolicy")

    @property
    def labels(self) -> dict[str, str]:
        return self._of.words("labels")


@dataclass(frozen=True)
class Lifecycle:
    """One lifecycle rule of a bucket.

    age: of an object, noncurrent: of a version that another one took the place of; days, None where not asked.
    state: LIVE, ARCHIVED (older versions), or ANY.
    """

    action: str
    age: float | None
    noncurrent: float | None
    state: str


class Bucket(View):
    """A bucket of Cloud Storage."""

    TYPES = ("gcp:storage/bucket:Bucket",)

    @property
    def has_uniform_access(self) -> bool:
        return self._of.flag("uniformBucketLevelAccess")

    @property
    def log_bucket(self) -> str:
        return self._of.text("logging", "logBucket")

    @property
    def is_versioned(self) -> bool:
        return self._of.flag("versioning", "enabled")

    @property
    def public_access(self) -> str:
        return self._of.text("publicAccessPrevention")

    @property
    def key(self) -> str:
        return self._of.text("encryption", "defaultKmsKeyName")

    @property
    def location(self) -> str:
        return self._of.text("location")

    @property
    def is_emptied_on_delete(self) -> bool:
        return self._of.flag("forceDestroy")

    @property
    def lifecycle(self) -> tuple[Lifecycle, ...]:
        return tuple(
            Lifecycle(
                action=rule.text("action", "type"),
                age=rule.number("condition", "age"),
                noncurrent=rule.number("condition", "daysSinceNoncurrentTime"),
                state=rule.text("condition", "withState", default="ANY"),
            )
            for rule in self._of.each("lifecycleRules")
        )

    @property
    def days_until_gone(self) -> float | None:
        """How long after it was written the last trace of an object is gone; None where nothing ends it.

        https://cloud.google.com/storage/docs/lifecycle and /soft-delete: with versioning a deleted object becomes an
        older version, which ends by a rule of its own; soft delete keeps both for 7 days where nothing else is said.
        """
        deleting = [rule for rule in self.lifecycle if rule.action == "Delete"]
        living = [rule.age for rule in deleting if rule.age is not None and rule.state != "ARCHIVED"]
        older = [rule.noncurrent for rule in deleting if rule.noncurrent is not None and rule.state != "LIVE"]
        if not living or (self.is_versioned and not older):
            return None
        soft = self._of.number("softDeletePolicy", "retentionDurationSeconds")
        kept = _SOFT_DELETE_DAYS if soft is None else soft / _DAY_SECONDS
        return min(living) + (min(older) if self.is_versioned else 0) + kept

    @property
    def soft_delete_seconds(self) -> float:
        return self._of.number("softDeletePolicy", "retentionDurationSeconds") or 0

    @property
    def labels(self) -> dict[str, str]:
        return self._of.words("labels")


class Repository(View):
    """A repository of Artifact Registry."""

    TYPES = ("gcp:artifactregistry/repository:Repository",)

    @property
    def key(self) -> str:
        return self._of.text("kmsKeyName")

    @property
    def has_immutable_tags(self) -> bool:
        return self._of.flag("dockerConfig", "immutableTags")

    @property
    def scanning(self) -> str:
        return self._of.text("vulnerabilityScanningConfig", "enablementConfig")

    @property
    def deletes_old_images(self) -> bool:
        policies = self._of.each("cleanupPolicies")
        return not self._of.flag("cleanupPolicyDryRun") and any(p.text("action") == "DELETE" for p in policies)

    @property
    def labels(self) -> dict[str, str]:
        return self._of.words("labels")


class Topic(View):
    """A Pub/Sub topic."""

    TYPES = ("gcp:pubsub/topic:Topic",)

    @property
    def key(self) -> str:
        return self._of.text("kmsKeyName")

    @property
    def regions(self) -> tuple[str, ...]:
        return self._of.texts("messageStoragePolicy", "allowedPersistenceRegions")


class BackupPlan(View):
    """Backup for GKE: a plan for the volumes of a cluster."""

    TYPES = ("gcp:gkebackup/backupPlan:BackupPlan",)

    @property
    def key(self) -> str:
        return self._of.text("backupConfig", "encryptionKey", "gcpKmsEncryptionKey")

    @property
    def copies_volumes(self) -> bool:
        return self._of.flag("backupConfig", "includeVolumeData")

    @property
    def copies_secrets(self) -> bool:
        return self._of.flag("backupConfig", "includeSecrets")

    @property
    def namespaces(self) -> tuple[str, ...]:
        return self._of.texts("backupConfig", "selectedNamespaces", "namespaces")

    @property
    def copies_everything(self) -> bool:
        return self._of.flag("backupConfig", "allNamespaces")

    @property
    def schedule(self) -> str:
        return self._of.text("backupSchedule", "cronSchedule")

    @property
    def kept_days(self) -> float:
        return self._of.number("retentionPolicy", "backupRetainDays") or 0

    @property
    def locked_days(self) -> float:
        return self._of.number("retentionPolicy", "backupDeleteLockDays") or 0


class StorageClass(View):
    """How the cluster makes volumes."""

    TYPES = ("kubernetes:storage.k8s.io/v1:StorageClass",)

    @property
    def key(self) -> str:
        return self._of.text("parameters", "disk-encryption-kms-key")

    @property
    def name(self) -> str:
        return self._of.text("metadata", "name")
