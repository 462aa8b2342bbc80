"""DNS: signed zones, addresses of every host, mail that nobody can forge."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.values import items, text
from infra.catalog import CATALOG
from infra.catalog.names import Zone
from infra.catalog.records import Record, RecordType
from infra.components.dns import DnsArgs, record_data
from infra.components.hosts import labels
from infra.settings import Settings, SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Delegation
from infra.settings.traffic import Dns as DnsSettings

ZONE = "gcp:dns/managedZone:ManagedZone"
RECORD_SET = "gcp:dns/recordSet:RecordSet"
Captured = Callable[[str], Graph]
DOMAINS = Domains(site="coditect.com", apps="coditect.ai")
DIGEST = f"2371 13 2 {'1F' * 32}"
SPF = next(r for r in CATALOG.records if r.purpose == "SPF")


def public_zones(graph: Graph) -> list[Node]:
    return [node for node in graph.of_type(ZONE) if node.input("visibility") == "public"]


def records(graph: Graph) -> Mapping[tuple[str, str], list[str]]:
    """Values by name and type."""
    return {
        (text(n.inputs, "name"), text(n.inputs, "type")): [str(v) for v in items(n.inputs, "rrdatas")]
        for n in graph.of_type(RECORD_SET)
        if n.name.startswith("dns-")
    }


def test_both_zones_are_signed_without_sha1_logged_and_protected(captured: Captured) -> None:
    zones = public_zones(captured("prod"))
    assert {node.input("dnsName") for node in zones} == {"coditect.com.", "coditect.ai."}
    for node in zones:
        assert node.input("dnssecConfig", "state") == "on"
        algorithms = {text(spec, "algorithm") for spec in items(node.inputs, "dnssecConfig", "defaultKeySpecs")}
        assert algorithms == {"ecdsap256sha256"}
        assert node.input("cloudLoggingConfig", "enableLogging") is True
        assert node.protect


def test_every_host_resolves_to_the_address_of_its_zone(captured: Captured) -> None:
    graph = captured("prod")
    addresses = {
        zone: text(graph.find("gcp:compute/globalAddress:GlobalAddress", f"edge-address-{zone}").outputs, "address")
        for zone in Zone
    }
    found = records(graph)
    for zone, label in labels(CATALOG):
        domain = DOMAINS.site if zone is Zone.SITE else DOMAINS.apps
        name = f"{label}.{domain}.".lstrip(".")
        assert found[name, "A"] == [addresses[zone]], name
    assert found["*.coditect.ai.", "A"] == [addresses[Zone.APPS]]


def test_every_record_of_the_catalogue_is_published_with_nothing_left_to_fill(captured: Captured) -> None:
    found = records(captured("prod"))
    for record in CATALOG.records:
        domain = DOMAINS.site if record.zone is Zone.SITE else DOMAINS.apps
        values = found[f"{record.label}.{domain}.".lstrip("."), record.type.value]
        assert len(values) == len(record.values)
        assert not any("{" in value or "}" in value for value in values)


def test_mail_goes_to_the_documented_host_and_only_google_and_sendgrid_may_send(captured: Captured) -> None:
    found = records(captured("prod"))
    assert found["coditect.com.", "MX"] == ["1 smtp.google.com."]
    assert found["coditect.com.", "TXT"] == ['"v=spf1 include:_spf.google.com include:sendgrid.net ~all"']
    assert found["s1._domainkey.coditect.com.", "CNAME"] == ["s1.domainkey.u00000000.wl.sendgrid.net."]


def test_the_applications_domain_sends_and_takes_no_mail(captured: Captured) -> None:
    found = records(captured("prod"))
    assert found["coditect.ai.", "MX"] == ["0 ."]
    assert found["coditect.ai.", "TXT"] == ['"v=spf1 -all"']


def test_only_google_may_issue_certificates_and_it_finds_its_authorisation(captured: Captured) -> None:
    found = records(captured("prod"))
    for domain in ("coditect.com", "coditect.ai"):
        assert '0 issue "pki.goog"' in found[f"{domain}.", "CAA"]
        (name,) = (
            name for name, kind in found if kind == "CNAME" and re.match(rf"_acme-challenge\S*\.{domain}\.", name)
        )
        assert found[name, "CNAME"]


def test_the_standby_leaves_the_zones_to_production(captured: Captured) -> None:
    assert not public_zones(captured("dr"))
    assert not records(captured("dr"))


def test_a_long_text_is_cut_into_strings_of_255_bytes() -> None:
    long = record_data(SPF, '"' + "x" * 600 + '"', DOMAINS, DnsSettings())
    assert [len(piece) for piece in re.findall(r'"([^"]*)"', long)] == [255, 255, 90]


def test_a_text_is_quoted_whether_or_not_the_catalogue_did() -> None:
    assert record_data(SPF, "v=spf1 -all", DOMAINS, DnsSettings()) == '"v=spf1 -all"'
    assert record_data(SPF, '"v=spf1 -all"', DOMAINS, DnsSettings()) == '"v=spf1 -all"'


def test_a_placeholder_that_nothing_fills_is_refused() -> None:
    record: Record = replace(SPF, type=RecordType.CNAME)
    with pytest.raises(SettingsError, match=r"\{nosuch\}, which nothing fills"):
        record_data(record, "{nosuch}.{domain}.", DOMAINS, DnsSettings())


@pytest.mark.parametrize("below", ["dev", "staging"])
def test_production_delegates_the_zones_of_the_stacks_below_it_with_their_keys(below: str, captured: Captured) -> None:
    zones = {text(zone.inputs, "dnsName") for zone in public_zones(captured(below))}
    held = records(captured("prod"))
    assert zones
    for zone in zones:
        assert all(server.endswith(".") for server in held[zone, "NS"])
        assert held[zone, "DS"]


def test_a_delegation_below_no_zone_of_the_stack_is_refused(settings_of: Callable[[str], Settings]) -> None:
    elsewhere = Delegation(domain="dev.example.net", name_servers=("a.example.net", "b.example.net"), ds=(DIGEST,))
    with pytest.raises(SettingsError, match=r"dev\.example\.net is below neither"):
        DnsArgs(
            prefix="shop",
            project_id="shop",
            domains=DOMAINS,
            settings=settings_of("prod").dns.model_copy(update={"delegations": (elsewhere,)}),
            catalog=CATALOG,
            site_address="192.0.2.1",
            apps_address="192.0.2.2",
            authorizations={},
        )


def test_a_misshapen_ds_record_is_refused_with_an_example() -> None:
    with pytest.raises(ValueError, match="like 2371 13 2"):
        Delegation(domain="dev.coditect.com", name_servers=("a.example.net", "b.example.net"), ds=("2371 13",))
