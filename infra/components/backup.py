"""Backups of what lives in the cluster: FoundationDB to a bucket, and the volumes of stateful namespaces."""

from dataclasses import dataclass
from datetime import timedelta

import pulumi
import pulumi_gcp as gcp

from infra.components.base import Component
from infra.components.bucket import SECOND_THOUGHTS, BucketArgs, bucket
from infra.components.service_agents import KEY_USER_ROLE, Agent
from infra.settings import SettingsError

# Who uses a plan's key beside Backup for GKE itself and Cloud Storage, which have it for their own: the agent in the
# cluster writes manifests as Kubernetes' account, and Compute Engine makes the snapshots ("About Backup for GKE CMEK
# encryption"). Without them a plan is made without complaint, and each of its backups fails.
_PLAN_KEY_USERS = (Agent.KUBERNETES, Agent.COMPUTE)

# What Google wrote into the bucket of access logs is gone after this.
_ACCESS_LOG_RETENTION = timedelta(days=90)


def backup_bucket_name(prefix: str, project_id: str) -> str:
    """Name of the bucket of FoundationDB's backups: with the project's id in it, for bucket names are the world's."""
    return f"{prefix}-foundationdb-{project_id}"


@dataclass(frozen=True, kw_only=True)
class BackupArgs:
    """What backups need to know.

    project_number: part of the names of Google's service agents.
    storage_key: key of the buckets and of the backup plan, in the same region.
    foundationdb_retention: how long FoundationDB's backups and those of volumes are kept, in whole days.
    schedule: when volumes are backed up: cron, UTC.
    namespaces: namespaces with volumes.
    writer_email: the one service account that may read and write FoundationDB's backups.
    protect: whether deleting the buckets and the plan is refused.
    """

    prefix: str
    project_id: str
    project_number: int
    region: str
    cluster_id: pulumi.Input[str]
    storage_key: pulumi.Input[str]
    foundationdb_retention: timedelta
    schedule: str
    namespaces: tuple[str, ...]
    writer_email: pulumi.Input[str]
    protect: bool

    def __post_init__(self) -> None:
        if self.foundationdb_retention < timedelta(days=7) or self.foundationdb_retention % timedelta(days=1):
            raise SettingsError(
                f"foundationdb_retention is {self.foundationdb_retention}: a fault noticed after a holiday could not "
                "be undone. Write whole days, 7 at least."
            )
        if not self.namespaces:
            raise SettingsError(
                "namespaces is empty: the volumes of the cluster would be in no backup. Name those that have some."
            )
        if len(self.schedule.split()) != 5:
            raise SettingsError(
                f"schedule is {self.schedule!r}: Google refuses the plan, and nothing would be backed up. "
                "Write five fields of cron, like '0 2 * * *'."
            )


class Backup(Component):
    """Bucket of FoundationDB's backups, bucket of earlier access logs, and the cluster's backup plan.

    Who reads or writes a backup stands in the audit log: the project logs DATA_READ and DATA_WRITE of every service,
    with who it was, for two years. Cloud Storage's own usage logs, which Google advises only for what audit logs cannot
    say, are written by cloud-storage-analytics@google.com. Domain-restricted sharing, which is on in organisations made
    since May 2024, refuses a grant to that group. So they are off; the bucket stays for what it holds.
    """

    bucket_name: pulumi.Output[str]
    log_bucket_name: pulumi.Output[str]
    plan_id: pulumi.Output[str]

    def __init__(self, name: str, args: BackupArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        log_bucket = self._bucket(
            "access-logs",
            f"{args.prefix}-access-logs-{args.project_id}",
            keep=_ACCESS_LOG_RETENTION,
        )
        made = self._bucket(
            "foundationdb",
            backup_bucket_name(args.prefix, args.project_id),
            keep=args.foundationdb_retention,
        )
        gcp.storage.BucketIAMMember(
            self.child("foundationdb-writer"),
            bucket=made.name,
            # Objects only: neither the bucket's settings nor who else may come in.
            role="roles/storage.objectUser",
            member=pulumi.Output.concat("serviceAccount:", args.writer_email),
            opts=self.under(),
        )
        self.bucket_name = made.name
        self.log_bucket_name = log_bucket.name
        self.plan_id = self._plan()
        self.finish()

    def _bucket(self, suffix: str, name: str, *, keep: timedelta) -> gcp.storage.Bucket:
        args = self._args
        return bucket(
            self,
            suffix,
            BucketArgs(
                name=name,
                project_id=args.project_id,
                region=args.region,
                key=args.storage_key,
                keep=keep,
                protect=args.protect,
            ),
        )

    def _plan(self) -> pulumi.Output[str]:
        args = self._args
        users = [
            gcp.kms.CryptoKeyIAMMember(
                self.child(f"volumes-key-{agent.name.lower()}"),
                crypto_key_id=args.storage_key,
                role=KEY_USER_ROLE,
                member=f"serviceAccount:{agent.email(args.project_number)}",
                opts=self.under(),
            )
            for agent in _PLAN_KEY_USERS
        ]
        plan = gcp.gkebackup.BackupPlan(
            self.child("volumes"),
            name=f"{args.prefix}-volumes",
            project=args.project_id,
            location=args.region,
            cluster=args.cluster_id,
            description="Volumes of the stateful namespaces",
            backup_schedule=gcp.gkebackup.BackupPlanBackupScheduleArgs(cron_schedule=args.schedule),
            retention_policy=gcp.gkebackup.BackupPlanRetentionPolicyArgs(
                backup_retain_days=args.foundationdb_retention.days,
                backup_delete_lock_days=SECOND_THOUGHTS.days if args.protect else 0,
            ),
            backup_config=gcp.gkebackup.BackupPlanBackupConfigArgs(
                include_volume_data=True,
                # Secret Manager holds them; a copy in a backup would outlive its rotation.
                include_secrets=False,
                selected_namespaces=gcp.gkebackup.BackupPlanBackupConfigSelectedNamespacesArgs(
                    namespaces=list(args.namespaces)
                ),
                encryption_key=gcp.gkebackup.BackupPlanBackupConfigEncryptionKeyArgs(
                    gcp_kms_encryption_key=args.storage_key
                ),
            ),
            labels=self.labels(),
            # An order and not a value: a preview shows all changed that an unknown key encrypts.
            opts=self.under(
                pulumi.ResourceOptions(protect=args.protect, retain_on_delete=args.protect, depends_on=users)
            ),
        )
        return plan.id
