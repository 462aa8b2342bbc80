"""Rules of keeping data: backups, point-in-time recovery, protection against deletion."""

from policies.controls import ckv, gcp, gdpr, reliability, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation, rule
from policies.views.cluster import Cluster
from policies.views.pod import LongRunning
from policies.views.sql import SqlDatabase, SqlInstance
from policies.views.stores import BackupPlan, Bucket, Redis, Repository

KEPT_BACKUPS = 7
KEPT_LOG_DAYS = 7
KEPT_DAYS = 30
LOCKED_DAYS = 7
DAY = 86_400


@rule(
    "sql-backups",
    SqlInstance,
    gcp("6.7"),
    ckv("CKV_GCP_14"),
    reliability("backups"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Customers' data cannot be made again.",
    fix=f"Set settings.backupConfiguration.enabled, and retainedBackups to {KEPT_BACKUPS} or more.",
)
def sql_backups(instance: SqlInstance) -> Broken:
    """The database is backed up every day, and a week of backups is kept."""
    if instance.is_replica:
        return
    if not instance.has_backups:
        yield "Backups are off."
    elif instance.kept_backups < KEPT_BACKUPS:
        yield f"{instance.kept_backups:g} backups are kept."


@rule(
    "sql-point-in-time",
    SqlInstance,
    reliability("point-in-time recovery"),
    soc2("A1.2", "PI1.5"),
    gdpr("32(1)(c)"),
    why="Yesterday's backup loses a day of customers' work; the log loses seconds.",
    fix=f"Set pointInTimeRecoveryEnabled, and transactionLogRetentionDays to {KEPT_LOG_DAYS}.",
)
def sql_point_in_time(instance: SqlInstance) -> Broken:
    """The database can be brought back to any second of the last week."""
    if instance.is_replica:
        return
    if not instance.has_point_in_time_recovery:
        yield "Point-in-time recovery is off."
    elif instance.kept_log_days < KEPT_LOG_DAYS:
        yield f"The log is kept for {instance.kept_log_days:g} days."


@rule(
    "sql-backup-location",
    SqlInstance,
    reliability("backups"),
    soc2("A1.2"),
    gdpr("32(1)(c)", "44"),
    why="A backup in the primary's own region is lost with it; one without a location stands wherever Google likes.",
    fix="Set settings.backupConfiguration.location to the multi-region of the platform.",
)
def sql_backup_location(instance: SqlInstance) -> Broken:
    """Backups stand outside the primary's region, where we say."""
    if not instance.is_replica and instance.backup_location in {"", instance.region}:
        yield f"Backups stand in {instance.backup_location or 'a place that nobody chose'}."


@relation(
    "sql-replica-region",
    Whole,
    reliability("regions"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="A region that fails takes its database along; a replica elsewhere can be promoted in minutes.",
    fix="Declare a read replica in another region.",
)
def sql_replica_region(_: Whole, stack: Stack) -> Broken:
    """The database has a replica in another region."""
    instances = stack.of(SqlInstance)
    primaries = {instance.region for instance in instances if not instance.is_replica}
    replicas = {instance.region for instance in instances if instance.is_replica}
    if not replicas - primaries:
        yield "No replica stands in another region."


@rule(
    "sql-deletion-protection",
    SqlInstance,
    reliability("protection"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Deleting an instance deletes its backups.",
    fix="Set deletionProtection and settings.deletionProtectionEnabled, and protect=True.",
)
def sql_deletion_protection(instance: SqlInstance) -> Broken:
    """The database cannot be deleted by mistake, here or in the console."""
    if not instance.has_deletion_protection or not instance.is_protected:
        yield "The instance can be deleted."


@rule(
    "sql-database-kept",
    SqlDatabase,
    reliability("protection"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="A database that is renamed in the program would be dropped on the server.",
    fix="Set deletionPolicy to ABANDON.",
)
def sql_database_kept(database: SqlDatabase) -> Broken:
    """A database is never dropped by a change of the program."""
    if not database.is_kept_on_delete:
        yield "The database is dropped with its declaration."


@rule(
    "redis-snapshots",
    Redis,
    reliability("backups"),
    soc2("A1.2"),
    why="After both nodes fail, queues and sessions come back from a snapshot or not at all.",
    fix="Set persistenceConfig.persistenceMode to RDB.",
)
def redis_snapshots(redis: Redis) -> Broken:
    """Redis keeps snapshots."""
    if not redis.keeps_snapshots:
        yield "No snapshots are kept."


@rule(
    "redis-protected",
    Redis,
    reliability("protection"),
    soc2("A1.2"),
    why="A replaced Redis starts empty: everybody is signed out, and queues are lost.",
    fix="Declare it with protect=True.",
)
def redis_protected(redis: Redis) -> Broken:
    """Redis cannot be replaced by mistake."""
    if not redis.is_protected:
        yield "Redis can be deleted."


@rule(
    "bucket-protected",
    Bucket,
    reliability("protection"),
    soc2("A1.2"),
    why="Backups go with their bucket.",
    fix="Declare it with protect=True.",
)
def bucket_protected(bucket: Bucket) -> Broken:
    """A bucket cannot be deleted by mistake."""
    if not bucket.is_protected:
        yield "The bucket can be deleted."


@rule(
    "bucket-soft-delete",
    Bucket,
    reliability("backups"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Who takes over an account deletes the backups first.",
    fix="Set softDeletePolicy.retentionDurationSeconds to 604800 (7 days) or more.",
)
def bucket_soft_delete(bucket: Bucket) -> Broken:
    """A deleted object can be brought back for a week."""
    if bucket.soft_delete_seconds < 7 * DAY:
        yield f"Deleted objects are gone after {bucket.soft_delete_seconds / DAY:g} days."


@rule(
    "registry-protected",
    Repository,
    reliability("protection"),
    soc2("A1.2"),
    why="Without its images a cluster cannot start a single pod again.",
    fix="Declare it with protect=True.",
)
def registry_protected(repository: Repository) -> Broken:
    """Images cannot be deleted by mistake."""
    if not repository.is_protected:
        yield "The repository can be deleted."


@rule(
    "cluster-deletion-protection",
    Cluster,
    reliability("protection"),
    soc2("A1.2"),
    why="One wrong command would delete the cluster with everything in it.",
    fix="Leave deletionProtection at true, and declare it with protect=True.",
)
def cluster_deletion_protection(cluster: Cluster) -> Broken:
    """The cluster cannot be deleted by mistake."""
    if not cluster.has_deletion_protection or not cluster.is_protected:
        yield "The cluster can be deleted."


@rule(
    "cluster-backup-agent",
    Cluster,
    reliability("backups"),
    soc2("A1.2"),
    why="Plans of Backup for GKE do nothing without the agent.",
    fix="Set addonsConfig.gkeBackupAgentConfig.enabled.",
)
def cluster_backup_agent(cluster: Cluster) -> Broken:
    """Volumes of the cluster can be backed up."""
    if not cluster.has_backup_agent:
        yield "The backup agent is off."


@rule(
    "backup-plan",
    BackupPlan,
    reliability("backups"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Customers' projects stand on volumes.",
    fix=f"Set includeVolumeData, a cronSchedule, backupRetainDays {KEPT_DAYS} and backupDeleteLockDays {LOCKED_DAYS}.",
)
def backup_plan(plan: BackupPlan) -> Broken:
    """Volumes are backed up by the clock, kept for a month, and locked for a week."""
    if not plan.copies_volumes:
        yield "Volumes are not copied."
    if not plan.schedule:
        yield "No schedule is set."
    if plan.kept_days < KEPT_DAYS:
        yield f"Backups are kept for {plan.kept_days:g} days."
    if plan.locked_days < LOCKED_DAYS:
        yield f"Backups are locked for {plan.locked_days:g} days."


@relation(
    "backup-plan-covers",
    LongRunning,
    reliability("backups"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="A namespace that came later is not in yesterday's plan.",
    fix="Name the namespace in backupConfig.selectedNamespaces.",
)
def backup_plan_covers(workload: LongRunning, stack: Stack) -> Broken:
    """Every volume stands in a plan."""
    if not workload.has_volumes:
        return
    for plan in stack.of(BackupPlan):
        if plan.copies_everything or workload.namespace in plan.namespaces:
            return
    yield f"No plan copies the volumes of {workload.namespace}."


@rule(
    "volumes-kept",
    LongRunning,
    reliability("protection"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Scaling down, or renaming the set, would delete customers' files.",
    fix="Leave persistentVolumeClaimRetentionPolicy at Retain.",
)
def volumes_kept(workload: LongRunning) -> Broken:
    """Volumes outlive their pods."""
    if workload.is_stateful and not workload.keeps_volumes:
        yield "Volumes are deleted with their pods."
