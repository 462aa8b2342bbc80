"""Envoy's spans: one for each request, the first of its trace, told to the console."""

from coditect.graph.values import Json, JsonObject
from coditect.local.edge.typed import address, typed
from coditect.local.process import LOOPBACK

SERVICE = "edge"
_CLUSTER = "console.traces"
# Whoever looks at recent requests waits for no batch of five, and no five seconds.
SENT_AT_ONCE: JsonObject = {
    "tracing.opentelemetry.min_flush_spans": 5,
    "tracing.opentelemetry.flush_interval_ms": 500,
}


# What a client would choose a trace, its sampling or a span's words with. Ids of requests Envoy makes anew itself.
_OF_CLIENTS = ("traceparent", "tracestate", "x-client-trace-id")


def untold() -> list[Json]:
    """Extensions of a connection manager that take from a request, before it is traced, what is ours to say."""
    mutations: list[Json] = [{"remove": name} for name in _OF_CLIENTS]
    return [
        {
            "name": "envoy.http.early_header_mutation.header_mutation",
            "typed_config": typed(
                "envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation", mutations=mutations
            ),
        }
    ]


def traced(port: int) -> JsonObject:
    """How a connection manager traces: every request, by its route, without its path, which may hold anything."""
    collector: JsonObject = {
        "http_uri": {"uri": f"http://{LOOPBACK}:{port}/v1/traces", "cluster": _CLUSTER, "timeout": "1s"}
    }
    return {
        "random_sampling": {"value": 100},
        "max_path_tag_length": 0,
        "provider": {
            "name": "envoy.tracers.opentelemetry",
            "typed_config": typed(
                "envoy.config.trace.v3.OpenTelemetryConfig", service_name=SERVICE, http_service=collector
            ),
        },
    }


def cluster(port: int) -> JsonObject:
    """Where spans go. While nothing listens there they are dropped, and requests go on."""
    return {
        "name": _CLUSTER,
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": _CLUSTER,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address(LOOPBACK, port)}}]}],
        },
    }
