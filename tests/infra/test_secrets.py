"""Secret Manager: exactly the readers, in every region, and no value but what the platform makes."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date

import pulumi
import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.graph.values import SECRET, items, text
from infra.catalog.secrets import SECRETS
from infra.components.secrets import Secrets, SecretsArgs
from infra.settings import SettingsError


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """Arguments hold outputs, and an output needs a loop: one of this test's own, whatever ran before it."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()


SECRET_TYPE = "gcp:secretmanager/secret:Secret"
VERSION = "gcp:secretmanager/secretVersion:SecretVersion"
BINDING = "gcp:secretmanager/secretIamBinding:SecretIamBinding"
Captured = Callable[[str], Graph]
READER = "license@coditect-test.iam.gserviceaccount.com"
DEPLOYER = "deploy@coditect-test.iam.gserviceaccount.com"


def args(**changes: object) -> SecretsArgs:
    base = SecretsArgs(
        prefix="coditect-test",
        project_id="coditect-test",
        secrets=SECRETS,
        readers={"jwt-keys": (READER,)},
        locations=("us-central1", "us-east1"),
        key_ids={"us-central1": "key-central", "us-east1": "key-east"},
        platform_values={
            "redis-auth": pulumi.Output.secret("the-auth-string"),
            "redis-ca": pulumi.Output.secret("the-authority"),
        },
        program=DEPLOYER,
        first_rotation=date(2027, 4, 1),
        protect=True,
    )
    return replace(base, **changes)  # type: ignore[arg-type] # the tests change one field at a time, by name


def built(**changes: object) -> Graph:
    # Outputs belong to the run that made them: the arguments are built inside the program.
    return capture("prod", program=lambda: Secrets("secrets", args(**changes)))


def readers_of(graph: Graph, secret: str) -> list[str]:
    return [
        str(m)
        for n in graph.of_type(BINDING)
        if n.name == f"secrets-{secret}-readers"
        for m in items(n.inputs, "members")
    ]


def test_a_secret_is_kept_in_every_location_with_that_locations_key() -> None:
    replicas = items(built().find(SECRET_TYPE, "secrets-jwt-keys").inputs, "replication", "userManaged", "replicas")
    assert [
        (text(replica, "location"), text(replica, "customerManagedEncryption", "kmsKeyName")) for replica in replicas
    ] == [("us-central1", "key-central"), ("us-east1", "key-east")]


def test_production_keeps_its_secrets_where_the_standby_can_read_them(captured: Captured) -> None:
    for secret in captured("prod").of_type(SECRET_TYPE):
        replicas = items(secret.inputs, "replication", "userManaged", "replicas")
        assert {text(replica, "location") for replica in replicas} == {"us-central1", "us-east1"}


def test_a_secret_is_read_by_its_consumers_and_the_program_reads_only_what_it_hands_on() -> None:
    graph = built()
    assert readers_of(graph, "jwt-keys") == [f"serviceAccount:{READER}"]
    assert readers_of(graph, "google-oauth-client-secret") == [f"serviceAccount:{DEPLOYER}"]
    assert readers_of(graph, "redis-auth") == [f"serviceAccount:{DEPLOYER}"]
    assert readers_of(graph, "stripe-secret-key") == []


def test_the_only_values_are_those_that_the_platform_makes_and_they_are_marked_secret(graph: Graph) -> None:
    versions = graph.of_type(VERSION)
    assert {node.name for node in versions} == {"secrets-redis-auth-version", "secrets-redis-ca-version"}
    for node in versions:
        assert node.input("secretData") == SECRET


def test_a_rotation_is_announced_as_often_as_the_catalogue_says_on_a_topic_google_may_use() -> None:
    graph = built()
    node = graph.find(SECRET_TYPE, "secrets-jwt-keys")
    assert node.input("rotation") == {
        "nextRotationTime": "2027-04-01T00:00:00Z",
        "rotationPeriod": f"{90 * 86400}s",
    }
    assert node.ignore_changes == ("rotation.nextRotationTime",)
    publisher = graph.find("gcp:pubsub/topicIAMMember:TopicIAMMember", "secrets-rotation-publisher")
    assert publisher.input("role") == "roles/pubsub.publisher"
    assert publisher.urn in node.dependencies, "Secret Manager refuses a topic that it may not publish to"


def test_secrets_are_protected_twice(captured: Captured) -> None:
    for node in captured("prod").of_type(SECRET_TYPE):
        assert node.protect
        assert node.input("deletionProtection") is True


def test_the_standby_reads_productions_secrets_and_keeps_only_those_of_its_own_cache(captured: Captured) -> None:
    graph = captured("dr")
    assert {node.name for node in graph.of_type(SECRET_TYPE)} == {"secrets-redis-auth", "secrets-redis-ca"}
    binding = graph.find(BINDING, "secrets-jwt-keys-readers")
    assert text(binding.inputs, "secretId").endswith("/secrets/coditect-prod-jwt-keys")
    assert text(binding.inputs, "condition", "title"), "without one it would replace production's list of readers"


def test_a_value_for_a_secret_that_someone_else_fills_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"stripe-secret-key.*end up in the state"):
        args(
            platform_values={
                "redis-auth": pulumi.Output.secret("a"),
                "redis-ca": pulumi.Output.secret("b"),
                "stripe-secret-key": pulumi.Output.secret("c"),
            }
        )


def test_readers_of_a_secret_that_does_not_exist_are_refused() -> None:
    with pytest.raises(SettingsError, match="nosuch has readers or a value but is not in the catalogue"):
        args(readers={"nosuch": (READER,)})


def test_a_location_without_a_key_is_refused_when_another_has_one() -> None:
    with pytest.raises(SettingsError, match="no key for us-east1"):
        args(key_ids={"us-central1": "key-central"})


def test_secrets_that_are_kept_nowhere_are_refused() -> None:
    with pytest.raises(SettingsError, match="Write one region at least"):
        args(locations=())
