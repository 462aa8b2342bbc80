"""Redis before a deployment: exported to a bucket of its own, for a week. Memorystore keeps its last snapshot alone."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from coditect.graph import configuration
from coditect.graph.model import Graph, Node
from coditect.graph.values import items, text
from infra.components.cache_exports import CacheExportsArgs
from infra.components.delivery_permissions import PERMISSIONS
from infra.settings import SettingsError
from tests.graphs import graph_of

BUCKET = "gcp:storage/bucket:Bucket"
GRANT = "gcp:storage/bucketIAMMember:BucketIAMMember"
REDIS = "gcp:redis/instance:Instance"
SNAPSHOTS = ("staging", "prod", "dr")
RELEASE = (configuration.ROOT / "docs" / "runbooks" / "release.md").read_text()
ARGS = CacheExportsArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    region="us-central1",
    exporter="serviceAccount:exporter",
    storage_key="key",
    keep=timedelta(days=7),
    protect=True,
)


def exports(graph: Graph) -> Node:
    return graph.find(BUCKET, "cache-exports-bucket")


@pytest.mark.parametrize("stack", SNAPSHOTS)
def test_an_export_is_kept_for_seven_days_in_the_region_of_redis_and_by_our_key(stack: str) -> None:
    graph = graph_of(stack)
    bucket = exports(graph)
    ages = [rule for rule in items(bucket.inputs, "lifecycleRules") if text(rule, "condition", "withState") == "LIVE"]
    assert [(text(rule, "action", "type"), rule["condition"]["age"]) for rule in ages] == [("Delete", 7)]  # type: ignore[index,call-overload] # rules are mappings
    (redis,) = graph.of_type(REDIS)
    region = text(redis.inputs, "region")
    assert bucket.input("location") == region.upper()
    assert f"/locations/{region}/" in text(bucket.inputs, "encryption", "defaultKmsKeyName")
    assert bucket.input("publicAccessPrevention") == "enforced"
    assert bucket.input("uniformBucketLevelAccess") is True
    assert bucket.protect


@pytest.mark.parametrize("stack", SNAPSHOTS)
def test_only_the_account_of_the_instance_writes_there_and_changes_no_policy(stack: str) -> None:
    graph = graph_of(stack)
    (redis,) = graph.of_type(REDIS)
    grants = [grant for grant in graph.of_type(GRANT) if grant.input("bucket") == exports(graph).input("name")]
    assert {grant.input("member") for grant in grants} == {redis.outputs["persistenceIamIdentity"]}
    assert {grant.input("role") for grant in grants} == {"roles/storage.legacyBucketReader", "roles/storage.objectUser"}


def test_a_stack_without_snapshots_exports_nothing() -> None:
    for stack in ("dev", "local"):
        assert graph_of(stack).of_type("coditect:platform:CacheExports") == ()


@pytest.mark.parametrize("stack", SNAPSHOTS)
def test_the_runbook_of_a_release_exports_to_that_bucket_first(stack: str) -> None:
    graph = graph_of(stack)
    (redis,) = graph.of_type(REDIS)
    bucket = text(exports(graph).inputs, "name")
    (line,) = re.findall(
        rf"^ *gcloud redis instances export gs://{re.escape(bucket)}/.+\.rdb (.*)$", RELEASE, re.MULTILINE
    )
    assert line.split()[:3] == [redis.input("name"), "--region", redis.input("region")]
    assert RELEASE.index("gcloud redis instances export") < RELEASE.index("Change `active`")


def test_the_deploying_account_may_take_an_export() -> None:
    assert "redis.instances.export" in PERMISSIONS


def test_a_bucket_that_would_keep_nothing_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"keep is 12:00:00.*Write days"):
        replace(ARGS, keep=timedelta(hours=12))
