"""The Kubernetes objects of a service, as plain functions of the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_kubernetes import apps, autoscaling, batch, core, meta, policy

from infra.catalog import running
from infra.catalog.services import CronTask, Process, Resources, Service, Variable
from infra.components import pod
from infra.components.pod_proxy import CloudSqlProxy, sidecar
from infra.releases import Colour

WEB = "web"
METRICS_PATH = "/metrics"

# Pulumi waits ten minutes for a Job; Kubernetes gives up before that, so that the error is the Job's own.
_JOB_DEADLINE_SECONDS = 540
_CRON_DEADLINE_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class Runner:
    """As whom, and told what, a service's image runs. secret_class: name of its SecretProviderClass, if any."""

    service: Service
    repository_url: pulumi.Input[str]
    account: pulumi.Input[str]
    environment: Mapping[str, pulumi.Input[str]]
    secret_class: str | None
    proxy: CloudSqlProxy | None


def pod_labels(service: Service, role: str, colour: Colour | None = None) -> dict[str, str]:
    """Labels that Services, network policies and budgets select by. They are part of immutable selectors."""
    labels = {"app": service.name, "role": role}
    return labels if colour is None else {**labels, "colour": str(colour)}


def deployment_name(service: Service, colour: Colour) -> str:
    return f"{service.name}-{colour}"


def secret_class_spec(secret_ids: Mapping[str, pulumi.Input[str]]) -> dict[str, object]:
    """Newest version of each secret, as a file of the secret's catalogue name. The list is JSON, which is YAML too."""
    return {
        "provider": running.SECRET_PROVIDER,
        "parameters": {
            "secrets": pulumi.Output.json_dumps(
                [
                    {"resourceName": pulumi.Output.concat(secret_id, "/versions/latest"), "path": name}
                    for name, secret_id in sorted(secret_ids.items())
                ]
            )
        },
    }


def service_spec(service: Service, active: Colour) -> core.v1.ServiceSpecArgs:
    return core.v1.ServiceSpecArgs(
        type="ClusterIP",
        selector=pod_labels(service, WEB, active),
        ports=[
            core.v1.ServicePortArgs(
                name="http", port=service.port, target_port=service.port, protocol="TCP", app_protocol="http"
            )
        ],
    )


def web_spec(runner: Runner, colour: Colour, digest: str, *, is_active: bool) -> apps.v1.DeploymentSpecArgs:
    """The active colour says no number of replicas: the autoscaler owns it, and a number here would throw the service
    back to its floor with every deployment, at the busiest hour. The other colour is held at 0, ready to go back to.
    """
    service = runner.service
    labels = pod_labels(service, WEB, colour)
    ports = [core.v1.ContainerPortArgs(name="http", container_port=service.port, protocol="TCP")]
    if service.metrics_port is not None:
        ports.append(core.v1.ContainerPortArgs(name="metrics", container_port=service.metrics_port, protocol="TCP"))
    container = core.v1.ContainerArgs(
        name=service.name,
        image=_image(runner, digest),
        image_pull_policy="IfNotPresent",
        command=list(service.command),
        env=pod.variables(_web_environment(runner)),
        ports=ports,
        readiness_probe=pod.readiness(service.readiness, service.port, host=_public_host(runner)),
        liveness_probe=pod.liveness(service.liveness, service.port, host=_public_host(runner)),
        lifecycle=core.v1.LifecycleArgs(
            pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=running.DRAIN_SECONDS))
        ),
        resources=pod.requirements(service.resources),
        security_context=pod.container_security(),
        volume_mounts=pod.mounts(with_secrets=runner.secret_class is not None),
    )
    return apps.v1.DeploymentSpecArgs(
        replicas=None if is_active else 0,
        min_ready_seconds=running.MIN_READY_SECONDS,
        revision_history_limit=running.KEPT_REVISIONS,
        progress_deadline_seconds=600,
        selector=meta.v1.LabelSelectorArgs(match_labels=labels),
        strategy=apps.v1.DeploymentStrategyArgs(
            type="RollingUpdate",
            rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=1, max_unavailable=0),
        ),
        template=_template(
            runner,
            labels,
            container,
            port=service.port,
            grace=running.DRAIN_SECONDS + running.SHUTDOWN_SECONDS,
        ),
    )


def process_spec(runner: Runner, process: Process, digest: str) -> apps.v1.DeploymentSpecArgs:
    """A worker or a scheduler. A single one is replaced, not overlapped: two schedulers would run each task twice."""
    labels = pod_labels(runner.service, process.name)
    strategy = apps.v1.DeploymentStrategyArgs(type="Recreate" if process.replicas == 1 else "RollingUpdate")
    return apps.v1.DeploymentSpecArgs(
        replicas=process.replicas,
        revision_history_limit=running.KEPT_REVISIONS,
        selector=meta.v1.LabelSelectorArgs(match_labels=labels),
        strategy=strategy,
        template=_template(
            runner,
            labels,
            _process_container(runner, process.name, process.command, process.resources, digest, process.environment),
        ),
    )


def migration_spec(runner: Runner, migration: Process, digest: str) -> batch.v1.JobSpecArgs:
    container = _process_container(
        runner, migration.name, migration.command, migration.resources, digest, migration.environment
    )
    labels = pod_labels(runner.service, migration.name)
    return batch.v1.JobSpecArgs(
        backoff_limit=2,
        active_deadline_seconds=_JOB_DEADLINE_SECONDS,
        template=_template(runner, labels, container, restart_policy="Never"),
    )


