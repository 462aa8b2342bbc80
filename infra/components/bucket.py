"""A bucket as the platform makes them: one region, our key, nobody from outside, and seven days of second thoughts."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component

SECOND_THOUGHTS = timedelta(days=7)
"""How long a deleted or overwritten object can be called back, whoever deleted it."""


@dataclass(frozen=True, kw_only=True)
class BucketArgs:
    """What a bucket needs to know.

    name: the world's, so the project's id stands in it. keep: after how many whole days an object is deleted.
    protect: whether deleting it is refused.
    """

    name: str
    project_id: str
    region: str
    key: pulumi.Input[str]
    keep: timedelta
    protect: bool


def bucket(component: Component, suffix: str, args: BucketArgs) -> gcp.storage.Bucket:
    """A child of the component."""
    return gcp.storage.Bucket(
        component.child(suffix),
        name=args.name,
        project=args.project_id,
        location=args.region.upper(),
        storage_class="STANDARD",
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        versioning=gcp.storage.BucketVersioningArgs(enabled=True),
        soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
            retention_duration_seconds=int(SECOND_THOUGHTS.total_seconds())
        ),
        lifecycle_rules=[
            _delete(gcp.storage.BucketLifecycleRuleConditionArgs(age=args.keep.days, with_state="LIVE")),
            _delete(
                gcp.storage.BucketLifecycleRuleConditionArgs(
                    days_since_noncurrent_time=SECOND_THOUGHTS.days, with_state="ARCHIVED"
                )
            ),
        ],
        encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=args.key),
        force_destroy=not args.protect,
        labels=component.labels(),
        opts=component.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)),
    )


def _delete(condition: gcp.storage.BucketLifecycleRuleConditionArgs) -> gcp.storage.BucketLifecycleRuleArgs:
    return gcp.storage.BucketLifecycleRuleArgs(
        action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"), condition=condition
    )
