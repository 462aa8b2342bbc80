"""Backups of what lives in the cluster."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coditect.graph.model import Node
from coditect.graph.values import Json, items, lookup
from infra.components.backup import BackupArgs, backup_bucket_name
from infra.settings import SettingsError
from tests.infra.foundation import WRITER, foundation

STACKS = ("dev", "staging", "prod", "dr", "local")
BUCKET = "gcp:storage/bucket:Bucket"
ARGS = BackupArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    project_number=1,
    region="us-central1",
    cluster_id="cluster",
    storage_key="key",
    foundationdb_retention=timedelta(days=30),
    schedule="0 2 * * *",
    namespaces=("ide",),
    writer_email=WRITER,
    protect=True,
)


def bucket(stack: str) -> Node:
    return foundation(stack).find(BUCKET, "backup-foundationdb")


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize(
    ("control", "path", "required"),
    [
        ("CKV_GCP_29", ("uniformBucketLevelAccess",), True),
        ("CKV_GCP_78", ("versioning", "enabled"), True),
        ("CKV_GCP_114", ("publicAccessPrevention",), "enforced"),
        ("called back", ("softDeletePolicy", "retentionDurationSeconds"), 7 * 24 * 3600),
    ],
)
def test_every_bucket_holds_its_controls(stack: str, control: str, path: tuple[str, ...], required: Json) -> None:
    for node in foundation(stack).of_type(BUCKET):
        assert node.input(*path) == required, control
        assert str(node.input("encryption", "defaultKmsKeyName")).endswith(f"/coditect-{stack}-storage")


def test_backups_are_kept_thirty_days_and_deleted_ones_a_week_longer() -> None:
    assert bucket("prod").input("lifecycleRules") == [
        {"action": {"type": "Delete"}, "condition": {"age": 30, "withState": "LIVE"}},
        {"action": {"type": "Delete"}, "condition": {"daysSinceNoncurrentTime": 7, "withState": "ARCHIVED"}},
    ]


def test_every_access_to_a_backup_is_in_the_audit_log_which_its_writer_cannot_reach() -> None:
    graph = foundation("prod")
    (audit,) = graph.of_type("gcp:projects/iAMAuditConfig:IAMAuditConfig")
    assert audit.input("service") == "allServices"
    assert {lookup(each, "logType") for each in items(audit.inputs, "auditLogConfigs")} >= {"DATA_READ", "DATA_WRITE"}
    assert not any(lookup(each, "exemptedMembers") for each in items(audit.inputs, "auditLogConfigs"))
    members = {
        (node.input("bucket"), node.input("role"), node.input("member"))
        for node in graph.of_type("gcp:storage/bucketIAMMember:BucketIAMMember")
    }
    assert members == {(bucket("prod").input("name"), "roles/storage.objectUser", f"serviceAccount:{WRITER}")}


def test_the_bucket_of_access_logs_is_kept_for_what_is_in_it() -> None:
    logs = foundation("prod").find(BUCKET, "backup-access-logs")
    assert (logs.protect, logs.retain_on_delete) == (True, True)
    assert logs.input("lifecycleRules", 0, "condition") == {"age": 90, "withState": "LIVE"}


@pytest.mark.parametrize("stack", STACKS)
def test_the_buckets_name_is_known_before_it_exists(stack: str) -> None:
    project = str(bucket(stack).input("project"))
    assert bucket(stack).input("name") == backup_bucket_name(f"coditect-{stack}", project)


def test_a_bucket_name_fits_the_longest_project_id() -> None:
    longest = "p" * 30
    assert len(backup_bucket_name("coditect-staging", longest)) <= 63


def test_volumes_are_backed_up_every_day_for_thirty_days_with_our_key() -> None:
    (plan,) = foundation("prod").of_type("gcp:gkebackup/backupPlan:BackupPlan")
    assert plan.input("backupSchedule") == {"cronSchedule": "0 2 * * *"}
    assert plan.input("retentionPolicy") == {"backupRetainDays": 30, "backupDeleteLockDays": 7}
    assert plan.input("backupConfig", "includeVolumeData") is True
    assert plan.input("backupConfig", "includeSecrets") is False
    assert plan.input("backupConfig", "selectedNamespaces") == {"namespaces": ["ide"]}
    assert str(plan.input("backupConfig", "encryptionKey", "gcpKmsEncryptionKey")).endswith("/coditect-prod-storage")


@pytest.mark.parametrize(("stack", "is_protected"), [("prod", True), ("dr", True), ("staging", True), ("dev", False)])
def test_backups_cannot_be_deleted_where_somebody_depends_on_them(stack: str, is_protected: bool) -> None:
    graph = foundation(stack)
    for node in graph.of_type(BUCKET, "gcp:gkebackup/backupPlan:BackupPlan"):
        assert (node.protect, node.retain_on_delete) == (is_protected, is_protected)
    assert bucket(stack).input("forceDestroy") is not is_protected


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"foundationdb_retention": timedelta(days=1)}, r"foundationdb_retention is 1 day.*7 at least"),
        ({"foundationdb_retention": timedelta(days=8, hours=1)}, r"foundationdb_retention is 8 days, 1:00:00"),
        ({"namespaces": ()}, r"namespaces is empty: the volumes"),
        ({"schedule": "daily"}, r"schedule is 'daily'.*five fields of cron"),
    ],
)
def test_a_backup_that_would_not_help_is_refused_with_the_cure(change: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        replace(ARGS, **change)  # type: ignore[arg-type] # the point is a wrong value
