"""The routing rows, among them the specification's thirteen, and the hosts they stand under."""

from dataclasses import dataclass

from infra.catalog.names import Application, Zone


@dataclass(frozen=True, kw_only=True)
class Host:
    """A host name below one of the zones, and the service that answers what no row names.

    label: "" for the zone itself.
    aliases: further labels that answer the same.
    fallback: the service for every other path; the application answers its own 404 there.
    for_machines: only programs come here, so nobody signs in.
    """

    application: Application
    zone: Zone
    label: str
    fallback: str
    aliases: tuple[str, ...] = ()
    staff_only: bool = False
    for_machines: bool = False

    @property
    def labels(self) -> tuple[str, ...]:
        return (self.label, *self.aliases)


@dataclass(frozen=True, kw_only=True)
class BucketHost:
    """A host name whose every path is a file of a bucket: no service, no route, nobody signs in."""

    zone: Zone
    label: str
    purpose: str


@dataclass(frozen=True, kw_only=True)
class Route:
    """One row: host, path pattern, service, port.

    path: `/` is the whole host, `/x/*` a prefix, `/x` that path and all below it unless `exact`.
    """

    zone: Zone
    label: str
    path: str
    service: str
    port: int
    purpose: str
    exact: bool = False

    @property
    def patterns(self) -> tuple[str, ...]:
        """Path patterns in the URL map's own syntax."""
        if self.path == "/":
            return ("/*",)
        if self.exact or self.path.endswith("/*"):
            return (self.path,)
        return (self.path, f"{self.path}/*")


HOSTS: tuple[Host, ...] = (
    Host(application=Application.GATEWAY, zone=Zone.SITE, label="", aliases=("www",), fallback="gateway-frontend"),
    # Mail servers fetch the policy that the TXT record `_mta-sts` announces from this host and no other (RFC 8461).
    Host(
        application=Application.GATEWAY,
        zone=Zone.SITE,
        label="mta-sts",
        fallback="gateway-frontend",
        for_machines=True,
    ),
    Host(application=Application.DASHBOARD, zone=Zone.APPS, label="app", fallback="license-frontend"),
    Host(application=Application.ADMIN, zone=Zone.APPS, label="admin", fallback="license-backend", staff_only=True),
    Host(application=Application.LICENSE_API, zone=Zone.APPS, label="api", fallback="license-backend"),
    Host(application=Application.IDE, zone=Zone.APPS, label="", aliases=("www",), fallback="ide-frontend"),
    Host(application=Application.AGENTFLOW, zone=Zone.APPS, label="workflow", fallback="agentflow-frontend"),
)

# `https://downloads.coditect.com/cli/coditect-cli-macos-1.0.0.dmg` (specification, GET /downloads).
BUCKET_HOSTS: tuple[BucketHost, ...] = (
    BucketHost(zone=Zone.SITE, label="downloads", purpose="CLI, IDE installers, SDK packages"),
)


def _row(zone: Zone, label: str, path: str, service: str, port: int, purpose: str, *, exact: bool = False) -> Route:
    return Route(zone=zone, label=label, path=path, service=service, port=port, purpose=purpose, exact=exact)


ROUTES: tuple[Route, ...] = (
    _row(Zone.SITE, "", "/", "gateway-frontend", 3000, "Pages"),
    _row(Zone.SITE, "", "/api/*", "gateway-backend", 8000, "Gateway API"),
    _row(Zone.SITE, "", "/health", "gateway-backend", 8000, "Health check", exact=True),
    _row(Zone.APPS, "app", "/", "license-frontend", 80, "Dashboard"),
    _row(Zone.APPS, "app", "/api/v1/*", "license-backend", 8000, "License API for the dashboard"),
    _row(Zone.APPS, "admin", "/admin", "license-backend", 8000, "Staff admin"),
    _row(Zone.APPS, "api", "/api/v1/*", "license-backend", 8000, "License API"),
    _row(Zone.APPS, "api", "/health", "license-backend", 8000, "Health check", exact=True),
    _row(Zone.APPS, "", "/", "ide-frontend", 80, "Cloud IDE"),
    _row(Zone.APPS, "", "/theia", "ide-theia", 3000, "Eclipse Theia"),
    _row(Zone.APPS, "", "/api/v1/*", "ide-backend", 8001, "Cloud IDE API"),
    _row(Zone.APPS, "workflow", "/", "agentflow-frontend", 80, "AgentFlow"),
    _row(Zone.APPS, "workflow", "/api/v1/*", "agentflow-backend", 8000, "AgentFlow API"),
)
