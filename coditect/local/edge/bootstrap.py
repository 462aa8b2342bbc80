"""Envoy's own configuration: listeners, certificates, clusters, health checks, access log, administration."""

from collections.abc import Mapping
from pathlib import Path

from coditect.graph.values import Json, JsonObject
from coditect.local.edge import armor, tracing
from coditect.local.edge.authority import Leaf
from coditect.local.edge.declared import Backend, Edge
from coditect.local.edge.routes import CONSOLE, CONSOLE_HOST, FAULT, ROUTES, console_table, redirect_table
from coditect.local.edge.typed import HTTP_FILTERS, NETWORK_FILTERS, address, typed
from coditect.local.process import LOOPBACK

_TLS = "envoy.extensions.transport_sockets.tls.v3"
_VERSIONS = {"TLS_1_2": "TLSv1_2", "TLS_1_3": "TLSv1_3"}
# Paths without their query: a query may hold what no log should.
_ACCESS_FIELDS: JsonObject = {
    "time": "%START_TIME%",
    "host": "%REQ(:AUTHORITY)%",
    "method": "%REQ(:METHOD)%",
    "path": "%PATH(NQ:PATH)%",
    "status": "%RESPONSE_CODE%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "duration_ms": "%DURATION%",
    "bytes_in": "%BYTES_RECEIVED%",
    "bytes_out": "%BYTES_SENT%",
    "user_agent": "%REQ(USER-AGENT)%",
    "protocol": "%PROTOCOL%",
    "tls": "%DOWNSTREAM_TLS_VERSION%",
    "backend": "%UPSTREAM_CLUSTER_RAW%",
    "pod": "%UPSTREAM_HOST%",
    "request_id": "%REQ(X-REQUEST-ID)%",
}


def bootstrap(
    edge: Edge,
    *,
    https_port: int,
    http_port: int,
    certificates: Mapping[str, Leaf],
    directory: Path,
    access_log: Path,
    console_port: int,
    console_certificate: Leaf,
) -> JsonObject:
    """The whole start-up configuration. Routes and endpoints are files in `directory`, read again when replaced.

    certificates: by name, as `edge.certificates`. console_port: of loopback, where spans are taken, too.
    """
    log = typed(
        "envoy.extensions.access_loggers.file.v3.FileAccessLog",
        path=str(access_log),
        log_format={"json_format": _ACCESS_FIELDS},
    )
    # No chain without names: a client that asks for another host is refused, as without a primary map entry.
    chains: list[Json] = [
        {
            "filter_chain_match": {"server_names": list(hosts)},
            "transport_socket": _tls(certificates[name], edge.min_tls),
            "filters": [_http("https", log, rds=directory / "routes.json", traced=tracing.traced(console_port))],
        }
        for name, hosts in edge.certificates.items()
    ]
    # The console is this machine's own: beside the declared rules, and its requests are nobody's traffic.
    console: JsonObject = {
        "filter_chain_match": {"server_names": [CONSOLE_HOST]},
        "transport_socket": _tls(console_certificate, edge.min_tls),
        "filters": [_http(CONSOLE, None, table=console_table())],
    }
    secure: JsonObject = {
        "name": "https",
        "address": address(LOOPBACK, https_port),
        "listener_filters": [
            {
                "name": "tls_inspector",
                "typed_config": typed("envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"),
            }
        ],
        "filter_chains": [*chains, console],
    }
    plain: JsonObject = {
        "name": "http",
        "address": address(LOOPBACK, http_port),
        "filter_chains": [{"filters": [_http("http", log, table=redirect_table(https_port))]}],
    }
    return {
        "node": {"id": "edge", "cluster": "edge"},
        "admin": {"address": {"pipe": {"path": str(directory / "admin.sock"), "mode": 0o600}}},
        "layered_runtime": {"layers": [{"name": "spans", "static_layer": tracing.SENT_AT_ONCE}]},
        "static_resources": {
            "listeners": [secure, plain],
            "clusters": [
                *(_cluster(backend, directory) for backend in edge.backends),
                tracing.cluster(console_port),
                _fixed(CONSOLE, console_port),
            ],
        },
    }


