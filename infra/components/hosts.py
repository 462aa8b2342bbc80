"""Full names of the catalogue's hosts in one stack."""

from infra.catalog import Catalog
from infra.catalog.names import Zone
from infra.catalog.services import Service
from infra.settings.foundation import Domains


def domain_of(zone: Zone, domains: Domains) -> str:
    return domains.site if zone is Zone.SITE else domains.apps


def host_name(zone: Zone, label: str, domains: Domains) -> str:
    """Full name of a host: label below the zone's domain in this stack, or the domain itself."""
    domain = domain_of(zone, domains)
    return f"{label}.{domain}" if label else domain


def labels(catalog: Catalog) -> tuple[tuple[Zone, str], ...]:
    """Zone and label of every host name that the load balancer answers to, in the catalogue's order."""
    return (
        *((host.zone, label) for host in catalog.hosts for label in host.labels),
        *((host.zone, host.label) for host in catalog.bucket_hosts),
    )


def sign_in_hosts(catalog: Catalog, domains: Domains) -> tuple[str, ...]:
    """Every host name under which somebody may sign in, in the catalogue's order."""
    return tuple(
        host_name(host.zone, label, domains) for host in catalog.hosts if not host.for_machines for label in host.labels
    )


def hosts_of(service: Service, catalog: Catalog, domains: Domains) -> tuple[str, ...]:
    """Every host name under which the load balancer may send a request to a service, sorted."""
    return tuple(
        sorted(
            host_name(host.zone, label, domains)
            for host in catalog.hosts
            for label in host.labels
            if host.fallback == service.name or any(r.service == service.name for r in catalog.routes_of(host))
        )
    )
