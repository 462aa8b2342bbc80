"""What is listed before a first deployment: nothing that the program or its settings rely on is left out."""

import json
from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import leaves
from coditect.preflight.google import principals
from coditect.preflight.model import Kind, Prerequisite, Stage, State
from coditect.preflight.placeholders import in_releases, in_settings
from coditect.preflight.prerequisites import prerequisites
from coditect.preflight.quotas import needs
from coditect.release import unreleased
from infra import releases, wiring
from infra.catalog import CATALOG
from infra.releases import Releases
from infra.settings import Settings
from infra.settings.state import state_bucket, state_key
from tests.infra.test_settings import changed, loaded

Captured = Callable[[str], Graph]
SettingsOf = Callable[[str], Settings]
DEPLOYED = ("dev", "staging", "prod", "dr")
EVERY_DEPLOYED_STACK = pytest.mark.parametrize("stack", DEPLOYED)
RELEASED = f"sha256:{'a' * 64}"


def listed(stack: str, settings: Settings, graph: Graph, *, has: bool = True) -> tuple[Prerequisite, ...]:
    return prerequisites(settings, graph=graph, releases=releases.load(stack), needs=needs((graph,)), has=lambda _: has)


def names(found: tuple[Prerequisite, ...], kind: Kind) -> list[str]:
    return [one.name for one in found if one.kind is kind]


@EVERY_DEPLOYED_STACK
def test_each_prerequisite_has_a_name_of_its_own_and_can_be_checked_here_or_there(
    stack: str, captured: Captured, settings_of: SettingsOf
) -> None:
    found = listed(stack, settings_of(stack), captured(stack))
    assert len({one.name for one in found}) == len(found)
    for one in found:
        assert (one.state is State.ASK) == (one.command is not None), one.name
        assert one.says


@EVERY_DEPLOYED_STACK
def test_each_principal_of_the_organisation_that_the_program_names_is_listed(
    stack: str, captured: Captured, settings_of: SettingsOf
) -> None:
    settings = settings_of(stack)
    domain = f"@{settings.google.organization_domain}"
    named = {
        value
        for node in captured(stack).resources
        for _, value in leaves(node.inputs)
        if isinstance(value, str) and value.startswith(("group:", "user:", "domain:")) and value.endswith(domain)
    }
    assert named <= principals(settings)
    cluster = captured(stack).of_type("gcp:container/cluster:Cluster")[0]
    assert f"group:{cluster.input('authenticatorGroupsConfig', 'securityGroup')}" in principals(settings)
    assert principals(settings) <= set(names(listed(stack, settings, captured(stack)), Kind.PRINCIPAL))


@EVERY_DEPLOYED_STACK
def test_the_state_and_its_key_are_listed_in_the_multi_region(
    stack: str, captured: Captured, settings_of: SettingsOf
) -> None:
    project = settings_of(stack).google.project
    stored = names(listed(stack, settings_of(stack), captured(stack)), Kind.STATE_STORE)
    assert stored == [f"gs://{state_bucket(project)}", state_key(project)]
    assert "/locations/us/" in state_key(project)


@EVERY_DEPLOYED_STACK
def test_the_secrets_that_a_person_fills_are_listed_before_the_second_pass(
    stack: str, captured: Captured, settings_of: SettingsOf
) -> None:
    settings = settings_of(stack)
    found = listed(stack, settings, captured(stack))
    expected = {wiring.secret_id(s, settings).rpartition("/")[2] for s in wiring.filled_by_hand(CATALOG, settings)}
    assert set(names(found, Kind.SECRET)) == expected
    assert {one.stage for one in found if one.kind is Kind.SECRET} <= {Stage.SECOND_PASS}


def test_who_owns_the_zones_delegates_them_and_a_standby_does_not(captured: Captured, settings_of: SettingsOf) -> None:
    prod = names(listed("prod", settings_of("prod"), captured("prod")), Kind.DELEGATION)
    assert prod == ["NS of coditect.com", "DS of coditect.com", "NS of coditect.ai", "DS of coditect.ai"]
    assert names(listed("dr", settings_of("dr"), captured("dr")), Kind.DELEGATION) == []


