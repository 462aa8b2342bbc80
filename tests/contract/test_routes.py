"""Every row of the routing table ends at a URL, and every URL can be reached by a row."""

import pytest

from coditect.graph import request_path
from coditect.graph.model import Graph
from coditect.graph.values import text
from infra.catalog import CATALOG
from infra.catalog.names import Origin, Zone
from infra.catalog.routes import HOSTS, ROUTES, Route
from tests import specification
from tests.contract.application import Application
from tests.contract.conftest import Started
from tests.contract.containers import Container
from tests.contract.routing import PROBED, Leads, routes_without_url, urls_without_route

# The mail policy's host leads everything to the site's pages, and nobody looks for a page there.
_HOSTS = [(host.zone, label) for host in HOSTS if not host.for_machines for label in host.labels]


@pytest.fixture(scope="session")
def applications(containers: tuple[Container, ...], started: Started) -> dict[str, Application]:
    """Our services by name."""
    return {each.name: started(each) for each in containers if "http" in each.ports}


@pytest.fixture(scope="session")
def leads(graph: Graph) -> Leads:
    """Walks the URL map, the endpoint group and the Service to the pods' container, which has the service's name."""
    (listener,) = {each.url_map.urn: each for each in request_path.listeners(graph) if not each.redirects}.values()
    rules = request_path.path_rules(graph, listener.url_map)
    site, apps = _zones(rules)

    def service(zone: Zone, label: str, path: str) -> str | None:
        domain = site if zone is Zone.SITE else apps
        backend = request_path.resolve(rules, f"{label}.{domain}" if label else domain, path)
        return None if backend is None else request_path.endpoint(graph, backend).container

    return service


def _zones(rules: tuple[request_path.PathRule, ...]) -> tuple[str, str]:
    hosts = {host for rule in rules for host in rule.hosts}
    (site,) = {host.removeprefix("mta-sts.") for host in hosts if host.startswith("mta-sts.")}
    (apps,) = {host.removeprefix("workflow.") for host in hosts if host.startswith("workflow.")}
    return site, apps


def test_every_service_of_the_specification_has_a_row() -> None:
    assert {route.service for route in ROUTES} >= specification.SERVICES
    assert len(ROUTES) >= len(specification.ROUTES)


def test_every_row_leads_to_its_service(leads: Leads) -> None:
    for route in ROUTES:
        path = f"{route.path[:-1]}x" if route.path.endswith("/*") else route.path
        assert leads(route.zone, route.label, path) == route.service, route


def test_our_services_are_those_of_the_catalogue(applications: dict[str, Application]) -> None:
    assert set(applications) == {service.name for service in CATALOG.services if service.origin is Origin.OURS}


def test_every_row_ends_at_a_url(applications: dict[str, Application]) -> None:
    assert routes_without_url(ROUTES, applications) == []


def test_every_url_can_be_reached(applications: dict[str, Application], leads: Leads) -> None:
    assert urls_without_route(applications, _HOSTS, leads) == []


def test_a_row_added_to_the_catalogue_alone_is_named(applications: dict[str, Application]) -> None:
    for path, is_exact in (("/billing/*", False), ("/status", True)):
        added = Route(
            zone=Zone.APPS, label="api", path=path, service="license-backend", port=8000, purpose="", exact=is_exact
        )
        (missing,) = routes_without_url((*ROUTES, added), applications)
        assert missing.startswith(
            f"Route {Zone.APPS}/api{path} leads to license-backend, whose URLs have nothing there."
        )


def test_a_url_added_to_an_application_alone_is_named(applications: dict[str, Application], leads: Leads) -> None:
    added = Application(paths=("/api/orders",))
    (missing,) = urls_without_route({"gateway-frontend": added}, _HOSTS, leads)
    assert missing.startswith("gateway-frontend answers /api/orders, and no host leads there.")


def test_every_probe_and_health_check_is_answered(
    graph: Graph, containers: tuple[Container, ...], applications: dict[str, Application]
) -> None:
    for each in containers:
        for path, _ in each.probes:
            assert path in PROBED
            assert path in applications[each.name].answered, f"{each.workload}: {path}"
    checks = {text(node.inputs, "httpHealthCheck", "requestPath") for node in graph.of_type("gcp:compute/healthCheck:HealthCheck")}  # fmt: skip  # noqa: E501 - one set
    assert checks - {"/"} <= PROBED


def test_stripes_webhook_is_reached_at_the_gateways_back_end(
    applications: dict[str, Application], leads: Leads
) -> None:
    assert "/api/stripe/webhook" in applications["gateway-backend"].paths
    assert leads(Zone.SITE, "", "/api/stripe/webhook") == "gateway-backend"
