"""Services of ours on Kubernetes: two colours, a migration before them, and pods that may do nothing they need not."""

import json
from dataclasses import replace
from typing import Any

import pulumi_gcp as gcp
import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from infra.catalog import CATALOG
from infra.catalog.names import Origin
from infra.catalog.services import CronTask, Resources, Service
from infra.components.endpoint_groups import endpoint_name
from infra.components.workload import Workload, WorkloadArgs
from infra.releases import Colour, ColouredRelease
from infra.settings import SettingsError
from tests.infra.kubernetes_objects import KubernetesObject, at, listed, mapping, number, objects, of_kind, only
from tests.infra.kubernetes_side import PREFIX, email, kubernetes_side, workload_args

BACKEND = CATALOG.service("gateway-backend")
FRONTEND = CATALOG.service("license-frontend")
BLUE, GREEN = f"sha256:{'b' * 64}", f"sha256:{'9' * 64}"
OURS = [s for s in CATALOG.services if s.origin is Origin.OURS]


def release(active: Colour = Colour.BLUE) -> ColouredRelease:
    return ColouredRelease(active=active, blue=BLUE, green=GREEN)


def workload(args: WorkloadArgs) -> Graph:
    return capture("prod", program=lambda: Workload(args.service.name, args))


def backend(active: Colour = Colour.BLUE) -> Graph:
    return workload(replace(workload_args(BACKEND), release=release(active)))


def image(subject: KubernetesObject, path: tuple[str, ...] = ("spec", "template")) -> str:
    return str(at(subject.manifest, *path, "spec", "containers", 0, "image"))


def variables(subject: KubernetesObject) -> dict[str, str]:
    found = listed(at(subject.manifest, "spec", "template", "spec", "containers", 0, "env"))
    return {str(at(item, "name")): str(at(item, "value")) for item in found}


@pytest.mark.parametrize("active", list(Colour))
def test_the_service_sends_to_the_active_colour_alone(active: Colour) -> None:
    service = only(backend(active), "Service", "gateway-backend")
    assert at(service.manifest, "spec", "selector") == {"app": "gateway-backend", "role": "web", "colour": active}


@pytest.mark.parametrize("active", list(Colour))
def test_the_colour_without_traffic_has_no_pods_and_keeps_its_image(active: Colour) -> None:
    idle = only(backend(active), "Deployment", f"gateway-backend-{active.other}")
    assert at(idle.manifest, "spec", "replicas") == 0
    assert image(idle).endswith(release().digest(active.other))


def test_the_active_colour_leaves_its_replicas_to_the_autoscaler() -> None:
    graph = backend()
    active = only(graph, "Deployment", "gateway-backend-blue")
    assert "replicas" not in mapping(at(active.manifest, "spec"))
    scaler = only(graph, "HorizontalPodAutoscaler", "gateway-backend")
    assert at(scaler.manifest, "spec", "scaleTargetRef", "name") == "gateway-backend-blue"
    assert at(scaler.manifest, "spec", "minReplicas") == 3
    assert at(scaler.manifest, "spec", "maxReplicas") == BACKEND.max_replicas


def test_a_roll_out_migrates_then_grows_the_new_colour_then_turns_to_it_then_stops_the_old_one() -> None:
    graph = backend(Colour.GREEN)
    new = only(graph, "Deployment", "gateway-backend-green")
    service = only(graph, "Service", "gateway-backend")
    old = only(graph, "Deployment", "gateway-backend-blue")
    assert {"gateway-backend-migrate", "gateway-backend-autoscaler"} <= new.waits_for
    assert "gateway-backend-green" in service.waits_for
    assert "gateway-backend-service" in old.waits_for


def test_a_new_pod_counts_only_after_the_autoscaler_has_had_time_to_grow_its_colour() -> None:
    active = only(backend(), "Deployment", "gateway-backend-blue")
    assert number(at(active.manifest, "spec", "minReadySeconds")) >= 2 * 15


def test_a_colour_takes_its_replicas_back_from_the_autoscaler_by_force() -> None:
    for colour in Colour:
        subject = only(backend(), "Deployment", f"gateway-backend-{colour}")
        assert at(subject.manifest, "metadata", "annotations", "pulumi.com/patchForce") == "true"


def test_another_image_is_another_migration() -> None:
    blue, green = (of_kind(backend(colour), "Job")[0] for colour in Colour)
    assert blue.name == f"gateway-backend-migrate-{'b' * 12}"
    assert green.name == f"gateway-backend-migrate-{'9' * 12}"


