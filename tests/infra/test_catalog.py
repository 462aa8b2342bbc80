"""The catalogue: the specification's tables are all there, and contradictions are refused with both names."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from infra.catalog import CATALOG, Catalog, CatalogError
from infra.catalog.budget import BUDGET
from infra.catalog.names import Need, Zone
from infra.catalog.records import RecordType
from infra.catalog.services import Probe, Resources
from infra.catalog.third_parties import THIRD_PARTIES
from infra.components import hosts
from infra.settings.foundation import Domains
from tests import specification

PROD = Domains(site="coditect.com", apps="coditect.ai")


def test_the_thirteen_routing_rows_of_the_specification_are_there() -> None:
    rows = {(hosts.host_name(r.zone, r.label, PROD), r.path, r.service, r.port) for r in CATALOG.routes}

    assert len(specification.ROUTES) == 13
    assert rows >= specification.ROUTES


def test_there_are_its_six_applications_nine_services_and_five_alerts() -> None:
    assert len(CATALOG.applications) == 6
    assert len(specification.SERVICES) == 9
    assert {s.name for s in CATALOG.services} >= specification.SERVICES
    assert {alert.name for alert in CATALOG.alerts} >= specification.ALERTS
    assert {s.application for s in CATALOG.services} | {h.application for h in CATALOG.hosts} == {
        a.name for a in CATALOG.applications
    }


def test_the_budget_adds_up_to_the_specifications_components() -> None:
    assert len(BUDGET) == 13
    assert sum(row.development_usd for row in BUDGET) == 1061
    assert sum(row.production_usd or 0 for row in BUDGET) == 3580


def test_a_path_without_a_star_covers_itself_and_what_is_below_it() -> None:
    theia = next(r for r in CATALOG.routes if r.path == "/theia")
    health = next(r for r in CATALOG.routes if r.path == "/health")
    assert theia.patterns == ("/theia", "/theia/*")
    assert health.patterns == ("/health",)


def test_every_need_outside_the_cluster_names_the_hosts_it_opens_connections_to() -> None:
    outside = {Need.STRIPE, Need.SENDGRID, Need.ZENDESK, Need.SIGN_IN}
    assert {t.need for t in THIRD_PARTIES if t.need is not None} == outside
    assert all(t.hosts for t in THIRD_PARTIES)


def test_the_applications_zone_can_neither_send_nor_receive_mail() -> None:
    mail = {r.type: r.values for r in CATALOG.records if r.zone is Zone.APPS and not r.label}
    assert mail[RecordType.MX] == ("0 .",)
    assert mail[RecordType.TXT] == ('"v=spf1 -all"',)


def _with_route(**changes: object) -> Callable[[], Catalog]:
    route = CATALOG.routes[1]
    return lambda: replace(CATALOG, routes=(*CATALOG.routes, replace(route, path="/new", **changes)))  # type: ignore[arg-type] # the fields come from the table below


def _with_service(name: str, **changes: object) -> Callable[[], Catalog]:
    def build() -> Catalog:
        services = tuple(
            replace(s, **changes) if s.name == name else s  # type: ignore[arg-type] # the fields come from the table below
            for s in CATALOG.services
        )
        return replace(CATALOG, services=services)

    return build


CONTRADICTIONS: list[tuple[Callable[[], Catalog], tuple[str, ...]]] = [
    (_with_route(service="gateway-back"), ("/new", "gateway-back")),
    (_with_route(port=9999), ("9999", "gateway-backend", "8000")),
    (_with_route(label="nowhere"), ("nowhere", "HOSTS")),
    (lambda: replace(CATALOG, routes=(*CATALOG.routes, CATALOG.routes[0])), ("twice",)),
    (lambda: replace(CATALOG, hosts=(*CATALOG.hosts, CATALOG.hosts[0])), ("host", "twice")),
    (
        lambda: replace(CATALOG, hosts=(replace(CATALOG.hosts[0], fallback="nobody"), *CATALOG.hosts[1:])),
        ("falls back", "nobody"),
    ),
    (
        lambda: replace(CATALOG, services=(*CATALOG.services, replace(CATALOG.services[0], name="orphan"))),
        ("No route leads to orphan",),
    ),
    (_with_service("ide-backend", secrets=("no-such-secret",)), ("ide-backend", "no-such-secret")),
    (_with_service("ide-backend", calls=("no-such-service",)), ("ide-backend", "no-such-service")),
    (_with_service("gateway-backend", database=None), ("gateway-backend", "database")),
    (_with_service("gateway-backend", command=()), ("gateway-backend", "command")),
    (_with_service("gateway-backend", max_replicas=1), ("gateway-backend", "replicas")),
    (
        lambda: replace(CATALOG, secrets=(*CATALOG.secrets, replace(CATALOG.secrets[0], name="idle"))),
        ("idle", "Nobody"),
    ),
]


@pytest.mark.parametrize(("build", "named"), CONTRADICTIONS, ids=[" ".join(names) for _, names in CONTRADICTIONS])
def test_a_contradiction_is_refused_and_both_sides_are_named(
    build: Callable[[], Catalog], named: tuple[str, ...]
) -> None:
    with pytest.raises(CatalogError) as refused:
        build()
    for name in named:
        assert name in str(refused.value)


def test_a_name_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(CatalogError, match="There are: gateway-frontend"):
        CATALOG.service("gateway")
    with pytest.raises(CatalogError, match="HOSTS"):
        CATALOG.host(Zone.APPS, "elsewhere")


@pytest.mark.parametrize(("request_m", "limit_m"), [(0, 100), (200, 100)])
def test_a_container_cannot_ask_for_nothing_or_for_more_than_its_limit(request_m: int, limit_m: int) -> None:
    with pytest.raises(ValueError, match="CPU request"):
        Resources(cpu_request_m=request_m, cpu_limit_m=limit_m, memory_request_mib=1, memory_limit_mib=1)


def test_probes_have_the_specifications_thresholds() -> None:
    probe = Probe(path="/health")
    assert (probe.period_s, probe.timeout_s, probe.healthy_threshold, probe.unhealthy_threshold) == (10, 5, 2, 3)
