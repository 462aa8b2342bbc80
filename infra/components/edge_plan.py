"""Where the load balancer sends a request: backends, path rules and the URL map's own tests, all from the catalogue."""

from dataclasses import dataclass
from enum import StrEnum

from infra.catalog import Catalog
from infra.catalog.routes import Host, Route
from infra.catalog.services import Service
from infra.components.hosts import host_name
from infra.settings.foundation import Domains

# Google takes 100 tests with a URL map.
LONGEST_TEST_LIST = 100


class Face(StrEnum):
    """In which role a service meets requests: each has its own backend service, hence its own security policy.

    STAFF: behind a staff-only host. The URL map itself chooses the backend by host, so no spelling of the Host header
        reaches a staff page past the allow-list, as one could past a rule that compares strings.
    STATIC: the paths that Cloud CDN may keep. On a backend of their own, no page of the service is ever kept, whatever
        headers it carries.
    """

    PUBLIC = "public"
    STAFF = "staff"
    STATIC = "static"


@dataclass(frozen=True, kw_only=True)
class Backend:
    """One backend service."""

    service: Service
    face: Face

    @property
    def name(self) -> str:
        return self.service.name if self.face is Face.PUBLIC else f"{self.service.name}-{self.face}"


@dataclass(frozen=True, kw_only=True)
class PathRule:
    """Path patterns in the URL map's syntax, and where they lead. The longest match wins."""

    paths: tuple[str, ...]
    backend: Backend


@dataclass(frozen=True, kw_only=True)
class HostRule:
    """What happens under some host names."""

    matcher: str
    hosts: tuple[str, ...]
    default: Backend
    rules: tuple[PathRule, ...]


@dataclass(frozen=True, kw_only=True)
class RoutingTest:
    """Google evaluates it whenever the URL map is written, and refuses a map that fails."""

    host: str
    path: str
    backend: Backend
    description: str


@dataclass(frozen=True, kw_only=True)
class EdgePlan:
    hosts: tuple[HostRule, ...]
    tests: tuple[RoutingTest, ...]

    @property
    def backends(self) -> tuple[Backend, ...]:
        """Every backend that a rule leads to, once, by name."""
        found = {rule.default.name: rule.default for rule in self.hosts}
        found |= {path.backend.name: path.backend for rule in self.hosts for path in rule.rules}
        return tuple(found[name] for name in sorted(found))


def plan(catalog: Catalog, domains: Domains, *, cdn: bool) -> EdgePlan:
    """The plan of one stack. cdn: whether static paths get a backend of their own, which Cloud CDN stands before."""
    return EdgePlan(
        hosts=tuple(_host_rule(host, catalog, domains, cdn=cdn) for host in catalog.hosts),
        tests=_tests(catalog, domains, cdn=cdn),
    )


def _face(host: Host) -> Face:
    return Face.STAFF if host.staff_only else Face.PUBLIC


def _default(host: Host, catalog: Catalog) -> Backend:
    """What answers every path that no other row names: the row `/`, or the host's fallback where there is none."""
    whole = [route.service for route in catalog.routes_of(host) if route.path == "/"]
    return Backend(service=catalog.service(whole[0] if whole else host.fallback), face=_face(host))


def _static(host: Host, catalog: Catalog, *, cdn: bool) -> tuple[PathRule, ...]:
    default = _default(host, catalog)
    if not cdn or host.staff_only or not default.service.static_paths:
        return ()
    return (
        PathRule(
            paths=default.service.static_paths,
            backend=Backend(service=default.service, face=Face.STATIC),
        ),
    )


def _routed(host: Host, catalog: Catalog) -> tuple[Route, ...]:
    return tuple(route for route in catalog.routes_of(host) if route.path != "/")


def _host_rule(host: Host, catalog: Catalog, domains: Domains, *, cdn: bool) -> HostRule:
    paths: dict[str, tuple[str, ...]] = {}
    for route in _routed(host, catalog):
        paths[route.service] = (*paths.get(route.service, ()), *route.patterns)
    routed = tuple(
        PathRule(paths=patterns, backend=Backend(service=catalog.service(name), face=_face(host)))
        for name, patterns in paths.items()
    )
    return HostRule(
        matcher=f"{host.zone}-{host.label or 'apex'}",
        hosts=tuple(host_name(host.zone, label, domains) for label in host.labels),
        default=_default(host, catalog),
        rules=routed + _static(host, catalog, cdn=cdn),
    )


def _tests(catalog: Catalog, domains: Domains, *, cdn: bool) -> tuple[RoutingTest, ...]:
    """One test for each row, then for what no row names, static paths, and the rows under aliases.

    Cut at Google's limit, most important first; our own catalogue stays below it, which a test holds.
    """
    rows: list[RoutingTest] = []
    rest: list[RoutingTest] = []
    for host in catalog.hosts:
        default, face = _default(host, catalog), _face(host)
        for position, label in enumerate(host.labels):
            name = host_name(host.zone, label, domains)
            row_tests = [
                RoutingTest(
                    host=name,
                    path=_example(pattern),
                    backend=Backend(service=catalog.service(route.service), face=face),
                    description=route.purpose,
                )
                for route in catalog.routes_of(host)
                for pattern in (("/",) if route.path == "/" else route.patterns)
            ]
            (rows if position == 0 else rest).extend(row_tests)
            rest.append(
                RoutingTest(host=name, path="/no/row/names-this", backend=default, description="Every other path")
            )
            rest.extend(
                RoutingTest(host=name, path=_example(path), backend=rule.backend, description="Static files")
                for rule in _static(host, catalog, cdn=cdn)
                for path in rule.paths
            )
    return tuple((rows + rest)[:LONGEST_TEST_LIST])


def _example(pattern: str) -> str:
    """A path that a pattern matches."""
    return f"{pattern.removesuffix('*')}example" if pattern.endswith("*") else pattern