def test_a_migration_is_kept_after_it_ended_and_given_up_before_pulumi_gives_up_waiting() -> None:
    spec = mapping(at(of_kind(backend(), "Job")[0].manifest, "spec"))
    assert "ttlSecondsAfterFinished" not in spec
    assert number(spec["activeDeadlineSeconds"]) < 600


def test_a_migration_signs_in_as_the_owner_of_the_tables_and_the_service_does_not() -> None:
    graph = backend()
    job = of_kind(graph, "Job")[0]
    account = only(graph, "ServiceAccount", "gateway-backend-migrate")
    assert at(job.manifest, "spec", "template", "spec", "serviceAccountName") == account.name
    assert at(account.manifest, "metadata", "annotations", "iam.gke.io/gcp-service-account") == email(
        "gateway-backend-migrate"
    )
    assert variables(job)["DATABASE_USER"].startswith("gateway-backend-migrate@")
    assert variables(only(graph, "Deployment", "gateway-backend-blue"))["DATABASE_USER"].startswith("gateway-backend@")


def test_workers_run_the_active_image_and_two_schedulers_never_overlap() -> None:
    graph = backend(Colour.GREEN)
    worker = only(graph, "Deployment", "gateway-backend-worker")
    beat = only(graph, "Deployment", "gateway-backend-beat")
    assert image(worker).endswith(GREEN)
    assert at(worker.manifest, "spec", "replicas") == 2
    assert at(beat.manifest, "spec", "replicas") == 1
    assert at(beat.manifest, "spec", "strategy", "type") == "Recreate"


def test_a_scheduled_task_runs_the_active_image_and_never_twice_at_once() -> None:
    task = CronTask(
        name="sweep",
        command=("python", "-m", "apps.gateway", "sweep"),
        schedule="15 3 * * *",
        resources=Resources(cpu_request_m=50, cpu_limit_m=100, memory_request_mib=64, memory_limit_mib=128),
    )
    service = replace(BACKEND, cron_tasks=(task,))
    cron = only(workload(replace(workload_args(service), release=release())), "CronJob", "gateway-backend-sweep")
    assert at(cron.manifest, "spec", "schedule") == "15 3 * * *"
    assert at(cron.manifest, "spec", "concurrencyPolicy") == "Forbid"
    assert image(cron, ("spec", "jobTemplate", "spec", "template")).endswith(BLUE)


@pytest.mark.parametrize("service", CATALOG.services, ids=lambda s: s.name)
def test_the_load_balancer_finds_a_service_by_the_name_of_its_endpoint_group_and_port(service: Service) -> None:
    subject = only(kubernetes_side(), "Service", endpoint_name(service))
    annotation = json.loads(str(at(subject.manifest, "metadata", "annotations", "cloud.google.com/neg")))
    assert annotation == {"exposed_ports": {str(service.port): {"name": f"{PREFIX}-{endpoint_name(service)}"}}}
    assert at(subject.manifest, "spec", "ports", 0, "port") == service.port
    assert at(subject.manifest, "spec", "ports", 0, "targetPort") == service.port


@pytest.mark.parametrize("service", OURS, ids=lambda s: s.name)
def test_a_container_runs_the_command_of_the_catalogue_with_its_ports_and_probes(service: Service) -> None:
    subject = only(kubernetes_side(), "Deployment", f"{service.name}-blue")
    container = at(subject.manifest, "spec", "template", "spec", "containers", 0)
    assert at(container, "command") == list(service.command)
    assert variables(subject)["PORT"] == str(service.port)
    assert variables(subject)["METRICS_PORT"] == str(service.metrics_port)
    assert at(container, "readinessProbe", "httpGet") == {"path": service.readiness.path, "port": service.port}
    assert at(container, "livenessProbe", "httpGet") == {"path": service.liveness.path, "port": service.port}
    assert at(container, "ports", 0, "containerPort") == service.port


@pytest.mark.parametrize("service", OURS, ids=lambda s: s.name)
def test_secrets_come_as_files_from_secret_manager_of_their_names(service: Service) -> None:
    graph = kubernetes_side()
    secret_class = only(graph, "SecretProviderClass", service.name)
    files = json.loads(str(at(secret_class.manifest, "spec", "parameters", "secrets")))
    assert {file["path"] for file in files} == set(service.secrets)
    assert all(file["resourceName"].endswith("/versions/latest") for file in files)
    mounted = at(only(graph, "Deployment", f"{service.name}-blue").manifest, "spec", "template", "spec", "volumes", 1)
    assert at(mounted, "csi", "volumeAttributes", "secretProviderClass") == secret_class.name


