"""The whole catalogue as one value, checked against itself when it is made."""

from dataclasses import dataclass

from infra.catalog.applications import APPLICATIONS, ApplicationEntry
from infra.catalog.errors import CatalogError
from infra.catalog.names import Namespace, Need, Origin, Zone
from infra.catalog.operations import ALERTS, RATE_LIMITS, RECOVERY, RETENTION, Alert, RateLimit, Recovery, Retention
from infra.catalog.records import RECORDS, Record
from infra.catalog.routes import BUCKET_HOSTS, HOSTS, ROUTES, BucketHost, Host, Route
from infra.catalog.secrets import PLATFORM_SECRETS, SECRETS, Secret
from infra.catalog.services import SERVICES, Service


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """What CODITECT is. Raises CatalogError when two parts contradict each other."""

    applications: tuple[ApplicationEntry, ...]
    services: tuple[Service, ...]
    hosts: tuple[Host, ...]
    routes: tuple[Route, ...]
    records: tuple[Record, ...]
    secrets: tuple[Secret, ...]
    alerts: tuple[Alert, ...]
    retention: tuple[Retention, ...]
    recovery: tuple[Recovery, ...]
    rate_limits: tuple[RateLimit, ...]
    bucket_hosts: tuple[BucketHost, ...] = ()

    def __post_init__(self) -> None:
        _unique("service", [s.name for s in self.services])
        _unique("secret", [s.name for s in self.secrets])
        _unique("alert", [a.name for a in self.alerts])
        _unique(
            "host",
            [
                f"{zone}/{label or '@'}"
                for zone, label in (
                    *((h.zone, label) for h in self.hosts for label in h.labels),
                    *((h.zone, h.label) for h in self.bucket_hosts),
                )
            ],
        )
        _unique("route", [f"{r.zone}/{r.label or '@'}{r.path}" for r in self.routes])
        self._check_routes()
        self._check_services()

    def service(self, name: str) -> Service:
        """The service of that name. Raises CatalogError with the names there are."""
        for service in self.services:
            if service.name == name:
                return service
        raise CatalogError(
            f"There is no service {name!r} in the catalogue. There are: {', '.join(s.name for s in self.services)}."
        )

    def host(self, zone: Zone, label: str) -> Host:
        """The host that answers under that label. Raises CatalogError when none does."""
        for host in self.hosts:
            if host.zone is zone and label in host.labels:
                return host
        raise CatalogError(
            f"There is no host {label or '@'!r} in zone {zone}. Add it to HOSTS in infra/catalog/routes.py."
        )

    def routes_of(self, host: Host) -> tuple[Route, ...]:
        return tuple(r for r in self.routes if r.zone is host.zone and r.label == host.label)

    def services_in(self, namespace: Namespace) -> tuple[Service, ...]:
        return tuple(s for s in self.services if s.namespace is namespace)

    def callers_of(self, service: Service) -> tuple[Service, ...]:
        return tuple(s for s in self.services if service.name in s.calls)

    def _check_routes(self) -> None:
        by_name = {s.name: s for s in self.services}
        for route in self.routes:
            where = f"Route {route.zone}/{route.label or '@'}{route.path}"
            service = by_name.get(route.service)
            if service is None:
                raise CatalogError(
                    f"{where} goes to service {route.service!r}, which the catalogue does not have. "
                    f"Add it to SERVICES in infra/catalog/services.py, or name one of: {', '.join(by_name)}."
                )
            if route.port != service.port:
                raise CatalogError(
                    f"{where} goes to port {route.port} of {service.name}, which listens on {service.port}. "
                    "Requests would find no one. Write the same port in both."
                )
            if not any(h.zone is route.zone and h.label == route.label for h in self.hosts):
                raise CatalogError(f"{where} stands under a host that the catalogue does not have. Add it to HOSTS.")
        routed = {r.service for r in self.routes} | {h.fallback for h in self.hosts}
        for host in self.hosts:
            if host.fallback not in by_name:
                raise CatalogError(
                    f"Host {host.zone}/{host.label or '@'} falls back to service {host.fallback!r}, "
                    f"which the catalogue does not have. Name one of: {', '.join(by_name)}."
                )
        if unrouted := sorted(set(by_name) - routed):
            raise CatalogError(
                f"No route leads to {', '.join(unrouted)}: it would run and never be asked. Add a row to ROUTES."
            )

    def _check_services(self) -> None:
        names = {s.name for s in self.services}
        secrets = {s.name for s in self.secrets}
        for service in self.services:
            if unknown := sorted(set(service.secrets) - secrets):
                raise CatalogError(
                    f"Service {service.name} reads secret {', '.join(unknown)}, which the catalogue does not have. "
                    "Add it to SECRETS in infra/catalog/secrets.py."
                )
            if unknown := sorted(set(service.calls) - names):
                raise CatalogError(
                    f"Service {service.name} calls {', '.join(unknown)}, which the catalogue does not have. "
                    f"Name one of: {', '.join(sorted(names))}."
                )
            if (Need.DATABASE in service.needs) != (service.database is not None):
                raise CatalogError(
                    f"Service {service.name} must either need a database and name it, or neither: "
                    f"needs={sorted(service.needs)}, database={service.database!r}."
                )
            if service.origin is Origin.OURS and not service.command:
                raise CatalogError(f"Service {service.name} is ours but has no command. Write what its container runs.")
            if service.replicas < 1 or service.max_replicas < service.replicas:
                raise CatalogError(
                    f"Service {service.name} scales from {service.replicas} to {service.max_replicas} replicas. "
                    "Write at least 1, and a maximum not below it."
                )
        read = {name for s in self.services for name in s.secrets} | PLATFORM_SECRETS
        if unread := sorted(secrets - read):
            raise CatalogError(f"Nobody reads secret {', '.join(unread)}. Remove it, or name its consumer.")


def _unique(kind: str, names: list[str]) -> None:
    if double := sorted({n for n in names if names.count(n) > 1}):
        raise CatalogError(f"The catalogue has {kind} {', '.join(double)} twice. Names are identities: keep one.")


CATALOG = Catalog(
    applications=APPLICATIONS,
    services=SERVICES,
    hosts=HOSTS,
    routes=ROUTES,
    records=RECORDS,
    secrets=SECRETS,
    alerts=ALERTS,
    retention=RETENTION,
    recovery=RECOVERY,
    rate_limits=RATE_LIMITS,
    bucket_hosts=BUCKET_HOSTS,
)
