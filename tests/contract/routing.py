"""The routes of the catalogue beside the URLs of the applications: what one has and the other lacks."""

from collections.abc import Callable, Mapping, Sequence

from infra.catalog.names import Zone
from infra.catalog.routes import Route
from tests.contract.application import Application

# Answered to the kubelet and the load balancer's health checks, which come to the pod, not through a route.
PROBED = frozenset({"/health", "/ready", "/api/health"})

Leads = Callable[[Zone, str, str], str | None]
"""The service that a path of a host (zone, label) leads to; None where the edge refuses."""


def routes_without_url(routes: Sequence[Route], applications: Mapping[str, Application]) -> list[str]:
    """Rows of the routing table that lead to nothing. applications: of our own services, by name."""
    missing = []
    for route in routes:
        application = applications.get(route.service)
        if application is not None and not _has(application, route):
            where = f"{route.zone}/{route.label or '@'}{route.path}"
            missing.append(
                f"Route {where} leads to {route.service}, whose URLs have nothing there. Add a view to its urls module."
            )
    return missing


def _has(application: Application, route: Route) -> bool:
    if route.path.endswith("/*"):
        return any(path.startswith(route.path[:-1]) for path in application.paths)
    return route.path in application.answered


def urls_without_route(
    applications: Mapping[str, Application], hosts: Sequence[tuple[Zone, str]], leads: Leads
) -> list[str]:
    """URLs that nobody can open, because no host leads to them."""
    return [
        f"{service} answers {path}, and no host leads there. "
        "Add a row to ROUTES in infra/catalog/routes.py, or drop the URL."
        for service, application in sorted(applications.items())
        for path in application.paths
        if path not in PROBED and not any(leads(zone, label, path) == service for zone, label in hosts)
    ]