def terminator(*, listen: int, forward: int, certificate: Leaf, min_tls: str, directory: Path) -> JsonObject:
    """A proxy that ends TLS in front of a server whose binary has none: Redis."""
    proxy = typed(f"{NETWORK_FILTERS}.tcp_proxy.v3.TcpProxy", stat_prefix="server", cluster="server", idle_timeout="0s")
    listener: JsonObject = {
        "name": "tls",
        "address": address(LOOPBACK, listen),
        "filter_chains": [
            {
                "transport_socket": _tls(certificate, min_tls, protocols=()),
                "filters": [{"name": "tcp_proxy", "typed_config": proxy}],
            }
        ],
    }
    return {
        "node": {"id": "terminator", "cluster": "terminator"},
        "admin": {"address": {"pipe": {"path": str(directory / "admin.sock"), "mode": 0o600}}},
        "static_resources": {"listeners": [listener], "clusters": [_fixed("server", forward)]},
    }


def _tls(leaf: Leaf, minimum: str, *, protocols: tuple[str, ...] = ("h2", "http/1.1")) -> JsonObject:
    pair: JsonObject = {
        "certificate_chain": {"filename": str(leaf.certificate)},
        "private_key": {"filename": str(leaf.key)},
    }
    common: JsonObject = {
        "tls_params": {"tls_minimum_protocol_version": _VERSIONS[minimum], "tls_maximum_protocol_version": "TLSv1_3"},
        "tls_certificates": [pair],
        "alpn_protocols": list(protocols),
    }
    return {"name": "tls", "typed_config": typed(f"{_TLS}.DownstreamTlsContext", common_tls_context=common)}


def _http(
    name: str,
    log: JsonObject | None,
    *,
    rds: Path | None = None,
    table: JsonObject | None = None,
    traced: JsonObject | None = None,
) -> JsonObject:
    fault: JsonObject = {"name": FAULT, "typed_config": typed(f"{HTTP_FILTERS}.fault.v3.HTTPFault")}
    router: JsonObject = {"name": "router", "typed_config": typed(f"{HTTP_FILTERS}.router.v3.Router")}
    routes: JsonObject
    if rds is None:
        routes = {"route_config": {key: value for key, value in (table or {}).items() if key != "@type"}}
        filters: list[Json] = [router]
    else:
        routes = {"rds": {"route_config_name": ROUTES, "config_source": _from_file(rds)}}
        filters = [*armor.filters(), fault, router]
    manager = typed(
        f"{NETWORK_FILTERS}.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=name,
        use_remote_address=True,
        # Google's own: clients may keep a connection for ten minutes.
        common_http_protocol_options={"idle_timeout": "610s"},
        access_log=[{"name": "file", "typed_config": log}] if log else [],
        http_filters=filters,
        early_header_mutation_extensions=tracing.untold(),
        **({"tracing": traced} if traced else {}),
        **routes,
    )
    return {"name": "http", "typed_config": manager}


def _cluster(backend: Backend, directory: Path) -> JsonObject:
    check = backend.check
    cluster: JsonObject = {
        "name": backend.name,
        "type": "EDS",
        "connect_timeout": "2s",
        "lb_policy": "RING_HASH" if backend.keeps_cookie_s else "LEAST_REQUEST",
        "eds_cluster_config": {"eds_config": _from_file(directory / f"{backend.name}.json")},
        "ignore_health_on_host_removal": True,
        # A pod that fails its check gets nothing, even when it is the last: better a 503 than a wrong answer.
        # A passed check counts at once: Envoy would gather such news for a second, which its status tells already.
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}, "update_merge_window": "0s"},
        "health_checks": [
            {
                "timeout": f"{check.timeout_s}s",
                "interval": f"{check.interval_s}s",
                "no_traffic_interval": f"{check.interval_s}s",
                "unhealthy_threshold": check.unhealthy,
                "healthy_threshold": check.healthy,
                "http_health_check": {"path": check.path, "host": check.host or LOOPBACK},
            }
        ],
    }
    if backend.gateway_failures:
        cluster["outlier_detection"] = {
            "consecutive_5xx": backend.gateway_failures,
            "enforcing_consecutive_5xx": 0,
            "consecutive_gateway_failure": backend.gateway_failures,
            "enforcing_consecutive_gateway_failure": 100,
            "enforcing_success_rate": 0,
            "base_ejection_time": f"{backend.ejection_s}s",
            "max_ejection_percent": backend.max_ejected_percent,
        }
    return cluster


def _fixed(name: str, port: int) -> JsonObject:
    """A cluster of one loopback port."""
    return {
        "name": name,
        "connect_timeout": "2s",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(LOOPBACK, port)}}]}],
        },
    }


def _from_file(path: Path) -> JsonObject:
    return {
        "path_config_source": {"path": str(path), "watched_directory": {"path": str(path.parent)}},
        "resource_api_version": "V3",
    }
