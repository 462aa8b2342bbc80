"""What a capture keeps of a program, and what it refuses."""

import asyncio
from collections.abc import Callable

import pulumi
import pulumi_gcp as gcp
import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.graph.monitor import CaptureError
from coditect.graph.values import SECRET, leaves, text
from infra.settings import SettingsError
from tests.infra import toy

DATABASE = "gcp:sql/databaseInstance:DatabaseInstance"


@pytest.fixture(scope="module")
def shop() -> Graph:
    return capture("prod", program=toy.program)


def test_urns_are_those_of_the_engine(shop: Graph) -> None:
    database = shop.find(DATABASE, "store-postgres")

    assert database.urn == f"urn:pulumi:prod::coditect::coditect:platform:Store${DATABASE}::store-postgres"


def test_protection_retention_and_ignored_changes_are_kept(shop: Graph) -> None:
    database = shop.find(DATABASE, "store-postgres")
    secret = shop.find("gcp:secretmanager/secret:Secret", "store-secret")

    assert (database.protect, database.ignore_changes) == (True, ("settings.tier",))
    assert (secret.protect, secret.retain_on_delete) == (False, True)


def test_an_alias_of_a_component_reaches_its_children_as_the_engine_has_it(shop: Graph) -> None:
    assert shop.find("coditect:platform:Store", "store").aliases == (
        "urn:pulumi:prod::coditect::coditect:platform:Store::vault",
    )
    assert shop.find(DATABASE, "store-postgres").aliases == (
        f"urn:pulumi:prod::coditect::coditect:platform:Store${DATABASE}::vault-postgres",
    )


def test_a_component_has_the_outputs_it_registers(shop: Graph) -> None:
    assert list(shop.find("coditect:platform:Store", "store").outputs) == ["address"]
    assert list(shop.root.outputs) == ["address"]


def test_dependencies_are_known_by_property(shop: Graph) -> None:
    network = shop.find("gcp:compute/network:Network", "store-vpc")
    database = shop.find(DATABASE, "store-postgres")
    web = shop.find("kubernetes:apps/v1:Deployment", "web")

    assert database.property_dependencies == {"settings": (network.urn,)}
    assert database.urn in web.property_dependencies["spec"]


def test_a_resource_knows_its_provider(shop: Graph) -> None:
    google = shop.find("pulumi:providers:gcp", "google")

    assert shop.find(DATABASE, "store-postgres").provider == google.urn


def test_what_a_first_preview_cannot_know_is_marked_and_still_has_a_plausible_value(shop: Graph) -> None:
    database = shop.find(DATABASE, "store-postgres")

    assert database.computed_paths == {"settings.ipConfiguration.privateNetwork"}
    assert text(database.inputs, "settings", "ipConfiguration", "privateNetwork") == (
        "projects/toy-project/global/networks/toy-vpc"
    )


def test_a_secret_leaves_its_path_and_nothing_else(shop: Graph) -> None:
    version = shop.find("gcp:secretmanager/secretVersion:SecretVersion", "store-version")

    assert version.inputs["secretData"] == SECRET
    assert "secretData" in version.secret_paths
    for node in shop.nodes.values():
        for properties in (node.inputs, node.outputs):
            assert all(toy.PASSWORD not in str(value) for _, value in leaves(properties))


def test_the_same_program_gives_the_same_graph(shop: Graph) -> None:
    assert capture("prod", program=toy.program) == shop


def test_one_capture_leaves_nothing_for_the_next(shop: Graph) -> None:
    def small() -> None:
        pulumi.export("stack", pulumi.get_stack())
        pulumi.export("region", pulumi.Config("coditect").require_object("google")["region"])

    standby = capture("dr", program=small)

    assert standby.root.outputs == {"stack": "dr", "region": "us-east1"}
    assert standby.resources == ()


