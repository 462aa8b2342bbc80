"""What the load balancer names must exist; endpoint groups come from GKE, some time after it saw the Service."""

import json
import re
from collections.abc import Iterator, Mapping

from coditect.graph.values import members, text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.types import BACKEND_SERVICE, SERVICE, objects, strings

_GROUP = re.compile(r"/zones/[^/]+/networkEndpointGroups/(?P<name>[^/]+)$")
_NEG = "cloud.google.com/neg"
_STATUS = "neg-status"
_WAIT_FOR = "pulumi.com/waitFor"

# A reference by collection, to the type of what it names.
_COLLECTIONS: Mapping[str, str] = {
    "backendBuckets": "gcp:compute/backendBucket:BackendBucket",
    "backendServices": BACKEND_SERVICE,
    "certificateMaps": "gcp:certificatemanager/certificateMap:CertificateMap",
    "certificates": "gcp:certificatemanager/certificate:Certificate",
    "dnsAuthorizations": "gcp:certificatemanager/dnsAuthorization:DnsAuthorization",
    "healthChecks": "gcp:compute/healthCheck:HealthCheck",
    "networks": "gcp:compute/network:Network",
    "notificationChannels": "gcp:monitoring/notificationChannel:NotificationChannel",
    "securityPolicies": "gcp:compute/securityPolicy:SecurityPolicy",
    "sslPolicies": "gcp:compute/sSLPolicy:SSLPolicy",
    "subnetworks": "gcp:compute/subnetwork:Subnetwork",
    "targetHttpProxies": "gcp:compute/targetHttpProxy:TargetHttpProxy",
    "targetHttpsProxies": "gcp:compute/targetHttpsProxy:TargetHttpsProxy",
    "topics": "gcp:pubsub/topic:Topic",
    "urlMaps": "gcp:compute/uRLMap:URLMap",
}
_REFERENCE = re.compile(
    r"^(?:https://www\.googleapis\.com/compute/v1/|//certificatemanager\.googleapis\.com/)?"
    r"(?P<id>projects/[^/]+/(?:global|regions/[^/]+|locations/[^/]+/?)?/?(?P<collection>[A-Za-z]+)/[^/]+)$"
)


def _groups(service: Thing) -> frozenset[str]:
    """The names of the endpoint groups that GKE makes for a Service."""
    written = text(service.inputs, "metadata", "annotations", _NEG)
    ports = members(json.loads(written), "exposed_ports") if written else {}
    return frozenset(name for port in ports.values() if (name := text(port, "name")))


def _is_there(service: Thing, world: World) -> bool:
    """Whether GKE had time: Pulumi waited for the annotation that GKE writes, or an earlier run made the Service."""
    return _STATUS in text(service.inputs, "metadata", "annotations", _WAIT_FOR) or service.made_in < world.run


def _groupless(request: Request, world: World) -> Iterator[str]:
    named = [
        m["name"] for backend in objects(request.inputs, "backends") if (m := _GROUP.search(text(backend, "group")))
    ]
    for name in sorted(set(named)):
        services = [service for service in world.things(SERVICE) if name in _groups(service)]
        if not any(_is_there(service, world) for service in services):
            yield (
                f"{request.name}: Error 404: The resource networkEndpointGroups/{name} was not found. "
                + ("GKE has just seen its Service" if services else "No Service asks GKE for it yet")
                + f". Let the Service wait for GKE with {_WAIT_FOR} and {_STATUS}, and this for the Service"
            )


def _nameless(request: Request, world: World) -> Iterator[str]:
    for value in sorted(set(strings(request.inputs))):
        found = _REFERENCE.match(value)
        if found and found["collection"] in _COLLECTIONS and not value.endswith(request.id):
            type_ = _COLLECTIONS[found["collection"]]
            if world.find(type_, value) is None and world.find(type_, found["id"]) is None:
                yield f"{request.name}: Error 404: {found['id']} was not found. Let this wait for it"


RULES = (
    Rule(
        name="endpoint-group-exists",
        says="An endpoint group exists only some time after GKE saw its Service; a backend service that names it "
        "earlier is refused.",
        source="https://cloud.google.com/kubernetes-engine/docs/how-to/standalone-neg#create_a_service",
        types=frozenset({BACKEND_SERVICE}),
        operations=frozenset({Operation.CREATE, Operation.UPDATE}),
        reasons=_groupless,
    ),
    Rule(
        name="reference-exists",
        says="What a resource names by its link must exist before it.",
        source="https://cloud.google.com/compute/docs/reference/rest/v1/backendServices/insert (404 notFound)",
        operations=frozenset({Operation.CREATE, Operation.UPDATE}),
        reasons=_nameless,
    ),
)
