"""Rules of Redis, image repositories, topics, volumes and their backups."""

from policies.controls import ckv, gdpr, gke, pci, soc2
from policies.rule import Broken, rule
from policies.views.stores import BackupPlan, Redis, Repository, StorageClass, Topic

OUR_KEY = "Only a key of ours can be taken away from data that must not be read any more."


@rule(
    "redis-password",
    Redis,
    ckv("CKV_GCP_95"),
    soc2("CC6.1"),
    pci("8.3.1"),
    why="Whoever reaches the network could read sessions and take seats.",
    fix="Set authEnabled.",
)
def redis_password(redis: Redis) -> Broken:
    """Redis asks for a password."""
    if not redis.wants_password:
        yield "Redis asks for no password."


@rule(
    "redis-tls",
    Redis,
    ckv("CKV_GCP_97"),
    soc2("CC6.7"),
    gdpr("32(1)(a)"),
    pci("4.2.1"),
    why="Sessions and the password itself would cross the network in the clear.",
    fix="Set transitEncryptionMode to SERVER_AUTHENTICATION.",
)
def redis_tls(redis: Redis) -> Broken:
    """Connections to Redis are encrypted."""
    if redis.tls_mode != "SERVER_AUTHENTICATION":
        yield f"transitEncryptionMode is {redis.tls_mode or 'not set'}."


@rule(
    "redis-key",
    Redis,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why=f"Snapshots hold sessions. {OUR_KEY}",
    fix="Set customerManagedKey to the cache key of the data ring.",
)
def redis_key(redis: Redis) -> Broken:
    """Redis is encrypted with a key of ours."""
    if not redis.key:
        yield "Redis has no key of ours."


@rule(
    "redis-private",
    Redis,
    soc2("CC6.6"),
    pci("1.4.4"),
    why="Direct peering takes an address range that nobody reserved, and cannot be limited by the platform's firewall.",
    fix="Set connectMode to PRIVATE_SERVICE_ACCESS.",
)
def redis_private(redis: Redis) -> Broken:
    """Redis is reached through the reserved private range."""
    if redis.connect_mode != "PRIVATE_SERVICE_ACCESS":
        yield f"connectMode is {redis.connect_mode or 'not set'}."


@rule(
    "registry-key",
    Repository,
    ckv("CKV_GCP_84"),
    soc2("CC6.1"),
    why=f"Images hold the platform's code. {OUR_KEY}",
    fix="Set kmsKeyName to the registry key of the same location's ring.",
)
def registry_key(repository: Repository) -> Broken:
    """Images are encrypted with a key of ours."""
    if not repository.key:
        yield "Images have no key of ours."


@rule(
    "registry-immutable-tags",
    Repository,
    soc2("CC8.1"),
    pci("6.5.1"),
    why="A tag that moves makes the reviewed release another one than the one that runs.",
    fix="Set dockerConfig.immutableTags.",
)
def registry_immutable_tags(repository: Repository) -> Broken:
    """A published tag never moves."""
    if not repository.has_immutable_tags:
        yield "Tags may move."


@rule(
    "registry-scanning",
    Repository,
    gke("5.1.1"),
    soc2("CC7.1"),
    pci("6.3.1", "11.3.1"),
    why="A vulnerability that becomes known after the build is found only by scanning what is stored.",
    fix="Set vulnerabilityScanningConfig.enablementConfig to INHERITED, and enable the scanning API.",
)
def registry_scanning(repository: Repository) -> Broken:
    """Stored images are scanned for known vulnerabilities."""
    if repository.scanning != "INHERITED":
        yield f"Scanning is {repository.scanning or 'not set'}."


@rule(
    "topic-key",
    Topic,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why=f"Messages wait in Google's storage until they are read. {OUR_KEY}",
    fix="Set kmsKeyName to the topic key of the data ring.",
)
def topic_key(topic: Topic) -> Broken:
    """Messages are encrypted with a key of ours."""
    if not topic.key:
        yield "The topic has no key of ours."


@rule(
    "volume-key",
    StorageClass,
    gke("5.9.1"),
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why=f"Volumes hold customers' files. {OUR_KEY}",
    fix="Set parameters.disk-encryption-kms-key to the disk key of the data ring.",
)
def volume_key(storage: StorageClass) -> Broken:
    """Volumes are encrypted with a key of ours."""
    if not storage.key:
        yield "Volumes have no key of ours."


@rule(
    "backup-plan-key",
    BackupPlan,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why=f"A backup holds all that the original does. {OUR_KEY}",
    fix="Set backupConfig.encryptionKey.gcpKmsEncryptionKey to the storage key.",
)
def backup_plan_key(plan: BackupPlan) -> Broken:
    """Backups of volumes are encrypted with a key of ours."""
    if not plan.key:
        yield "Backups have no key of ours."


@rule(
    "backup-plan-secrets",
    BackupPlan,
    soc2("CC6.1"),
    pci("8.6.2"),
    why="Secrets stand in Secret Manager; a copy in a backup outlives their rotation.",
    fix="Set backupConfig.includeSecrets to false.",
)
def backup_plan_secrets(plan: BackupPlan) -> Broken:
    """Backups hold no secrets."""
    if plan.copies_secrets:
        yield "Backups copy Kubernetes secrets."
