"""The edge: TLS, certificates, routes, and what reaches which pod."""

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import pytest

from coditect.graph.model import Graph, Node
from coditect.graph.request_path import BACKEND_BUCKET
from coditect.graph.values import items, text
from infra.catalog import CATALOG
from infra.components.edge_backends import BackendsArgs, security_headers
from infra.components.edge_plan import LONGEST_TEST_LIST, EdgePlan, Face, RoutingTest, plan
from infra.components.hosts import host_name, labels
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Edge as EdgeSettings

Captured = Callable[[str], Graph]
DOMAINS = Domains(site="coditect.com", apps="coditect.ai")
BACKEND = "gcp:compute/backendService:BackendService"


def routing(*, cdn: bool = True) -> EdgePlan:
    return plan(CATALOG, DOMAINS, cdn=cdn)


def backend(graph: Graph, name: str) -> Node:
    return graph.find(BACKEND, f"edge-backends-{name}")


def resolved(test: RoutingTest, routes: EdgePlan) -> str:
    """What Google's longest-match rule makes of a request, by name of the backend."""
    rule = next(rule for rule in routes.hosts if test.host in rule.hosts)
    matches = [
        (len(pattern), path.backend.name)
        for path in rule.rules
        for pattern in path.paths
        if pattern == test.path or (pattern.endswith("/*") and test.path.startswith(pattern[:-1]))
    ]
    return max(matches)[1] if matches else rule.default.name


@pytest.mark.parametrize("cdn", [True, False])
def test_every_test_of_the_url_map_agrees_with_its_rules(cdn: bool) -> None:
    routes = routing(cdn=cdn)
    for test in routes.tests:
        assert resolved(test, routes) == test.backend.name, f"{test.host}{test.path}"


def test_the_url_map_tests_every_row_under_every_name_of_its_host_and_none_is_cut() -> None:
    tested = {(test.host, test.backend.service.name) for test in routing().tests}
    for host in CATALOG.hosts:
        for label, route in product(host.labels, CATALOG.routes_of(host)):
            domain = DOMAINS.site if host.zone.value == "site" else DOMAINS.apps
            assert (f"{label}.{domain}".lstrip("."), route.service) in tested
    assert len(routing().tests) < LONGEST_TEST_LIST


def test_a_test_that_names_another_backend_would_be_noticed() -> None:
    routes = routing()
    wrong = replace(routes.tests[0], path="/api/example")
    assert resolved(wrong, routes) != wrong.backend.name


def test_no_public_host_leads_to_the_staff_backend_and_the_staff_host_leads_nowhere_else() -> None:
    for rule in routing().hosts:
        faces = {rule.default.face, *(path.backend.face for path in rule.rules)}
        if any(host.startswith("admin.") for host in rule.hosts):
            assert faces == {Face.STAFF}
        else:
            assert Face.STAFF not in faces


def test_only_static_paths_are_ever_kept_by_the_cdn(graph: Graph) -> None:
    cached = {node.name for node in graph.of_type(BACKEND) if node.input("enableCdn")}
    assert all(name.endswith("-static") for name in cached)
    url_map = graph.find("gcp:compute/uRLMap:URLMap", "edge-routes")
    by_id = {node.id: node for node in graph.of_type(BACKEND, BACKEND_BUCKET)}
    for matcher in items(url_map.inputs, "pathMatchers"):
        assert by_id[text(matcher, "defaultService")].name not in cached
        for rule in items(matcher, "pathRules"):
            if by_id[text(rule, "service")].name in cached:
                assert {str(path) for path in items(rule, "paths")} <= {"/static/*", "/assets/*"}


def test_a_stack_without_a_cdn_has_no_backend_for_static_files() -> None:
    assert all(found.face is not Face.STATIC for found in routing(cdn=False).backends)


def test_tls_1_3_is_the_least_that_is_spoken_and_early_data_is_off(graph: Graph) -> None:
    policy = graph.find("gcp:compute/sSLPolicy:SSLPolicy", "edge-tls")
    assert policy.input("minTlsVersion") == "TLS_1_3"
    assert policy.input("profile") == "RESTRICTED"
    proxy = graph.find("gcp:compute/targetHttpsProxy:TargetHttpsProxy", "edge-https")
    assert proxy.input("sslPolicy") == policy.id
    assert proxy.input("tlsEarlyData") == "DISABLED"
    assert text(proxy.inputs, "certificateMap").startswith("//certificatemanager.googleapis.com/projects/")


def test_port_80_only_redirects_to_https(graph: Graph) -> None:
    redirect = graph.find("gcp:compute/uRLMap:URLMap", "edge-redirect")
    assert redirect.input("defaultUrlRedirect") == {
        "httpsRedirect": True,
        "redirectResponseCode": "MOVED_PERMANENTLY_DEFAULT",
        "stripQuery": False,
    }
    assert graph.find("gcp:compute/targetHttpProxy:TargetHttpProxy", "edge-http").input("urlMap") == redirect.id


def test_every_listener_is_of_the_managed_kind(graph: Graph) -> None:
    rules = graph.of_type("gcp:compute/globalForwardingRule:GlobalForwardingRule")
    assert len(rules) == 4
    assert {rule.input("loadBalancingScheme") for rule in rules} == {"EXTERNAL_MANAGED"}


