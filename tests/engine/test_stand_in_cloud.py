"""What the stand-in of a cloud refuses, as the real one would: else the lifecycle tests would prove nothing."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from coditect.graph.values import JsonObject
from coditect.rehearsal.cloud import Cloud, RefusedError
from coditect.rehearsal.shelf import FileShelf, Thing
from coditect.rehearsal.types import SECRET, SECRET_VERSION

NETWORK = "gcp:compute/network:Network"
SUBNET = "gcp:compute/subnetwork:Subnetwork"
INSTANCE = "gcp:sql/databaseInstance:DatabaseInstance"
KEY_RING = "gcp:kms/keyRing:KeyRing"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
NAMESPACE = "kubernetes:core/v1:Namespace"


def thing(type_: str, id_: str, **inputs: JsonObject | str | bool) -> Thing:
    return Thing(type=type_, id=id_, urn=f"urn:pulumi:test::test::{type_}::{id_}", inputs={**inputs})


@pytest.fixture
def cloud(tmp_path: Path) -> Cloud:
    return Cloud(FileShelf(tmp_path))


def test_what_was_created_can_be_read_by_another_process(cloud: Cloud, tmp_path: Path) -> None:
    network = thing(NETWORK, "projects/acme/global/networks/main", name="main")
    cloud.create(network)
    assert Cloud(FileShelf(tmp_path)).read(NETWORK, network.id) == network


def test_a_second_thing_of_the_same_id_is_refused(cloud: Cloud) -> None:
    cloud.create(thing(NETWORK, "main"))
    with pytest.raises(RefusedError, match="exists already"):
        cloud.create(thing(NETWORK, "main"))


def test_what_belongs_to_nothing_is_refused(cloud: Cloud) -> None:
    with pytest.raises(RefusedError, match="there is no gcp:compute/network:Network main"):
        cloud.create(thing(SUBNET, "nodes", network="main"))


@pytest.mark.parametrize("name", ["projects/acme/global/networks/main", "main"])
def test_an_owner_is_known_by_its_id_and_by_its_name(cloud: Cloud, name: str) -> None:
    cloud.create(thing(NETWORK, "projects/acme/global/networks/main"))
    cloud.create(thing(SUBNET, "nodes", network=name))


def test_what_others_still_use_cannot_be_deleted(cloud: Cloud) -> None:
    cloud.create(thing(NETWORK, "main"))
    cloud.create(thing(SUBNET, "nodes", network="main"))
    with pytest.raises(RefusedError, match="still used by nodes"):
        cloud.delete(NETWORK, "main")
    cloud.delete(SUBNET, "nodes")
    cloud.delete(NETWORK, "main")
    assert not list(cloud.things())


@pytest.mark.parametrize("inputs", [{}, {"deletionProtection": True}])
def test_a_database_is_protected_from_deletion_unless_that_is_switched_off(
    cloud: Cloud, inputs: dict[str, bool]
) -> None:
    cloud.create(thing(INSTANCE, "main", **inputs))
    with pytest.raises(RefusedError, match="deletion protection"):
        cloud.delete(INSTANCE, "main")
    cloud.update(thing(INSTANCE, "main", deletionProtection=False))
    cloud.delete(INSTANCE, "main")
    assert cloud.read(INSTANCE, "main") is None


def test_the_name_of_a_key_ring_is_taken_for_ever(cloud: Cloud) -> None:
    cloud.create(thing(KEY_RING, "main"))
    cloud.delete(KEY_RING, "main")
    assert cloud.read(KEY_RING, "main") is None
    with pytest.raises(RefusedError, match="its name is taken for ever"):
        cloud.create(thing(KEY_RING, "main"))


def test_an_object_without_its_namespace_is_refused(cloud: Cloud) -> None:
    config = thing(CONFIG_MAP, "shop/config", metadata={"name": "config", "namespace": "shop"})
    with pytest.raises(RefusedError, match="there is no namespace shop"):
        cloud.create(config)
    cloud.create(thing(NAMESPACE, "shop", metadata={"name": "shop"}))
    cloud.create(config)


def test_deleting_what_is_gone_is_no_error_but_updating_it_is(cloud: Cloud) -> None:
    cloud.delete(NETWORK, "main")
    with pytest.raises(RefusedError, match="does not exist"):
        cloud.update(thing(NETWORK, "main"))


def test_one_thing_may_be_deleted_by_several_at_once(cloud: Cloud, tmp_path: Path) -> None:
    at_once = 8
    barrier = Barrier(at_once)

    def delete(id_: str) -> None:
        barrier.wait()
        Cloud(FileShelf(tmp_path)).delete(CONFIG_MAP, id_)

    with ThreadPoolExecutor(at_once) as threads:
        for number in range(50):
            cloud.create(thing(CONFIG_MAP, f"thing-{number}"))
            list(threads.map(delete, [f"thing-{number}"] * at_once))
    assert list(cloud.things()) == []


def test_versions_go_with_their_secret(cloud: Cloud) -> None:
    secret, version = "projects/acme/secrets/password", "projects/acme/secrets/password/versions/1"
    cloud.create(thing(SECRET, secret))
    cloud.create(thing(SECRET_VERSION, version, secret=secret))
    cloud.delete(SECRET, secret)
    assert cloud.read(SECRET_VERSION, version) is None
