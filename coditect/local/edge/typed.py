"""Envoy's typed configuration: a message's type beside its fields."""

from coditect.graph.values import Json, JsonObject

HTTP_FILTERS = "envoy.extensions.filters.http"
NETWORK_FILTERS = "envoy.extensions.filters.network"


def typed(message: str, **fields: Json) -> JsonObject:
    """A message of that full name."""
    return {"@type": f"type.googleapis.com/{message}", **fields}


def address(host: str, port: int) -> JsonObject:
    """Envoy's form of a TCP address."""
    return {"socket_address": {"address": host, "port_value": port}}


def resources(*listed: JsonObject) -> JsonObject:
    """A file of dynamic configuration."""
    return {"resources": list(listed)}