def cron_spec(runner: Runner, task: CronTask, digest: str) -> batch.v1.CronJobSpecArgs:
    container = _process_container(runner, task.name, task.command, task.resources, digest)
    labels = pod_labels(runner.service, task.name)
    return batch.v1.CronJobSpecArgs(
        schedule=task.schedule,
        time_zone="Etc/UTC",
        concurrency_policy="Forbid",
        starting_deadline_seconds=300,
        successful_jobs_history_limit=1,
        failed_jobs_history_limit=3,
        job_template=batch.v1.JobTemplateSpecArgs(
            spec=batch.v1.JobSpecArgs(
                backoff_limit=1,
                active_deadline_seconds=_CRON_DEADLINE_SECONDS,
                template=_template(runner, labels, container, restart_policy="Never"),
            )
        ),
    )


def autoscaler_spec(service: Service, active: Colour, floor: int) -> autoscaling.v2.HorizontalPodAutoscalerSpecArgs:
    return autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
        min_replicas=floor,
        max_replicas=service.max_replicas,
        scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
            api_version="apps/v1", kind="Deployment", name=deployment_name(service, active)
        ),
        metrics=[
            # Of the service's own container: the proxy beside it idles and would hide the load.
            autoscaling.v2.MetricSpecArgs(
                type="ContainerResource",
                container_resource=autoscaling.v2.ContainerResourceMetricSourceArgs(
                    container=service.name,
                    name="cpu",
                    target=autoscaling.v2.MetricTargetArgs(
                        type="Utilization", average_utilization=running.TARGET_CPU_PERCENT
                    ),
                ),
            )
        ],
        behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
            scale_down=autoscaling.v2.HPAScalingRulesArgs(
                stabilization_window_seconds=running.SCALE_DOWN_WINDOW_SECONDS
            )
        ),
    )


def disruption_budget(service: Service) -> policy.v1.PodDisruptionBudgetSpecArgs:
    """One pod at a time may be moved, whichever colour is active; a pod that is already broken does not count."""
    return policy.v1.PodDisruptionBudgetSpecArgs(
        max_unavailable=1,
        selector=meta.v1.LabelSelectorArgs(match_labels=pod_labels(service, WEB)),
        unhealthy_pod_eviction_policy="AlwaysAllow",
    )


def pod_monitoring(service: Service) -> dict[str, object]:
    """Has managed Prometheus read the metrics port of the service's pods."""
    return {
        "selector": {"matchLabels": pod_labels(service, WEB)},
        "endpoints": [{"port": "metrics", "path": METRICS_PATH, "interval": "30s"}],
    }


def _web_environment(runner: Runner) -> dict[str, pulumi.Input[str]]:
    told: dict[str, pulumi.Input[str]] = {"PORT": str(runner.service.port)}
    if runner.service.metrics_port is not None:
        told["METRICS_PORT"] = str(runner.service.metrics_port)
    return told | _environment(runner)


def _public_host(runner: Runner) -> pulumi.Input[str] | None:
    """A host that the service answers to; None where it is not told which."""
    hosts = runner.environment.get("ALLOWED_HOSTS")
    return None if hosts is None else pulumi.Output.from_input(hosts).apply(lambda names: names.partition(",")[0])


def _environment(runner: Runner, own: tuple[Variable, ...] = ()) -> dict[str, pulumi.Input[str]]:
    """own: constants of one process, in place of the service's."""
    constant = {variable.name: variable.value for variable in (*runner.service.environment, *own)}
    return {**constant, **dict(sorted(runner.environment.items()))}


def _image(runner: Runner, digest: str) -> pulumi.Output[str]:
    return pulumi.Output.concat(runner.repository_url, f"/{runner.service.image}@{digest}")


def _process_container(
    runner: Runner,
    name: str,
    command: tuple[str, ...],
    resources: Resources,
    digest: str,
    environment: tuple[Variable, ...] = (),
) -> core.v1.ContainerArgs:
    return core.v1.ContainerArgs(
        name=name,
        image=_image(runner, digest),
        image_pull_policy="IfNotPresent",
        command=list(command),
        env=pod.variables(_environment(runner, environment)),
        resources=pod.requirements(resources),
        security_context=pod.container_security(),
        volume_mounts=pod.mounts(with_secrets=runner.secret_class is not None),
    )


def _template(
    runner: Runner,
    labels: dict[str, str],
    container: core.v1.ContainerArgs,
    *,
    port: int | None = None,
    grace: int = running.SHUTDOWN_SECONDS,
    restart_policy: str = "Always",
) -> core.v1.PodTemplateSpecArgs:
    proxies = [] if runner.proxy is None else [sidecar(runner.proxy, runner.repository_url)]
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(labels=labels),
        spec=core.v1.PodSpecArgs(
            service_account_name=runner.account,
            automount_service_account_token=False,
            enable_service_links=False,
            restart_policy=restart_policy,
            termination_grace_period_seconds=grace,
            security_context=pod.pod_security(port),
            topology_spread_constraints=pod.spread(labels) if restart_policy == "Always" else None,
            init_containers=proxies or None,
            containers=[container],
            volumes=pod.volumes(runner.secret_class),
        ),
    )
