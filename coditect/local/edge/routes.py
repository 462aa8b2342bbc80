"""The URL map as Envoy's routes: a virtual host for each set of hosts, longest pattern first, nobody else answered."""

from collections.abc import Mapping

from coditect.graph.values import Json, JsonObject
from coditect.local.edge.armor import armor
from coditect.local.edge.declared import Backend, Edge, Route
from coditect.local.edge.typed import HTTP_FILTERS, typed

FAULT = "coditect.fault"
ROUTES = "routes"
CONSOLE = "console"
CONSOLE_HOST = "console.localhost"
# A cookie of the load balancer's own, as Google's GENERATED_COOKIE is named.
_COOKIE = "GCLB"


def route_table(edge: Edge, *, delays_s: Mapping[str, float] | None = None) -> JsonObject:
    """The route configuration. delays_s: seconds that requests to a Kubernetes Service wait, for fault tests."""
    backends = {backend.name: backend for backend in edge.backends}
    by_hosts: dict[tuple[str, ...], list[Route]] = {}
    for route in edge.routes:
        by_hosts.setdefault(route.hosts, []).append(route)
    hosts: list[Json] = [
        {
            "name": names[0],
            "domains": list(names),
            "routes": [
                _route(route, backends[route.backend], delays_s or {})
                for route in sorted(routes, key=lambda route: len(route.path), reverse=True)
            ],
        }
        for names, routes in by_hosts.items()
    ]
    nobody: JsonObject = {
        "name": "unknown",
        "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 404}}],
    }
    return typed(
        "envoy.config.route.v3.RouteConfiguration",
        name=ROUTES,
        ignore_port_in_host_matching=True,
        virtual_hosts=[*hosts, nobody],
    )


def redirect_table(https_port: int) -> JsonObject:
    """What port 80 answers: the same address with https, for good."""
    redirect: JsonObject = {"https_redirect": True, "response_code": "MOVED_PERMANENTLY"}
    if https_port != 443:
        redirect["port_redirect"] = https_port
    everyone: JsonObject = {
        "name": "redirect",
        "domains": ["*"],
        "routes": [{"match": {"prefix": "/"}, "redirect": redirect}],
    }
    return typed("envoy.config.route.v3.RouteConfiguration", name="redirect", virtual_hosts=[everyone])


def console_table() -> JsonObject:
    """The console's host and nobody else's: what it answers, it answers to this name alone."""
    # Longer than a promotion or a job may take.
    action: JsonObject = {"cluster": CONSOLE, "timeout": "330s"}
    host: JsonObject = {
        "name": CONSOLE,
        "domains": [CONSOLE_HOST],
        "routes": [{"match": {"prefix": "/"}, "route": action}],
    }
    return typed(
        "envoy.config.route.v3.RouteConfiguration",
        name=CONSOLE,
        ignore_port_in_host_matching=True,
        virtual_hosts=[host],
    )


def _route(route: Route, backend: Backend, delays_s: Mapping[str, float]) -> JsonObject:
    action: JsonObject = {
        "cluster": backend.name,
        "timeout": f"{backend.timeout_s}s",
        "idle_timeout": f"{backend.timeout_s}s",
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        # Only what never reached a pod is tried again: nothing is done twice.
        "retry_policy": {"retry_on": "connect-failure,refused-stream", "num_retries": 1},
    }
    if backend.keeps_cookie_s:
        action["hash_policy"] = [{"cookie": {"name": _COOKIE, "ttl": f"{backend.keeps_cookie_s}s", "path": "/"}}]
    configured = dict(armor(backend.rules).filters)
    delay = delays_s.get(backend.service)
    if delay:
        configured[FAULT] = typed(
            f"{HTTP_FILTERS}.fault.v3.HTTPFault",
            delay={"fixed_delay": f"{delay}s", "percentage": {"numerator": 100, "denominator": "HUNDRED"}},
        )
    return {
        "match": _match(route.path),
        # What a span is named; no pod is told.
        "decorator": {"operation": route.path, "propagate": False},
        "route": action,
        "typed_per_filter_config": configured,
        "response_headers_to_add": [
            {"header": {"key": name, "value": value.replace("%", "%%")}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}
            for name, value in backend.headers
        ],
    }


def _match(path: str) -> JsonObject:
    return {"prefix": path[:-1]} if path.endswith("/*") else {"path": path}
