"""Rules of personal data: where it stands, and for how long."""

from policies.controls import gdpr, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation, rule
from policies.views.iam import SignIn
from policies.views.observability import LogBucket
from policies.views.secret import Secret
from policies.views.sql import SqlInstance
from policies.views.stores import BackupPlan, Bucket, Topic

LONGEST_LOG_DAYS = 30
LONGEST_BACKUP_DAYS = 90
# An object outlives its lifecycle as an older version (7 days) and in soft delete (7 days more).
LONGEST_OBJECT_DAYS = LONGEST_BACKUP_DAYS + 7 + 7
# Where the platform promises that personal data stands.
HOME = "us"


@relation(
    "data-region",
    Whole,
    gdpr("44"),
    soc2("C1.1"),
    why="The record of processing names the countries: data elsewhere makes it untrue.",
    fix="Declare the resource in a region of the United States, or amend the record and the contracts first.",
)
def data_region(_: Whole, stack: Stack) -> Broken:
    """Databases, buckets, messages and secrets stand in the country that the record of processing names."""
    places = [(instance.name, instance.region) for instance in stack.of(SqlInstance)]
    places += [(instance.name, instance.backup_location or HOME) for instance in stack.of(SqlInstance)]
    places += [(bucket.name, bucket.location) for bucket in stack.of(Bucket)]
    places += [(topic.name, region) for topic in stack.of(Topic) for region in topic.regions]
    places += [(secret.name, location) for secret in stack.of(Secret) for location in secret.locations]
    for name, place in places:
        if place.lower() != HOME and not place.lower().startswith(f"{HOME}-"):
            yield f"{name} stands in {place or 'a place that nobody chose'}."


@rule(
    "log-personal-data",
    LogBucket,
    gdpr("5(1)(e)", "25(1)"),
    soc2("P4.2"),
    why="Requests name addresses and accounts: beyond finding defects nothing needs them.",
    fix=f"Set retentionDays of _Default to at most {LONGEST_LOG_DAYS}.",
)
def log_personal_data(bucket: LogBucket) -> Broken:
    """Logs of requests end after a month."""
    if bucket.id == "_Default" and bucket.kept_days > LONGEST_LOG_DAYS:
        yield f"Logs are kept for {bucket.kept_days:g} days."


@rule(
    "backup-end",
    BackupPlan,
    gdpr("5(1)(e)", "17"),
    soc2("P4.3", "C1.2"),
    why="Who asks to be erased stays in backups: they must end, and the policy says when.",
    fix=f"Set retentionPolicy.backupRetainDays to at most {LONGEST_BACKUP_DAYS}.",
)
def backup_end(plan: BackupPlan) -> Broken:
    """Backups of volumes end after 90 days at most."""
    if not 0 < plan.kept_days <= LONGEST_BACKUP_DAYS:
        yield f"Backups are kept for {plan.kept_days:g} days." if plan.kept_days else "Backups are kept for ever."


@rule(
    "sql-backup-end",
    SqlInstance,
    gdpr("5(1)(e)", "17"),
    soc2("P4.3", "C1.2"),
    why="Who asks to be erased stays in backups: they must end, and the policy says when.",
    fix=f"Set retainedBackups, one a day, to at most {LONGEST_BACKUP_DAYS}.",
)
def sql_backup_end(instance: SqlInstance) -> Broken:
    """Backups of the database end after 90 days at most."""
    if not instance.is_replica and instance.kept_backups > LONGEST_BACKUP_DAYS:
        yield f"Backups are kept for {instance.kept_backups:g} days."


@rule(
    "bucket-end",
    Bucket,
    gdpr("5(1)(e)", "17"),
    soc2("P4.3", "C1.2"),
    why="What nobody deletes is kept for ever, and an erasure is never complete.",
    fix="Add lifecycle rules that delete objects and their older versions: with soft delete, after at most "
    f"{LONGEST_OBJECT_DAYS} days.",
)
def bucket_end(bucket: Bucket) -> Broken:
    """Objects end after 104 days at most, with their older versions and what soft delete keeps."""
    days = bucket.days_until_gone
    if days is None or days > LONGEST_OBJECT_DAYS:
        yield f"Objects are kept for {'ever' if days is None else f'{days:g} days'}."


@rule(
    "sign-in-message-regions",
    SignIn,
    gdpr("44", "25(1)"),
    why="A message to any country passes any country's carriers, and is a way to run up bills.",
    fix="Set smsRegionConfig.allowlistOnly.allowedRegions.",
)
def sign_in_message_regions(sign_in: SignIn) -> Broken:
    """Text messages go to listed countries only."""
    if not sign_in.message_regions:
        yield "Text messages may go to any country."
