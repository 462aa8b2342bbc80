"""The Cloud SQL Auth Proxy as a native sidecar: pods sign in to the database as Google accounts, without passwords."""

from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import core

from infra.catalog.services import Resources
from infra.components import pod

# PostgreSQL's own port, on the pod's loopback; the proxy itself goes to port 3307 of the instance.
PROXY_PORT = 5432
PROXY_IMAGE = "cloud-sql-proxy"
PROXY_HEALTH_PORT = 9090

# An estimate for tens of connections, not a measurement: the memory and CPU panels of the infrastructure dashboard say
# what it really takes. The limits leave room for the TLS handshakes of a restart.
PROXY_RESOURCES = Resources(cpu_request_m=20, cpu_limit_m=200, memory_request_mib=48, memory_limit_mib=128)


@dataclass(frozen=True, kw_only=True)
class CloudSqlProxy:
    """digest: of the image `cloud-sql-proxy` in the platform's registry. connection_name: project:region:instance."""

    digest: str
    connection_name: pulumi.Input[str]


def sidecar(proxy: CloudSqlProxy, repository_url: pulumi.Input[str]) -> core.v1.ContainerArgs:
    """An init container that keeps running: it is up before the service starts and ends after it, in a Job too."""
    return core.v1.ContainerArgs(
        name=PROXY_IMAGE,
        image=pulumi.Output.concat(repository_url, f"/{PROXY_IMAGE}@{proxy.digest}"),
        image_pull_policy="IfNotPresent",
        restart_policy="Always",
        args=[
            "--private-ip",
            "--auto-iam-authn",
            f"--port={PROXY_PORT}",
            "--structured-logs",
            "--exit-zero-on-sigterm",
            "--health-check",
            "--http-address=0.0.0.0",
            f"--http-port={PROXY_HEALTH_PORT}",
            proxy.connection_name,
        ],
        ports=[core.v1.ContainerPortArgs(name="proxy-health", container_port=PROXY_HEALTH_PORT, protocol="TCP")],
        startup_probe=_check("/startup", period=1, failures=60),
        liveness_probe=_check("/liveness", period=30, failures=3),
        resources=pod.requirements(PROXY_RESOURCES),
        security_context=pod.container_security(),
    )


def _check(path: str, *, period: int, failures: int) -> core.v1.ProbeArgs:
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=PROXY_HEALTH_PORT),
        period_seconds=period,
        timeout_seconds=10,
        failure_threshold=failures,
    )
