"""What the local charts are told, as typed models. Each chart's `values.schema.json` is generated from its model."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from infra.catalog.services import Probe, Resources, Service
from infra.components.endpoint_groups import endpoint_name

Name = Annotated[str, Field(pattern=r"^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$")]
Port = Annotated[int, Field(ge=1, le=65535)]
Replicas = Annotated[int, Field(ge=1, le=100)]
Gib = Annotated[int, Field(ge=1, le=65536)]
Seconds = Annotated[int, Field(ge=0, le=3600)]
Quantity = Annotated[str, Field(pattern=r"^[1-9][0-9]*(m|Mi|Gi)$")]
GoogleAccount = Annotated[str, Field(pattern=r"^[a-z0-9-]+@[a-z0-9-]+\.iam\.gserviceaccount\.com$")]


class Values(BaseModel):
    """camelCase outside, as Helm has it; nothing that the model does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=True)


class ImageValues(Values):
    """By digest only: a tag can be moved to other code."""

    repository: str = Field(pattern=r"^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)+$")
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")


class AmountValues(Values):
    cpu: Quantity
    memory: Quantity


class ResourceValues(Values):
    requests: AmountValues
    limits: AmountValues


class ProbeValues(Values):
    """An HTTP check, in Kubernetes' own words."""

    path: str = Field(pattern=r"^/")
    initial_delay_seconds: Seconds
    period_seconds: Annotated[int, Field(ge=1, le=300)]
    timeout_seconds: Annotated[int, Field(ge=1, le=300)]
    success_threshold: Annotated[int, Field(ge=1, le=10)]
    failure_threshold: Annotated[int, Field(ge=1, le=10)]


class SecretValues(Values):
    """A secret of Secret Manager, mounted as a file of that name."""

    name: Name
    id: str = Field(pattern=r"^projects/[^/]+/secrets/[^/]+$")


class ServiceValues(Values):
    """A service behind the load balancer.

    account: Kubernetes account of its pods.
    endpoint_name, endpoint_annotations: of the Service through which the load balancer finds its pods.
    google_account: account behind them; null for a service that calls no Google API and reads no secret.
    environment: name of a ConfigMap with its environment, made beside the chart because it may hold what is only known
        once it exists (the address of the cache).
    """

    name: Name
    image: ImageValues
    port: Port
    endpoint_name: Name
    endpoint_annotations: Mapping[str, str]
    min_replicas: Replicas
    max_replicas: Replicas
    resources: ResourceValues
    readiness: ProbeValues
    liveness: ProbeValues
    account: Name
    google_account: GoogleAccount | None
    secrets: tuple[SecretValues, ...]
    environment: Name


def images(repository_url: str, digests: Mapping[str, str], name: str) -> ImageValues:
    """An image of the platform's own registry."""
    return ImageValues(repository=f"{repository_url}/{name}", digest=digests[name])


def resources(size: Resources) -> ResourceValues:
    return ResourceValues(
        requests=AmountValues(cpu=f"{size.cpu_request_m}m", memory=f"{size.memory_request_mib}Mi"),
        limits=AmountValues(cpu=f"{size.cpu_limit_m}m", memory=f"{size.memory_limit_mib}Mi"),
    )


def probe(check: Probe, *, success_threshold: int) -> ProbeValues:
    return ProbeValues(
        path=check.path,
        initial_delay_seconds=check.initial_delay_s,
        period_seconds=check.period_s,
        timeout_seconds=check.timeout_s,
        success_threshold=success_threshold,
        failure_threshold=check.unhealthy_threshold,
    )


def environment_name(service: Service) -> str:
    """Name of the ConfigMap that holds a service's environment."""
    return f"{service.name}-environment"


def service_values(
    service: Service,
    *,
    image: ImageValues,
    endpoint_annotations: Mapping[str, str],
    replicas: int,
    account: str,
    google_account: str | None,
    secret_ids: Mapping[str, str],
) -> ServiceValues:
    """A catalogue entry as its chart wants it. secret_ids: full names of its secrets, by their catalogue name."""
    return ServiceValues(
        name=service.name,
        image=image,
        port=service.port,
        endpoint_name=endpoint_name(service),
        endpoint_annotations=endpoint_annotations,
        min_replicas=replicas,
        max_replicas=max(replicas, service.max_replicas),
        resources=resources(service.resources),
        readiness=probe(service.readiness, success_threshold=service.readiness.healthy_threshold),
        # Kubernetes refuses any other success threshold for liveness.
        liveness=probe(service.liveness, success_threshold=1),
        account=account,
        google_account=google_account,
        secrets=tuple(SecretValues(name=name, id=secret_ids[name]) for name in sorted(secret_ids)),
        environment=environment_name(service),
    )
