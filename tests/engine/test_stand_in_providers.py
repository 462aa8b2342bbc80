"""The real engine with the stand-in providers on a program of a few resources: the protocol, seen from outside."""

from dataclasses import replace
from pathlib import Path

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes
import pytest

from coditect.graph.values import members
from tests.engine.harness import SECRET_SIGNATURE, Deployment, EngineError, Run, new_deployment

PASSWORD = "the password of a user of the shop"

pytestmark = pytest.mark.engine


def shop(
    *,
    region: str = "us-central1",
    tier: str = "db-custom-1-3840",
    password: str = PASSWORD,
    host: str | None = None,
) -> None:
    google = gcp.Provider("google", project="acme", region="us-central1")
    options = pulumi.ResourceOptions(provider=google)
    network = gcp.compute.Network("network", name="shop", auto_create_subnetworks=False, opts=options)
    database = gcp.sql.DatabaseInstance(
        "database",
        name="shop",
        database_version="POSTGRES_16",
        region=region,
        deletion_protection=False,
        settings=gcp.sql.DatabaseInstanceSettingsArgs(tier=tier),
        opts=pulumi.ResourceOptions(provider=google, depends_on=[network]),
    )
    gcp.sql.User(
        "user", name="shop", instance=database.name, host=host, password=pulumi.Output.secret(password), opts=options
    )
    cache = gcp.redis.Instance("cache", name="shop", memory_size_gb=1, auth_enabled=True, opts=options)
    # A provider whose settings are unknown in a first preview, as a cluster's are.
    cluster = pulumi.ResourceOptions(provider=kubernetes.Provider("cluster", kubeconfig=cache.auth_string))
    namespace = kubernetes.core.v1.Namespace(
        "shop", metadata=kubernetes.meta.v1.ObjectMetaArgs(name="shop"), opts=cluster
    )
    kubernetes.core.v1.ConfigMap(
        "settings",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(name="settings", namespace=namespace.metadata.name),
        data={"network": network.self_link},
        opts=cluster,
    )


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    deployment = new_deployment("dev", tmp_path_factory.mktemp("shop"))
    deployment.up(shop)
    return deployment


def changes(run: Run) -> list[tuple[str, str]]:
    """Operations and names."""
    return [(operation, urn.rpartition("::")[2]) for operation, urn in run.changes()]


def test_a_first_preview_creates_nothing_and_knows_no_computed_value(tmp_path: Path) -> None:
    deployment = new_deployment("dev", tmp_path)
    run = deployment.preview(shop)
    assert {operation for operation, _ in run.changes()} == {"create"}
    assert not deployment.made()
    settings = next(step.new for step in run.steps() if step.urn.endswith("::settings"))
    assert settings is not None
    assert settings.inputs is not None
    # The engine's own marker of what is not known yet.
    assert settings.inputs["data"]["network"] == "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def test_stand_ins_name_themselves_in_the_engines_log(tmp_path: Path) -> None:
    run = new_deployment("dev", tmp_path).preview(shop)
    assert "stand-in for the gcp provider" in run.said()


def test_computed_values_reach_what_depends_on_them(deployed: Deployment) -> None:
    settings = deployed.cloud.read("kubernetes:core/v1:ConfigMap", "shop/settings")
    network = deployed.cloud.read("gcp:compute/network:Network", "projects/acme/global/networks/shop")
    assert settings is not None
    assert network is not None
    assert settings.inputs["data"] == {"network": network.self_link}


def test_the_cloud_gets_a_secret_in_clear_and_the_state_does_not(deployed: Deployment) -> None:
    users = list(deployed.cloud.things("gcp:sql/user:User"))
    assert [user.inputs["password"] for user in users] == [PASSWORD]
    assert PASSWORD not in deployed.state_file.read_text()


def test_a_computed_secret_is_encrypted_in_the_state(deployed: Deployment) -> None:
    cache = next(r for r in deployed.resources() if r["type"] == "gcp:redis/instance:Instance")
    assert set(members(cache, "outputs", "authString")) == {SECRET_SIGNATURE, "ciphertext"}


def test_another_secret_is_an_update_that_the_cloud_sees(deployed: Deployment, tmp_path: Path) -> None:
    other = deployed.copy(tmp_path)
    run = other.up(lambda: shop(password="another password of that user"))
    assert changes(run) == [("update", "user")]
    users = list(other.cloud.things("gcp:sql/user:User"))
    assert [user.inputs["password"] for user in users] == ["another password of that user"]


def test_what_can_change_in_place_is_updated(deployed: Deployment, tmp_path: Path) -> None:
    run = deployed.copy(tmp_path).up(lambda: shop(tier="db-custom-2-7680"))
    assert changes(run) == [("update", "database")]


def test_what_cannot_change_in_place_is_deleted_first_for_its_name_is_taken(
    deployed: Deployment, tmp_path: Path
) -> None:
    other = deployed.copy(tmp_path)
    run = other.up(lambda: shop(host="10.0.0.1"))
    user = [operation for operation, name in changes(run) if name == "user"]
    assert user == ["delete-replaced", "replace", "create-replacement"]
    [made] = other.cloud.things("gcp:sql/user:User")
    assert made.inputs["host"] == "10.0.0.1"


def test_a_database_cannot_be_made_again_under_the_name_it_just_had(deployed: Deployment, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="its name is free in 7 days"):
        deployed.copy(tmp_path).up(lambda: shop(region="us-east1"))


def test_a_change_behind_the_engines_back_shows_in_a_refresh(deployed: Deployment, tmp_path: Path) -> None:
    other = deployed.copy(tmp_path)
    [instance] = other.cloud.things("gcp:sql/databaseInstance:DatabaseInstance")
    other.cloud.update(replace(instance, inputs={**instance.inputs, "settings": {"tier": "db-f1-micro"}}))
    assert changes(other.refresh(shop)) == [("update", "database")]
    assert changes(other.up(shop)) == [("update", "database")]


def test_what_was_deleted_behind_the_engines_back_is_made_again(deployed: Deployment, tmp_path: Path) -> None:
    other = deployed.copy(tmp_path)
    other.cloud.delete("kubernetes:core/v1:ConfigMap", "shop/settings")
    other.refresh(shop)
    assert changes(other.up(shop)) == [("create", "settings")]


def test_a_refusal_of_the_cloud_ends_the_run_with_its_words(tmp_path: Path) -> None:
    deployment = new_deployment("dev", tmp_path)

    def twice() -> None:
        google = gcp.Provider("google", project="acme")
        one = gcp.compute.Network("one", name="shop", opts=pulumi.ResourceOptions(provider=google))
        # After the first: two at the same instant would both find the name free.
        gcp.compute.Network("other", name="shop", opts=pulumi.ResourceOptions(provider=google, depends_on=[one]))

    with pytest.raises(EngineError, match="exists already"):
        deployment.up(twice)
