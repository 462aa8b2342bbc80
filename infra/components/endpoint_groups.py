"""Network endpoint groups: GKE makes one a zone for a Service that asks, and the load balancer refers to it by name.

Why it is done so, and what the waiting can and cannot promise: docs/adr/0003-network-endpoint-groups.md.
"""

import json

from infra.catalog.services import Service

# What GKE's controller writes onto a Service whose groups it has taken up; Pulumi holds the Service for unfinished
# until it stands there. The expression is RFC 9535 since pulumi-kubernetes 4.24, in which a key with dots is quoted;
# the escapes that kubectl wants (`cloud\.google\.com`) are refused: https://github.com/pulumi/pulumi-kubernetes/pull/3658
_TAKEN_UP = "jsonpath={.metadata.annotations['cloud.google.com/neg-status']}"


def endpoint_name(service: Service) -> str:
    """Name of the Kubernetes Service through which the load balancer finds a service's pods.

    A stateful set names a Service of its own, which must be headless and can never be another: `serviceName` is
    immutable. It keeps the service's plain name, so the load balancer's is another one.
    """
    return f"{service.name}-web" if service.stateful else service.name


def group_name(prefix: str, service: Service) -> str:
    """Name of a service's group in every zone of a stack. prefix: that of the stack's physical names."""
    return f"{prefix}-{endpoint_name(service)}"


def annotations(port: int, name: str) -> dict[str, str]:
    """Has GKE register the pods behind a Service's port in groups of that name, and Pulumi wait until GKE has begun."""
    return {
        "cloud.google.com/neg": json.dumps({"exposed_ports": {str(port): {"name": name}}}),
        "pulumi.com/waitFor": _TAKEN_UP,
    }
