"""A catalogue that is several times CODITECT's: every service, host, route and secret again under another name."""

from dataclasses import replace

from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Origin
from infra.catalog.routes import Host, Route
from infra.catalog.secrets import Filler, Secret
from infra.catalog.services import Service
from infra.releases import Colour, ColouredRelease, Releases


def multiplied(times: int) -> Catalog:
    """CODITECT's catalogue and `times - 1` copies of it. The copies of what charts bring are services of our own."""
    copies = range(2, times + 1)
    return replace(
        CATALOG,
        services=CATALOG.services + tuple(_service(s, n) for n in copies for s in CATALOG.services),
        hosts=CATALOG.hosts + tuple(_host(h, n) for n in copies for h in CATALOG.hosts),
        routes=CATALOG.routes + tuple(_route(r, n) for n in copies for r in CATALOG.routes),
        secrets=CATALOG.secrets + tuple(_secret(s, n) for n in copies for s in CATALOG.secrets if s.name in _COPIED),
    )


_COPIED = {
    secret.name
    for secret in CATALOG.secrets
    if secret.filled_by is not Filler.PLATFORM and any(secret.name in service.secrets for service in CATALOG.services)
}


def _service(service: Service, copy: int) -> Service:
    return replace(
        service,
        name=f"{service.name}-{copy}",
        origin=Origin.OURS,
        command=service.command or ("serve",),
        calls=tuple(f"{name}-{copy}" for name in service.calls),
        secrets=tuple(f"{name}-{copy}" if name in _COPIED else name for name in service.secrets),
    )


def _label(label: str, copy: int) -> str:
    return f"{label}-{copy}" if label else f"copy-{copy}"


def _host(host: Host, copy: int) -> Host:
    return replace(
        host,
        label=_label(host.label, copy),
        aliases=tuple(_label(alias, copy) for alias in host.aliases),
        fallback=f"{host.fallback}-{copy}",
    )


def _route(route: Route, copy: int) -> Route:
    return replace(route, label=_label(route.label, copy), service=f"{route.service}-{copy}")


def _secret(secret: Secret, copy: int) -> Secret:
    return replace(secret, name=f"{secret.name}-{copy}")


def released(catalog: Catalog, releases: Releases) -> Releases:
    """Releases for every service of a larger catalogue: what has no digest of its own runs a digest of zeros."""
    zeros = ColouredRelease(active=Colour.BLUE, blue=f"sha256:{0:064x}", green=f"sha256:{0:064x}")
    ours = {s.name: releases.services.get(s.name, zeros) for s in catalog.services if s.origin is Origin.OURS}
    return Releases(services=ours, images=releases.images)