def test_every_host_has_an_entry_of_its_own_zone_in_the_certificate_map(captured: Captured) -> None:
    entries = captured("prod").of_type("gcp:certificatemanager/certificateMapEntry:CertificateMapEntry")
    by_host = {text(e.inputs, "hostname"): str(items(e.inputs, "certificates")[0]) for e in entries}
    assert by_host.pop("").endswith("-site"), "the primary entry answers for unknown hosts"
    assert set(by_host) == {host_name(zone, label, DOMAINS) for zone, label in labels(CATALOG)}
    for host, certificate in by_host.items():
        assert certificate.endswith("-site" if host.endswith(DOMAINS.site) else "-apps"), host


def test_a_certificate_covers_its_domain_and_every_host_below_it(captured: Captured) -> None:
    for certificate in captured("prod").of_type("gcp:certificatemanager/certificate:Certificate"):
        domain = DOMAINS.site if certificate.name.endswith("site") else DOMAINS.apps
        assert items(certificate.inputs, "managed", "domains") == [domain, f"*.{domain}"]
        assert items(certificate.inputs, "managed", "dnsAuthorizations")


def test_a_backend_waits_as_long_as_the_catalogue_says_and_checks_as_often_as_kubernetes(graph: Graph) -> None:
    for service in CATALOG.services:
        node = backend(graph, service.name)
        check = graph.find("gcp:compute/healthCheck:HealthCheck", f"edge-backends-{service.name}-health")
        assert node.input("timeoutSec") == service.timeout_s
        assert node.input("healthChecks") == check.id
        assert check.input("httpHealthCheck", "requestPath") == service.liveness.path
        assert check.input("checkIntervalSec") == service.readiness.period_s
        assert check.input("unhealthyThreshold") == service.readiness.unhealthy_threshold


def test_a_health_check_names_a_host_that_the_service_answers_to(captured: Captured) -> None:
    hosts = {host for rule in routing().hosts for host in rule.hosts}
    for check in captured("prod").of_type("gcp:compute/healthCheck:HealthCheck"):
        assert check.input("httpHealthCheck", "host") in hosts


def test_a_user_of_a_stateful_service_comes_back_to_the_same_pod(captured: Captured) -> None:
    for service in CATALOG.services:
        node = backend(captured("prod"), service.name)
        affinity = (node.input("sessionAffinity"), node.input("localityLbPolicy"))
        assert affinity == (("GENERATED_COOKIE", "RING_HASH") if service.stateful else ("NONE", "LEAST_REQUEST"))


def test_endpoint_groups_stand_in_every_zone_under_the_name_that_gke_gives_them(captured: Captured) -> None:
    groups = [
        text(group, "group") for group in items(backend(captured("prod"), "license-backend-staff").inputs, "backends")
    ]
    assert [group.split("/zones/")[1] for group in groups] == [
        f"us-central1-{zone}/networkEndpointGroups/coditect-prod-license-backend" for zone in "abc"
    ]


def test_every_reply_carries_the_security_headers_and_only_the_ide_may_be_framed(graph: Graph) -> None:
    for service in CATALOG.services:
        headers = [str(header) for header in items(backend(graph, service.name).inputs, "customResponseHeaders")]
        assert headers == list(security_headers(service))
        assert any(h.startswith("Strict-Transport-Security:") and h.endswith("preload") for h in headers)
        assert "X-Content-Type-Options: nosniff" in headers
        assert ("X-Frame-Options: SAMEORIGIN" in headers) == service.name.startswith("ide-")


def test_the_addresses_of_production_are_protected(captured: Captured) -> None:
    for graph, protected in ((captured("prod"), True), (captured("dev"), False)):
        addresses = [n for n in graph.of_type("gcp:compute/globalAddress:GlobalAddress") if n.name.startswith("edge-")]
        assert len(addresses) == 2
        assert all(node.protect is protected for node in addresses)


def test_the_standby_uses_the_certificates_that_production_has(captured: Captured) -> None:
    assert not captured("dr").of_type("gcp:certificatemanager/certificate:Certificate")
    proxy = captured("dr").find("gcp:compute/targetHttpsProxy:TargetHttpsProxy", "edge-https")
    assert text(proxy.inputs, "certificateMap").endswith("/certificateMaps/coditect-prod-certificates")


def test_a_probe_that_outlasts_its_period_is_refused_with_the_service_named() -> None:
    slow = replace(CATALOG.services[0], readiness=replace(CATALOG.services[0].readiness, timeout_s=11, period_s=10))
    catalog = replace(CATALOG, services=(slow, *CATALOG.services[1:]))
    with pytest.raises(SettingsError, match=f"{slow.name}.*timeout_s that is at most period_s"):
        BackendsArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            zones=("us-central1-a",),
            catalog=catalog,
            domains=DOMAINS,
            settings=EdgeSettings(admin_allowed=("198.51.100.0/24",)),
            backends=routing().backends,
            policy_ids={},
        )


def test_an_edge_without_zones_is_refused() -> None:
    with pytest.raises(SettingsError, match="requests would reach no pod"):
        BackendsArgs(
            prefix="coditect-test",
            project_id="coditect-test",
            zones=(),
            catalog=CATALOG,
            domains=DOMAINS,
            settings=EdgeSettings(admin_allowed=("198.51.100.0/24",)),
            backends=routing().backends,
            policy_ids={},
        )
