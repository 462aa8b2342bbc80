"""Services of Google are off in a new project, until each is enabled."""

from collections.abc import Iterator, Mapping

from coditect.graph.values import text
from coditect.rehearsal.rule import Operation, Request, Rule, World
from coditect.rehearsal.types import AGENT, API

# The module of a resource's type, to the service that answers for it; the most telling prefix counts.
_SERVICES: Mapping[str, str] = {
    "gcp:artifactregistry/": "artifactregistry.googleapis.com",
    "gcp:billing/budget": "billingbudgets.googleapis.com",
    "gcp:binaryauthorization/": "binaryauthorization.googleapis.com",
    "gcp:certificatemanager/": "certificatemanager.googleapis.com",
    "gcp:compute/": "compute.googleapis.com",
    "gcp:container/": "container.googleapis.com",
    "gcp:dns/": "dns.googleapis.com",
    "gcp:gkebackup/": "gkebackup.googleapis.com",
    "gcp:iam/": "iam.googleapis.com",
    "gcp:identityplatform/": "identitytoolkit.googleapis.com",
    "gcp:kms/": "cloudkms.googleapis.com",
    "gcp:logging/": "logging.googleapis.com",
    "gcp:monitoring/": "monitoring.googleapis.com",
    "gcp:projects/iAMAuditConfig": "cloudresourcemanager.googleapis.com",
    "gcp:projects/iAMCustomRole": "iam.googleapis.com",
    "gcp:projects/iAMMember": "cloudresourcemanager.googleapis.com",
    "gcp:projects/service": "serviceusage.googleapis.com",
    "gcp:pubsub/": "pubsub.googleapis.com",
    "gcp:redis/": "redis.googleapis.com",
    "gcp:secretmanager/": "secretmanager.googleapis.com",
    "gcp:serviceaccount/": "iam.googleapis.com",
    "gcp:servicenetworking/": "servicenetworking.googleapis.com",
    "gcp:sql/": "sqladmin.googleapis.com",
    "gcp:storage/": "storage.googleapis.com",
}
# Enabling a service is itself a call of one service, and naming a project one of another.
_FIRST = frozenset({"serviceusage.googleapis.com", "cloudresourcemanager.googleapis.com"})


def service_of(type_: str) -> str | None:
    """The service that answers for a type or a data source; None for what is no resource of Google's."""
    matching = [prefix for prefix in _SERVICES if type_.startswith(prefix)]
    return _SERVICES[max(matching, key=len)] if matching else None


def is_enabled(service: str, project: str, world: World) -> bool:
    """Whether a service is on in a project: from the beginning, or by a resource that is done."""
    return service in world.surroundings.enabled_apis or any(
        text(api.inputs, "service") == service and text(api.inputs, "project") in ("", project)
        for api in world.things(API)
    )


def _disabled(request: Request, world: World) -> Iterator[str]:
    service = service_of(request.type)
    if service is not None and request.type != API and not is_enabled(service, request.project, world):
        yield (
            f"{request.name}: {service} has not been used in {request.project or 'the project'} before or it is "
            f"disabled. Let it wait for the gcp.projects.Service of {service}"
        )


def _too_early(request: Request, world: World) -> Iterator[str]:
    if text(request.inputs, "service") in _FIRST:
        return
    for service in sorted(_FIRST):
        if not is_enabled(service, request.project, world):
            yield f"{request.name}: enabling a service needs {service} first. Let it wait for that one"


def _agentless(request: Request, world: World) -> Iterator[str]:
    service = text(request.inputs, "service")
    if not is_enabled(service, request.project, world):
        yield f"{request.name}: {service} is not enabled, so it has no service agent to make. Enable it first"


RULES = (
    Rule(
        name="api-enabled",
        says="A resource of a service, and a question to it, need the service enabled in the project.",
        source="https://cloud.google.com/apis/docs/troubleshooting (SERVICE_DISABLED)",
        operations=frozenset({Operation.CREATE, Operation.ASK}),
        reasons=_disabled,
    ),
    Rule(
        name="api-management-first",
        says="Enabling services needs Service Usage and Cloud Resource Manager enabled before.",
        source="https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/google_project_service",
        types=frozenset({API}),
        reasons=_too_early,
    ),
    Rule(
        name="agent-of-enabled-api",
        says="A service agent can be asked for only once its service is enabled.",
        source="https://cloud.google.com/iam/docs/create-service-agents#create",
        types=frozenset({AGENT}),
        reasons=_agentless,
    ),
)
