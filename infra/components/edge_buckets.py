"""Hosts whose files come from a bucket: private, read by the load balancer alone, kept by Cloud CDN.

Why no one is let into the bucket itself: docs/adr/0019-downloads.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog.routes import BucketHost
from infra.components.base import Component
from infra.components.edge_backends import HSTS

# An installer has its version in its name, so it may be kept as long as Google takes it: 30 days. What must be fresh
# says so itself (`Cache-Control: no-cache`), which this mode of the cache obeys for anything shorter.
_KEPT_SECONDS = 30 * 24 * 3600
_SECOND_THOUGHTS_SECONDS = 7 * 24 * 3600
_OLDER_VERSIONS_DAYS = 90
_HEADERS = (HSTS, "X-Content-Type-Options: nosniff", "Content-Security-Policy: sandbox; default-src 'none'")


@dataclass(frozen=True, kw_only=True)
class BucketsArgs:
    """What the buckets need to know.

    project_number: names the load balancer's service agent.
    region, storage_key: where the files stand, and the key of that region that encrypts them.
    hosts: one bucket each.
    protect: whether deleting a bucket is refused.
    """

    prefix: str
    project_id: str
    project_number: int
    region: str
    storage_key: pulumi.Input[str]
    hosts: tuple[BucketHost, ...]
    protect: bool


class Buckets(Component):
    """A bucket and a backend bucket for each host. backend_ids: by host's label."""

    backend_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: BucketsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.backend_ids = {host.label: self._serve(host) for host in args.hosts}
        self.finish()

    def _serve(self, host: BucketHost) -> pulumi.Output[str]:
        args = self._args
        files = self._bucket(host)
        backend = gcp.compute.BackendBucket(
            self.child(host.label),
            name=f"{args.prefix}-{host.label}",
            project=args.project_id,
            description=host.purpose,
            bucket_name=files.name,
            enable_cdn=True,
            cdn_policy=gcp.compute.BackendBucketCdnPolicyArgs(
                cache_mode="CACHE_ALL_STATIC",
                default_ttl=3600,
                client_ttl=3600,
                max_ttl=_KEPT_SECONDS,
                request_coalescing=True,
            ),
            custom_response_headers=list(_HEADERS),
            opts=self.under(),
        )
        # Google makes this agent with a project's first backend bucket, so the grant comes after. Single objects only:
        # with leave to list them, whoever asks for `/` would be told every file there is.
        # https://cloud.google.com/cdn/docs/configure-private-bucket-access
        gcp.storage.BucketIAMMember(
            self.child(f"{host.label}-reader"),
            bucket=files.name,
            role="roles/storage.legacyObjectReader",
            member=f"serviceAccount:service-{args.project_number}@https-lb.iam.gserviceaccount.com",
            opts=self.under(pulumi.ResourceOptions(depends_on=[backend])),
        )
        return backend.id

    def _bucket(self, host: BucketHost) -> gcp.storage.Bucket:
        args = self._args
        return gcp.storage.Bucket(
            self.child(f"{host.label}-files"),
            # With the project's id in it, for bucket names are the world's.
            name=f"{args.prefix}-{host.label}-{args.project_id}",
            project=args.project_id,
            location=args.region.upper(),
            storage_class="STANDARD",
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            # Whoever replaces an installer leaves the one before it behind.
            versioning=gcp.storage.BucketVersioningArgs(enabled=True),
            soft_delete_policy=gcp.storage.BucketSoftDeletePolicyArgs(
                retention_duration_seconds=_SECOND_THOUGHTS_SECONDS
            ),
            lifecycle_rules=[
                gcp.storage.BucketLifecycleRuleArgs(
                    action=gcp.storage.BucketLifecycleRuleActionArgs(type="Delete"),
                    condition=gcp.storage.BucketLifecycleRuleConditionArgs(
                        days_since_noncurrent_time=_OLDER_VERSIONS_DAYS, with_state="ARCHIVED"
                    ),
                )
            ],
            encryption=gcp.storage.BucketEncryptionArgs(default_kms_key_name=args.storage_key),
            force_destroy=not args.protect,
            labels=self.labels(),
            opts=self.under(pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect)),
        )
