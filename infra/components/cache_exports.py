"""Exports of Redis, made before a deployment and kept for a week. Memorystore itself keeps the last snapshot alone.

An export is taken with `gcloud redis instances export` (docs/runbooks/release.md). Reads and writes go on meanwhile;
scaling and updating the instance do not. It works with AUTH and encryption in transit: Memorystore writes the file
itself, as a Google account of the instance's own (Memorystore for Redis, "About importing and exporting data").
"""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.components.bucket import BucketArgs, bucket
from infra.settings import SettingsError

# What Memorystore's account needs on the bucket, and nothing of the bucket's policy: it looks at the bucket, and writes
# objects (Memorystore for Redis, "Granting restricted permissions for import and export").
_ROLES = ("roles/storage.legacyBucketReader", "roles/storage.objectUser")


@dataclass(frozen=True, kw_only=True)
class CacheExportsArgs:
    """What exports need to know.

    exporter: the account that the instance writes as, as a member of a role; Memorystore tells it.
    storage_key: key of the bucket, in its region.
    keep: after how many whole days an export is deleted.
    protect: whether deleting the bucket is refused.
    """

    prefix: str
    project_id: str
    region: str
    exporter: pulumi.Input[str]
    storage_key: pulumi.Input[str]
    keep: timedelta
    protect: bool

    def __post_init__(self) -> None:
        if self.keep < timedelta(days=1) or self.keep % timedelta(days=1):
            raise SettingsError(
                f"keep is {self.keep}: Cloud Storage counts whole days, and an export would be deleted before anyone "
                "needs it. Write days, 1 at least."
            )


class CacheExports(Component):
    """One bucket, in which the instance alone may write."""

    bucket_name: pulumi.Output[str]

    def __init__(self, name: str, args: CacheExportsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        made = bucket(
            self,
            "bucket",
            BucketArgs(
                name=f"{args.prefix}-redis-{args.project_id}",
                project_id=args.project_id,
                region=args.region,
                key=args.storage_key,
                keep=args.keep,
                protect=args.protect,
            ),
        )
        for role in _ROLES:
            gcp.storage.BucketIAMMember(
                self.child(role.removeprefix("roles/storage.")),
                bucket=made.name,
                role=role,
                member=args.exporter,
                opts=self.under(),
            )
        self.bucket_name = made.name
        self.finish()
