"""Backend services: health checks, timeouts, affinity, headers, and the endpoint groups that GKE keeps."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Application
from infra.catalog.services import Service
from infra.components.armor import policy_of
from infra.components.base import Component
from infra.components.edge_plan import Backend, Face
from infra.components.endpoint_groups import group_name
from infra.components.hosts import hosts_of
from infra.settings import SettingsError
from infra.settings.foundation import Domains
from infra.settings.traffic import Edge

# Requests a second that one pod takes before the load balancer prefers another zone: an eighth of what a Django view
# does on one worker of two cores, so that a database round trip fits in.
_RATE_PER_POD = 200
_DRAINING_SECONDS = 60
# Answers of 5xx in a row, of any kind, after which a pod is ejected: it answers nobody rightly any more.
_HOPELESS_ERRORS = 100
# Success rates are compared only among at least so many pods, which is never: requests of one tenant that fail for a
# reason of its own would make the pods that happened to serve it look worse than the others.
_MORE_PODS_THAN_ANY_SERVICE = 1000
_AFFINITY_SECONDS = 24 * 3600  # the most Google takes

# Two years, as the preload list asks for (hstspreload.org).
HSTS = "Strict-Transport-Security: max-age=63072000; includeSubDomains; preload"


@dataclass(frozen=True, kw_only=True)
class BackendsArgs:
    """What the backend services need to know. policy_ids: security policies by kind, as `armor` makes them."""

    prefix: str
    project_id: str
    zones: tuple[str, ...]
    catalog: Catalog
    domains: Domains
    settings: Edge
    backends: tuple[Backend, ...]
    policy_ids: Mapping[str, pulumi.Output[str]]

    def __post_init__(self) -> None:
        if not self.zones:
            raise SettingsError("edge.zones is empty: requests would reach no pod. Write the zones that carry nodes.")
        if slow := [s.name for s in self.catalog.services if s.balancer_check.timeout_s > s.balancer_check.period_s]:
            raise SettingsError(
                f"The readiness probe of {', '.join(slow)} may take longer than the time between two: Google refuses "
                "the health check. Write a timeout_s that is at most period_s."
            )


class Backends(Component):
    """One health check a service and one backend service a face of it. backend_ids: by backend name."""

    backend_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: BackendsArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        services = {backend.service.name: backend.service for backend in args.backends}
        checks = {name: self._health_check(service) for name, service in services.items()}
        self.backend_ids = {
            backend.name: self._backend(backend, checks[backend.service.name]) for backend in args.backends
        }
        self.finish()

    def _health_check(self, service: Service) -> gcp.compute.HealthCheck:
        # Kubernetes' own readiness does not decide who gets requests: GKE keeps a pod that is not ready in its group
        # (docs/adr/0003-network-endpoint-groups.md). It goes the other way round: a pod that a Service selects when it
        # is made gets a readiness gate from GKE, whose condition is this check, so it is ready only after it passed.
        probe = service.balancer_check
        return gcp.compute.HealthCheck(
            self.child(f"{service.name}-health"),
            name=f"{self._args.prefix}-{service.name}",
            project=self._args.project_id,
            check_interval_sec=probe.period_s,
            timeout_sec=probe.timeout_s,
            healthy_threshold=probe.healthy_threshold,
            unhealthy_threshold=probe.unhealthy_threshold,
            http_health_check=gcp.compute.HealthCheckHttpHealthCheckArgs(
                # Without it Google sends the pod's address as the host, which Django answers with 400.
                host=hosts_of(service, self._args.catalog, self._args.domains)[0],
                port_specification="USE_SERVING_PORT",
                request_path=probe.path,
            ),
            log_config=gcp.compute.HealthCheckLogConfigArgs(enable=True),
            opts=self.under(),
        )

    def _backend(self, backend: Backend, check: gcp.compute.HealthCheck) -> pulumi.Output[str]:
        args, service, compute = self._args, backend.service, gcp.compute
        is_static = backend.face is Face.STATIC
        return compute.BackendService(
            self.child(backend.name),
            name=f"{args.prefix}-{backend.name}",
            project=args.project_id,
            description=service.description,
            load_balancing_scheme="EXTERNAL_MANAGED",
            # Plain HTTP to the pods: Google encrypts what travels between its front ends and our VPC by itself, and
            # would not check a certificate of ours.
            protocol="HTTP",
            timeout_sec=service.timeout_s,
            connection_draining_timeout_sec=_DRAINING_SECONDS,
            backends=[self._group(service, zone) for zone in args.zones],
            health_checks=check.id,
            security_policy=args.policy_ids[policy_of(backend, args.catalog)],
            log_config=compute.BackendServiceLogConfigArgs(enable=True, sample_rate=args.settings.log_sample_rate),
            # A user of a stateful service must come back to the pod that holds the workspace; Google follows a cookie
            # only together with a hashing policy.
            session_affinity="GENERATED_COOKIE" if service.stateful else "NONE",
            affinity_cookie_ttl_sec=_AFFINITY_SECONDS if service.stateful else None,
            locality_lb_policy="RING_HASH" if service.stateful else "LEAST_REQUEST",
            # Errors of the gateway kind: a pod that answers 500 to one tenant's request still serves the others. The
            # two other ways to be ejected cannot be switched off by `enforcing…=0`: the provider leaves a zero out of
            # what it sends, and Google's own number holds (100 % for success rates; for errors its reference says 0
            # and the provider's page 100). So each gets a threshold of its own.
            outlier_detection=compute.BackendServiceOutlierDetectionArgs(
                consecutive_gateway_failure=5,
                enforcing_consecutive_gateway_failure=100,
                consecutive_errors=_HOPELESS_ERRORS,
                success_rate_minimum_hosts=_MORE_PODS_THAN_ANY_SERVICE,
                interval=compute.BackendServiceOutlierDetectionIntervalArgs(seconds=10),
                base_ejection_time=compute.BackendServiceOutlierDetectionBaseEjectionTimeArgs(seconds=30),
                max_ejection_percent=34,  # one pod of three
            ),
            custom_response_headers=list(security_headers(service)),
            enable_cdn=is_static,
            cdn_policy=_static_files() if is_static else None,
            compression_mode="AUTOMATIC" if is_static else None,
            opts=self.under(),
        ).id

    def _group(self, service: Service, zone: str) -> gcp.compute.BackendServiceBackendArgs:
        # GKE makes these groups, one a zone, from the annotation of the Service: they can only be named here.
        return gcp.compute.BackendServiceBackendArgs(
            group=(
                f"https://www.googleapis.com/compute/v1/projects/{self._args.project_id}/zones/{zone}"
                f"/networkEndpointGroups/{group_name(self._args.prefix, service)}"
            ),
            balancing_mode="RATE",
            max_rate_per_endpoint=_RATE_PER_POD,
        )


def security_headers(service: Service) -> tuple[str, ...]:
    """Headers that every reply of a service carries, over whatever the pod sent."""
    # The shell of the Cloud IDE shows Theia in a frame of the same host.
    frames = "SAMEORIGIN" if service.application is Application.IDE else "DENY"
    return (
        HSTS,
        "X-Content-Type-Options: nosniff",
        "Referrer-Policy: strict-origin-when-cross-origin",
        f"X-Frame-Options: {frames}",
        "Permissions-Policy: camera=(), geolocation=(), microphone=(), payment=()",
    )


def _static_files() -> gcp.compute.BackendServiceCdnPolicyArgs:
    return gcp.compute.BackendServiceCdnPolicyArgs(
        # The files' names carry their content's hash, and the pods say for how long they may be kept.
        cache_mode="USE_ORIGIN_HEADERS",
        # While a new colour starts, a pod of the old one may still answer 404 for a new file: that must not be kept.
        negative_caching=False,
        request_coalescing=True,
        cache_key_policy=gcp.compute.BackendServiceCdnPolicyCacheKeyPolicyArgs(
            include_host=True, include_protocol=True, include_query_string=False
        ),
    )