def test_a_capture_works_inside_a_running_event_loop() -> None:
    async def inside() -> Graph:
        return capture("dev", program=toy.program)

    assert asyncio.run(inside()).stack == "dev"


def test_an_error_of_the_second_run_alone_comes_out_as_itself() -> None:
    def differs() -> None:
        if pulumi.runtime.is_dry_run():
            raise SettingsError("only a preview sees this")

    with pytest.raises(SettingsError, match="only a preview sees this"):
        capture("prod", program=differs)


def test_the_programs_own_error_comes_out_as_itself_and_the_next_capture_is_clean(shop: Graph) -> None:
    def broken() -> None:
        gcp.compute.Network("vpc", name="vpc")
        raise SettingsError("database.cpus is 3: write 2 or 4.")

    with pytest.raises(SettingsError, match=r"^database\.cpus is 3: write 2 or 4\.$"):
        capture("prod", program=broken)
    assert capture("prod", program=toy.program) == shop


def test_an_error_inside_apply_comes_out_as_itself() -> None:
    def fail(_: str) -> str:
        raise SettingsError("the address is wrong")

    def broken() -> None:
        network = gcp.compute.Network("vpc", name="vpc", project="p")
        gcp.compute.Router("router", name="router", network=network.id.apply(fail))

    with pytest.raises(SettingsError, match="the address is wrong"):
        capture("prod", program=broken)


def _secret_in_the_clear() -> None:
    password = pulumi.Output.secret("a password nobody may see")
    gcp.secretmanager.SecretVersion("version", secret="projects/p/secrets/s", secret_data=password)
    gcp.storage.Bucket(
        "bucket", name="b", location="US", project="p", labels={"note": pulumi.Output.unsecret(password)}
    )


def _secret_of_the_provider_in_the_clear() -> None:
    cache = gcp.redis.Instance("cache", name="c", project="p", region="us-central1", memory_size_gb=1)
    gcp.storage.Bucket(
        "bucket", name="b", location="US", project="p", labels={"note": pulumi.Output.unsecret(cache.auth_string)}
    )


def _resource_inside_apply() -> None:
    network = gcp.compute.Network("vpc", name="vpc", project="p")
    network.id.apply(lambda _: gcp.compute.Router("router", name="router", network="vpc"))


def _data_source_with_known_arguments() -> None:
    gcp.secretmanager.get_secret_version_access_output(secret="projects/p/secrets/s")


def _reads_the_cloud() -> None:
    gcp.compute.Network.get("vpc", "projects/p/global/networks/vpc")


def _two_of_one_name() -> None:
    gcp.compute.Network("vpc", name="a")
    gcp.compute.Network("vpc", name="b")


def _output_without_a_form() -> None:
    network = gcp.compute.Network("vpc", name="vpc", project="p")
    gcp.compute.Router("router", name="r", network="vpc", description=network.gateway_ipv4)


def _logs_an_error() -> None:
    pulumi.log.error("the key ring is missing")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (_secret_in_the_clear, "holds a value that is a secret elsewhere"),
        (_secret_of_the_provider_in_the_clear, "holds a value that is a secret elsewhere"),
        (_resource_inside_apply, "No resource may be declared inside `apply`"),
        (_data_source_with_known_arguments, "A first preview would already ask"),
        (_reads_the_cloud, "is read from the cloud"),
        (_two_of_one_name, "is declared twice"),
        (_output_without_a_form, "no plausible value came for it"),
        (_logs_an_error, "the key ring is missing"),
    ],
)
def test_a_program_that_a_review_could_not_trust_is_refused(program: Callable[[], None], message: str) -> None:
    with pytest.raises(CaptureError, match=message):
        capture("prod", program=program)


def test_a_stack_that_does_not_exist_is_an_error_with_those_that_do() -> None:
    with pytest.raises(
        SettingsError, match=r"There is no stack 'production'.*There are: dev, dr, local, prod, staging"
    ):
        capture("production", program=toy.program)
