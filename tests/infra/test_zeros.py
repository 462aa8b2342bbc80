"""A zero that the provider leaves out of what it sends is no zero: Google's own default holds instead."""

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import lookup
from infra.catalog import CATALOG

# By type, properties whose zero or false the provider drops, and what Google takes in their place. Source of the first:
# the `expand…` functions of hashicorp/terraform-provider-google, which send a value only where `!IsEmptyValue(value)`
# (google/services/compute/resource_compute_backend_service.go and resource_compute_health_check.go). Source of the
# second: https://cloud.google.com/compute/docs/reference/rest/v1/backendServices and …/healthChecks.
DROPPED: dict[str, dict[str, int]] = {
    "gcp:compute/backendService:BackendService": {
        "outlierDetection.baseEjectionTime.seconds": 30,
        "outlierDetection.consecutiveErrors": 5,
        "outlierDetection.consecutiveGatewayFailure": 3,
        # Google's reference says 0, the provider's page 100, as Envoy has it: whoever writes 0 cannot rely on it.
        "outlierDetection.enforcingConsecutiveErrors": 100,
        "outlierDetection.enforcingConsecutiveGatewayFailure": 100,
        "outlierDetection.enforcingSuccessRate": 100,
        "outlierDetection.interval.seconds": 1,
        "outlierDetection.maxEjectionPercent": 50,
        "outlierDetection.successRateMinimumHosts": 5,
        "outlierDetection.successRateRequestVolume": 100,
        "outlierDetection.successRateStdevFactor": 1900,
    },
    "gcp:compute/healthCheck:HealthCheck": {
        "checkIntervalSec": 5,
        "healthyThreshold": 2,
        "timeoutSec": 5,
        "unhealthyThreshold": 2,
    },
}


def told_in_vain(graph: Graph) -> list[str]:
    """Every zero or false that would not reach Google though Google's default is another."""
    return [
        f"{node.name}.{path}: Google would take {default}"
        for type_, properties in DROPPED.items()
        for node in graph.of_type(type_)
        for path, default in properties.items()
        if lookup(node.inputs, *path.split(".")) in (0, False) and default != 0
    ]


def test_no_zero_is_told_that_the_provider_drops_and_google_replaces(graph: Graph) -> None:
    assert told_in_vain(graph) == []


@pytest.mark.parametrize("type_", DROPPED)
def test_the_list_names_properties_of_resources_that_there_are(graph: Graph, type_: str) -> None:
    assert graph.of_type(type_)


def test_one_tenants_failures_eject_no_pod_and_failures_of_a_gateway_do(graph: Graph) -> None:
    pods = max(2 * service.max_replicas + 1 for service in CATALOG.services)
    for node in graph.of_type("gcp:compute/backendService:BackendService"):
        told = node.input("outlierDetection")
        rates, errors = lookup(told, "successRateMinimumHosts"), lookup(told, "consecutiveErrors")
        assert isinstance(rates, int)
        assert rates > pods, "success rates would be compared"
        assert isinstance(errors, int)
        assert errors >= 100
        assert lookup(told, "enforcingConsecutiveGatewayFailure") == 100