def test_a_port_under_1024_needs_a_sysctl_and_no_privilege() -> None:
    low = only(kubernetes_side(), "Deployment", "license-frontend-blue")
    high = only(kubernetes_side(), "Deployment", "gateway-backend-blue")
    assert at(low.manifest, "spec", "template", "spec", "securityContext", "sysctls") == [
        {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}
    ]
    assert "sysctls" not in mapping(at(high.manifest, "spec", "template", "spec", "securityContext"))


def test_the_database_is_reached_through_a_sidecar_that_starts_first_and_ends_last() -> None:
    sidecar = at(
        only(backend(), "Deployment", "gateway-backend-blue").manifest, "spec", "template", "spec", "initContainers", 0
    )
    assert at(sidecar, "restartPolicy") == "Always"
    assert {"--private-ip", "--auto-iam-authn", "--port=5432"} <= {str(a) for a in listed(at(sidecar, "args"))}
    assert at(sidecar, "startupProbe", "httpGet", "path") == "/startup"


def test_without_a_proxy_no_sidecar_runs() -> None:
    graph = workload(replace(workload_args(FRONTEND), proxy=None))
    spec = at(only(graph, "Deployment", "license-frontend-blue").manifest, "spec", "template", "spec")
    assert "initContainers" not in mapping(spec)


def test_a_pod_has_time_to_leave_the_load_balancer_before_it_ends() -> None:
    spec = at(only(backend(), "Deployment", "gateway-backend-blue").manifest, "spec", "template", "spec")
    drain = number(at(spec, "containers", 0, "lifecycle", "preStop", "sleep", "seconds"))
    assert number(at(spec, "terminationGracePeriodSeconds")) > drain > 0


def test_metrics_are_read_from_the_pods_of_the_service() -> None:
    monitoring = only(kubernetes_side(), "PodMonitoring", "gateway-backend")
    assert at(monitoring.manifest, "spec", "selector", "matchLabels") == {"app": "gateway-backend", "role": "web"}
    assert at(monitoring.manifest, "spec", "endpoints", 0, "port") == "metrics"


def test_outputs_name_the_service_and_the_colour_that_takes_traffic() -> None:
    component = backend(Colour.GREEN).find("coditect:platform:Workload", "gateway-backend")
    assert component.outputs == {"service_name": "gateway-backend", "active_deployment": "gateway-backend-green"}


def test_what_is_not_known_yet_breaks_nothing() -> None:
    """A capture runs the program a second time with unknown values, and refuses one that behaves otherwise then."""

    def build() -> None:
        later = gcp.redis.Instance("cache", name="cache", memory_size_gb=1).host
        secrets = dict.fromkeys(BACKEND.secrets, later)
        Workload(
            "gateway-backend",
            replace(workload_args(BACKEND), environment={"CACHE": later}, account_email=later, secret_ids=secrets),
        )

    subject = only(capture("prod", program=build), "Deployment", "gateway-backend-blue")
    assert any(path.startswith("spec.template.spec.containers[0].env") for path in subject.node.computed_paths)


def refused(**changes: Any) -> str:  # noqa: ANN401 - whatever field of the arguments is tried
    with pytest.raises(SettingsError) as error:
        replace(workload_args(BACKEND), **changes)
    return str(error.value)


def test_replicas_above_the_ceiling_are_refused() -> None:
    message = refused(replicas=BACKEND.max_replicas + 1)
    assert "workloads.replicas.gateway-backend" in message
    assert "max_replicas" in message


def test_no_replicas_are_refused() -> None:
    assert "is 0" in refused(replicas=0)


def test_a_malformed_endpoint_group_name_is_refused() -> None:
    assert "network endpoint group" in refused(neg_name="Coditect_Prod")


def test_a_missing_secret_is_refused_by_name() -> None:
    assert "stripe-secret-key" in refused(secret_ids={k: "x" for k in BACKEND.secrets if k != "stripe-secret-key"})


def test_a_second_port_variable_is_refused() -> None:
    assert "PORT" in refused(environment={"PORT": "1"})


@pytest.mark.parametrize("missing", ["migrator_email", "migrator_environment", "migrator_secret_ids"])
def test_a_migration_without_an_identity_of_its_own_is_refused(missing: str) -> None:
    assert missing in refused(**{missing: None})


def test_every_service_of_ours_is_deployed_with_both_colours() -> None:
    names = {o.name for o in objects(kubernetes_side()) if o.kind == "Deployment"}
    assert {f"{s.name}-{colour}" for s in OURS for colour in Colour} <= names