def test_a_program_that_is_not_on_path_is_missing_and_one_that_is_there_is_not(
    captured: Captured, settings_of: SettingsOf
) -> None:
    for has, state in ((True, State.OK), (False, State.MISSING)):
        found = listed("dev", settings_of("dev"), captured("dev"), has=has)
        programs = {one.name: one.state for one in found if one.kind is Kind.TOOL}
        assert {"pulumi", "gcloud", "gke-gcloud-auth-plugin"} <= programs.keys()
        assert set(programs.values()) == {state}


def test_a_quota_that_does_not_fit_is_asked_for_with_numbers(captured: Captured, settings_of: SettingsOf) -> None:
    found = {one.name: one for one in listed("prod", settings_of("prod"), captured("prod"))}
    ssd = found["SSD_TOTAL_GB in us-central1"]
    assert "250 GiB" in ssd.says
    assert "Ask for 1,000" in ssd.says
    assert "--preferred-value=1000" in ssd.mend
    assert "--quota-id=SSD-TOTAL-GB-per-project-region" in ssd.mend
    assert "--dimensions=region=us-central1" in ssd.mend
    assert "GLOBAL_STATIC_ADDRESSES" not in found


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("google.project_number", 410000000009),
        ("identity.google_client_id", "410000000003-coditect.apps.googleusercontent.com"),
        ("identity.github_client_id", "Ov23liCoditectProd01"),
        ("edge.admin_allowed", ["203.0.113.7/32"]),
        ("dns.dkim", [{"selector": "s1", "target": "s1.domainkey.u00000000.wl.sendgrid.net"}]),
        ("observability.alert_email", "alerts@example.com"),
        ("domains.site", "example.org"),
    ],
)
def test_a_value_that_has_the_form_of_a_placeholder_is_found(path: str, value: object) -> None:
    found = [one.where.partition("[")[0] for one in in_settings(loaded("prod", changed("prod", path, value)))]
    assert path in found


def test_values_that_somebody_wrote_are_no_placeholders() -> None:
    config = changed("staging", "google.project_number", 812345678901)
    config["coditect:identity"] = {
        "google_client_id": "812345678901-a1b2c3.apps.googleusercontent.com",
        "github_client_id": "Ov23liZ8Kq0aTtPm9abc",
    }
    config["coditect:edge"] = {"admin_allowed": ["93.184.216.0/24"]}
    written = {"google.project_number", "identity.google_client_id", "identity.github_client_id"}
    found = {one.where for one in in_settings(loaded("staging", config))}
    assert not found & written
    assert not any(where.startswith("edge.") for where in found)


def test_an_image_is_unreleased_until_a_digest_of_it_is_written() -> None:
    of_prod = releases.load("prod").model_dump()
    assert "ide-theia" in {one.where for one in in_releases(Releases.model_validate(of_prod))}
    of_prod["images"]["ide-theia"] = RELEASED
    of_prod["services"]["gateway-backend"] = {
        "active": "green",
        "blue": unreleased("gateway-backend"),
        "green": RELEASED,
    }
    left = {one.where for one in in_releases(Releases.model_validate(of_prod))}
    assert not left & {"ide-theia", "gateway-backend"}
    # Google's own images are pinned from the start.
    assert not left & {"cloud-sql-proxy", "google-cloud-cli"}


def test_a_list_of_prerequisites_is_json_without_more_ado(captured: Captured, settings_of: SettingsOf) -> None:
    from coditect.preflight.document import document

    found = listed("prod", settings_of("prod"), captured("prod"))
    told = json.loads(document("prod", found).model_dump_json())
    assert [one["name"] for one in told["prerequisites"]] == [one.name for one in found]
    assert told["is_clean"] is False
    assert document("prod", tuple(one for one in found if one.state is not State.MISSING)).is_clean
