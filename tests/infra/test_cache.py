"""Redis on Memorystore: nothing is evicted, nothing travels or rests in clear."""

from dataclasses import replace

import pytest

from coditect.graph.model import Node
from infra.components.cache import CacheArgs
from infra.settings import SettingsError
from infra.settings.stores import Cache as CacheSize
from infra.settings.vocabulary import CacheTier
from tests.infra.foundation import foundation

STACKS = ("dev", "staging", "prod", "dr", "local")
ARGS = CacheArgs(
    prefix="coditect-test",
    project_id="coditect-test",
    region="us-central1",
    zones=("us-central1-a", "us-central1-b"),
    network_id="vpc",
    private_services="range",
    key_id=None,
    size=CacheSize(tier=CacheTier.STANDARD_HA, memory_gib=1),
    protect=True,
)


def redis(stack: str) -> Node:
    return foundation(stack).find("gcp:redis/instance:Instance", "cache-redis")


@pytest.mark.parametrize("stack", STACKS)
def test_a_seat_is_never_evicted(stack: str) -> None:
    assert redis(stack).input("redisConfigs") == {"maxmemory-policy": "noeviction"}


@pytest.mark.parametrize("stack", STACKS)
def test_the_cache_is_private_has_a_password_and_encrypts(stack: str) -> None:
    node = redis(stack)
    assert node.input("authEnabled") is True
    assert node.input("transitEncryptionMode") == "SERVER_AUTHENTICATION"
    assert node.input("connectMode") == "PRIVATE_SERVICE_ACCESS"
    assert node.input("redisVersion") == "REDIS_7_2"
    assert str(node.input("customerManagedKey")).endswith(f"/coditect-{stack}-cache")


@pytest.mark.parametrize(
    ("stack", "tier", "memory", "snapshots"),
    [
        ("prod", "STANDARD_HA", 16, {"persistenceMode": "RDB", "rdbSnapshotPeriod": "SIX_HOURS"}),
        ("dr", "STANDARD_HA", 16, {"persistenceMode": "RDB", "rdbSnapshotPeriod": "SIX_HOURS"}),
        ("dev", "BASIC", 6, {"persistenceMode": "DISABLED"}),
    ],
)
def test_the_cache_is_as_large_and_as_safe_as_its_stack_asks(
    stack: str, tier: str, memory: int, snapshots: dict[str, str]
) -> None:
    node = redis(stack)
    assert (node.input("tier"), node.input("memorySizeGb")) == (tier, memory)
    assert node.input("persistenceConfig") == snapshots


def test_the_replica_stands_in_another_zone_and_a_basic_cache_has_none() -> None:
    assert (redis("prod").input("locationId"), redis("prod").input("alternativeLocationId")) == (
        "us-central1-a",
        "us-central1-b",
    )
    assert redis("dev").input("alternativeLocationId") is None


@pytest.mark.parametrize("stack", STACKS)
def test_the_password_is_secret_and_no_part_of_the_address(stack: str) -> None:
    component = foundation(stack).find("coditect:platform:Cache", "cache")
    assert "auth_string" in component.secret_paths
    assert component.outputs["connection_url"] == f"rediss://{component.outputs['host']}:6378/0"


@pytest.mark.parametrize(("stack", "is_protected"), [("prod", True), ("dr", True), ("staging", True), ("dev", False)])
def test_the_cache_cannot_be_deleted_where_somebody_depends_on_it(stack: str, is_protected: bool) -> None:
    assert (redis(stack).protect, redis(stack).retain_on_delete) == (is_protected, is_protected)


def test_a_replica_in_the_primarys_own_zone_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"STANDARD_HA keeps a replica in another zone.*two different zones"):
        replace(ARGS, zones=("us-central1-a", "us-central1-a"))
