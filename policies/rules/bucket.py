"""Rules of buckets."""

from policies.controls import ckv, gcp, gdpr, pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.iam import AuditConfig
from policies.views.stores import Bucket

AUDITED = frozenset({"DATA_READ", "DATA_WRITE"})


@rule(
    "bucket-uniform-access",
    Bucket,
    gcp("5.2"),
    ckv("CKV_GCP_29"),
    soc2("CC6.3"),
    pci("7.2.1"),
    why="Access lists of single objects stand in no review: one of them may be public.",
    fix="Set uniformBucketLevelAccess.",
)
def uniform_access(bucket: Bucket) -> Broken:
    """IAM alone says who reads a bucket."""
    if not bucket.has_uniform_access:
        yield "Objects have access lists of their own."


@relation(
    "bucket-access-log",
    Bucket,
    ckv("CKV_GCP_62"),
    soc2("CC7.2"),
    pci("10.2.1.1"),
    why="Without a log nobody can say who read a backup.",
    fix="Declare an IAMAuditConfig with DATA_READ and DATA_WRITE of allServices, or set logging.logBucket.",
)
def access_log(bucket: Bucket, stack: Stack) -> Broken:
    """Reads and writes of a bucket are logged."""
    if bucket.log_bucket:
        return
    for config in stack.of(AuditConfig):
        if config.service in {"allServices", "storage.googleapis.com"} and config.logged >= AUDITED:
            return
    yield "Neither an audit config nor an access log tells who reads it."


@rule(
    "bucket-versioning",
    Bucket,
    ckv("CKV_GCP_78"),
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    pci("10.3.2"),
    why="An overwritten or deleted object cannot be brought back without its older version.",
    fix="Set versioning.enabled, and a lifecycle rule that ends old versions.",
)
def versioning(bucket: Bucket) -> Broken:
    """An overwritten object can be brought back."""
    if not bucket.is_versioned:
        yield "Versioning is off."


@rule(
    "bucket-public-access",
    Bucket,
    gcp("5.1"),
    ckv("CKV_GCP_114"),
    soc2("CC6.6"),
    gdpr("32(1)(b)"),
    pci("1.4.4"),
    why="With prevention enforced no later grant can make the bucket public.",
    fix="Set publicAccessPrevention to enforced.",
)
def public_access(bucket: Bucket) -> Broken:
    """A bucket cannot be made public."""
    if bucket.public_access != "enforced":
        yield f"publicAccessPrevention is {bucket.public_access or 'not set'}."


@rule(
    "bucket-key",
    Bucket,
    soc2("CC6.1"),
    gdpr("32(1)(a)"),
    why="Only a key of ours can be taken away from data that must not be read any more.",
    fix="Set encryption.defaultKmsKeyName to the storage key.",
)
def key(bucket: Bucket) -> Broken:
    """A bucket is encrypted with a key of ours."""
    if not bucket.key:
        yield "The bucket has no key of ours."


@rule(
    "bucket-force-destroy",
    Bucket,
    soc2("A1.2"),
    gdpr("32(1)(c)"),
    why="Deleting the bucket would take every backup in it along.",
    fix="Leave forceDestroy at false.",
)
def force_destroy(bucket: Bucket) -> Broken:
    """A bucket with objects cannot be deleted."""
    if bucket.is_emptied_on_delete:
        yield "The bucket is emptied and deleted with the stack."
