"""The local charts: they lint, they refuse what they do not know, and they say what the catalogue says."""

import json
import subprocess
from pathlib import Path

import helm_python
import pytest
from pydantic import ValidationError

from coditect.graph.capture import capture
from infra.catalog import CATALOG, running
from infra.catalog.names import Origin
from infra.catalog.services import Service
from infra.components import agentflow, chart_schemas, foundationdb, ide
from infra.components.chart import CHARTS, LocalChartArgs, Manifest, archive, in_order, render
from infra.components.chart_values import Values
from infra.settings import SettingsError
from infra.settings.traffic import Ide as IdeSettings
from tests.infra.kubernetes_objects import at, containers, listed, mapping, objects, of_kind, only, pod_templates
from tests.infra.kubernetes_side import agentflow_args, charted_args, email, ide_args, kubernetes_side

LINKED = ("_numbers.tpl", "_pod.tpl", "_service.tpl")

_KEYED = {
    "minReadySeconds": running.MIN_READY_SECONDS,
    "revisionHistoryLimit": running.KEPT_REVISIONS,
    "stabilizationWindowSeconds": running.SCALE_DOWN_WINDOW_SECONDS,
    "averageUtilization": running.TARGET_CPU_PERCENT,
    "provider": running.SECRET_PROVIDER,
}


def values_of(chart: str) -> Values:
    return ide.ide_values(ide_args()) if chart == "ide" else agentflow.agentflow_values(agentflow_args())


def plain(chart: str) -> dict[str, object]:
    return values_of(chart).model_dump(mode="json", by_alias=True)


def loaded(chart: str) -> helm_python.Chart:
    return helm_python.Chart.load_archive(archive(CHARTS / chart))


every_chart = pytest.mark.parametrize("chart", ["ide", "agentflow"])


@every_chart
def test_a_chart_lints_without_a_finding(chart: str, tmp_path: Path) -> None:
    packed = tmp_path / f"{chart}-0.1.0.tgz"
    packed.write_bytes(archive(CHARTS / chart))
    report = helm_python.lint(packed, plain(chart), strict=True)
    assert report["errors"] == []
    # 2 and above are warnings and errors; an icon is asked for as information.
    assert [m for m in report["messages"] if m["severity"] >= 2] == []


@every_chart
def test_a_chart_refuses_values_that_leave_out_an_image_digest(chart: str) -> None:
    values = plain(chart)
    frontend = values["frontend"]
    assert isinstance(frontend, dict)
    del frontend["image"]["digest"]
    with loaded(chart) as chart_itself, pytest.raises(helm_python.HelmError, match="digest"):
        chart_itself.validate_schema(values)


@every_chart
def test_a_chart_refuses_a_tag_in_place_of_a_digest(chart: str) -> None:
    values = plain(chart)
    frontend = values["frontend"]
    assert isinstance(frontend, dict)
    frontend["image"]["digest"] = "latest"
    with loaded(chart) as chart_itself, pytest.raises(helm_python.HelmError, match="digest"):
        chart_itself.validate_schema(values)


@every_chart
def test_a_chart_refuses_a_value_that_it_does_not_know(chart: str) -> None:
    with loaded(chart) as chart_itself, pytest.raises(helm_python.HelmError, match="additional"):
        chart_itself.validate_schema({**plain(chart), "replicaCount": 3})


@every_chart
def test_a_chart_cannot_be_installed_without_values(chart: str) -> None:
    with loaded(chart) as chart_itself, pytest.raises(helm_python.HelmError):
        chart_itself.validate_schema({})


@pytest.mark.parametrize("path", sorted(chart_schemas.written()), ids=lambda p: p.parent.name)
def test_values_schemas_and_shared_numbers_are_what_the_program_says(path: Path) -> None:
    assert path.read_text() == chart_schemas.written()[path], "Write it anew: python -m infra.components.chart_schemas"


@pytest.mark.parametrize(
    "template",
    sorted(path for path in CHARTS.glob("*/templates/*") if path.name != "_numbers.tpl"),
    ids=lambda path: f"{path.parent.parent.name}-{path.name}",
)
def test_no_template_says_a_number_of_the_programs_again(template: Path) -> None:
    telling = {str(value) for value in chart_schemas.NUMBERS.values() if len(str(value)) > 3}
    telling |= {f"{key}: {value}" for key, value in _KEYED.items()}
    text = template.read_text()
    assert [said for said in sorted(telling - {running.SCRATCH_SIZE}) if said in text] == []


def test_pods_of_charts_and_of_our_own_services_run_alike() -> None:
    graph = kubernetes_side()
    scalers = [mapping(at(o.manifest, "spec")) for o in of_kind(graph, "HorizontalPodAutoscaler")]
    assert {str(scaler["behavior"]) for scaler in scalers} == {str(scalers[0]["behavior"])}
    assert {at(s, "metrics", 0, "containerResource", "target", "averageUtilization") for s in scalers} == {
        running.TARGET_CPU_PERCENT
    }
    for name, template in pod_templates(objects(graph)).items():
        assert at(template, "spec", "securityContext", "runAsUser") == running.USER_ID, name
        assert at(template, "spec", "securityContext", "fsGroup") == running.USER_ID, name
        for container in containers(template):
            assert at(container, "securityContext", "runAsUser") == running.USER_ID, name


@every_chart
def test_both_charts_use_the_one_definition_of_a_pod(chart: str) -> None:
    for name in LINKED:
        assert (CHARTS / chart / "templates" / name).resolve() == CHARTS / "shared" / name


def test_a_value_out_of_bounds_is_refused_before_the_chart_sees_it() -> None:
    values = plain("ide")
    store = values["foundationdb"]
    assert isinstance(store, dict)
    with pytest.raises(ValidationError, match="memoryMib"):
        ide.IdeValues.model_validate({**values, "foundationdb": {**store, "memoryMib": 1}})


def test_a_chart_that_fails_to_render_says_which_and_where_its_values_come_from(tmp_path: Path) -> None:
    (tmp_path / "Chart.yaml").write_text("apiVersion: v2\nname: broken\nversion: 0.1.0\n")
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "a.yaml").write_text('{{ fail "no" }}')
    args = LocalChartArgs(
        path=tmp_path, release_name="broken", release_namespace="x", namespace="x", values=values_of("agentflow")
    )
    with pytest.raises(SettingsError, match=r"cannot be rendered.*values\.schema\.json"):
        render(args)


@pytest.mark.parametrize(
    "entry", [s for s in CATALOG.services if s.origin is Origin.CHART and not s.stateful], ids=lambda s: s.name
)
def test_a_service_of_a_chart_runs_as_the_catalogue_says(entry: Service) -> None:
    graph = kubernetes_side()
    deployment = only(graph, "Deployment", entry.name)
    container = at(deployment.manifest, "spec", "template", "spec", "containers", 0)
    assert at(container, "ports", 0, "containerPort") == entry.port
    assert at(container, "readinessProbe", "httpGet", "path") == entry.readiness.path
    assert at(container, "resources", "requests", "cpu") == f"{entry.resources.cpu_request_m}m"
    scaler = only(graph, "HorizontalPodAutoscaler", entry.name)
    assert at(scaler.manifest, "spec", "minReplicas") == entry.replicas
    assert at(scaler.manifest, "spec", "maxReplicas") == entry.max_replicas


def test_theia_keeps_three_workspaces_that_nothing_removes() -> None:
    theia = only(kubernetes_side(), "StatefulSet", "ide-theia")
    assert at(theia.manifest, "spec", "replicas") == 3
    assert at(theia.manifest, "spec", "persistentVolumeClaimRetentionPolicy") == {
        "whenDeleted": "Retain",
        "whenScaled": "Retain",
    }
    assert at(theia.manifest, "spec", "volumeClaimTemplates", 0, "spec", "resources", "requests", "storage") == "20Gi"
    assert theia.node.protect


def test_foundationdb_has_five_members_that_find_each_other_by_name() -> None:
    graph = kubernetes_side()
    store = only(graph, "StatefulSet", "foundationdb")
    assert at(store.manifest, "spec", "replicas") == 5
    assert at(store.manifest, "spec", "podManagementPolicy") == "Parallel"
    assert store.node.protect
    file = str(at(only(graph, "ConfigMap", "foundationdb").manifest, "data", "fdb.cluster"))
    name, members = file.split("@")
    assert name == "coditect:ide"
    assert members.split(",") == [f"foundationdb-{i}.foundationdb.ide.svc.cluster.local:4500" for i in range(5)]
    service = only(graph, "Service", "foundationdb")
    assert at(service.manifest, "spec", "clusterIP") == "None"
    assert at(service.manifest, "spec", "publishNotReadyAddresses") is True


def test_foundationdb_never_has_two_members_where_one_loss_takes_both() -> None:
    template = pod_templates([only(kubernetes_side(), "StatefulSet", "foundationdb")]).popitem()[1]
    spread = at(template, "spec", "topologySpreadConstraints")
    assert {at(s, "whenUnsatisfiable") for s in listed(spread)} == {"DoNotSchedule"}


@pytest.mark.parametrize(("members", "copies"), [(1, "single"), (3, "double"), (5, "triple")])
def test_as_many_members_as_there_are_keep_as_many_copies_as_they_can(members: int, copies: str) -> None:
    args = ide_args(IdeSettings(foundationdb_replicas=members))
    graph = capture("prod", program=lambda: ide.Ide("ide", args))
    job = only(graph, "Job", f"foundationdb-configure-{copies}")
    assert {"name": "REDUNDANCY", "value": copies} in listed(
        at(job.manifest, "spec", "template", "spec", "containers", 0, "env")
    )
    # Of all workloads its own store alone: the back end cannot be ready before there is a database.
    workloads = {name for name in job.waits_for if "-statefulset-" in name or "-deployment-" in name}
    assert workloads == {"ide-chart-statefulset-foundationdb"}
    backend = only(graph, "Deployment", "ide-backend")
    assert f"ide-chart-job-foundationdb-configure-{copies}" in backend.waits_for


def test_foundationdb_is_told_to_stay_within_its_pod() -> None:
    args = at(
        only(kubernetes_side(), "StatefulSet", "foundationdb").manifest,
        *("spec", "template", "spec", "containers", 0, "args"),
    )
    told = [str(a) for a in listed(args)]
    memory = int(told[told.index("--memory") + 1].removesuffix("MiB"))
    cache = int(told[told.index("--cache-memory") + 1].removesuffix("MiB"))
    assert cache < memory < foundationdb.SERVER_RESOURCES.memory_limit_mib


def test_foundationdb_is_copied_to_its_bucket_every_day_without_a_key() -> None:
    graph = kubernetes_side()
    backup = only(graph, "CronJob", "foundationdb-backup")
    assert at(backup.manifest, "spec", "schedule") == "0 8 * * *"
    assert at(backup.manifest, "spec", "concurrencyPolicy") == "Forbid"
    spec = at(backup.manifest, "spec", "jobTemplate", "spec", "template", "spec")
    upload = at(spec, "containers", 0)
    assert {"name": "STORE", "value": "gs://coditect-prod-foundationdb/foundationdb"} in listed(at(upload, "env"))
    assert "gcloud storage rsync" in str(at(upload, "command", 2))
    account = only(graph, "ServiceAccount", str(at(spec, "serviceAccountName")))
    assert at(account.manifest, "metadata", "annotations", "iam.gke.io/gcp-service-account") == email(
        foundationdb.BACKUP
    )
    assert "KEY" not in json.dumps(backup.manifest)


def test_a_restore_empties_the_database_and_so_never_runs_by_itself() -> None:
    graph = kubernetes_side()
    restore = only(graph, "CronJob", "foundationdb-restore")
    assert at(restore.manifest, "spec", "suspend") is True
    assert at(only(graph, "CronJob", "foundationdb-backup").manifest, "spec", "suspend") is False
    assert "clearrange" in str(restore.manifest)


def test_every_shell_script_of_a_chart_parses() -> None:
    scripts = [
        str(command[2])
        for template in pod_templates(objects(kubernetes_side())).values()
        for container in containers(template)
        if (command := listed(container.get("command") or []))[:1] == ["sh"]
    ]
    assert len(scripts) >= 5
    for script in scripts:
        subprocess.run(["sh", "-n", "-c", script], check=True)


def test_volumes_are_encrypted_with_the_disk_key_and_only_the_copy_in_transit_is_removed() -> None:
    classes = {o.name: o for o in of_kind(kubernetes_side(), "StorageClass")}
    keys = {str(at(o.manifest, "parameters", "disk-encryption-kms-key")) for o in classes.values()}
    assert len(keys) == 1
    assert keys.pop().endswith("/cryptoKeys/disk")
    assert at(classes["coditect-prod-kept"].manifest, "reclaimPolicy") == "Retain"
    assert at(classes["coditect-prod-scratch"].manifest, "reclaimPolicy") == "Delete"
    claims = {
        str(at(o.manifest, "spec", "volumeClaimTemplates", 0, "spec", "storageClassName"))
        for o in of_kind(kubernetes_side(), "StatefulSet")
    }
    assert claims == {"coditect-prod-kept"}


def test_agentflow_reaches_its_database_through_the_proxy_that_its_environment_names() -> None:
    graph = kubernetes_side()
    environment = only(graph, "ConfigMap", "agentflow-backend-environment")
    assert (
        at(environment.manifest, "data", "DATABASE_INSTANCE")
        == "coditect-cloud-infra:us-central1:coditect-prod-postgres"
    )
    spec = at(only(graph, "Deployment", "agentflow-backend").manifest, "spec", "template", "spec")
    assert at(spec, "initContainers", 0, "restartPolicy") == "Always"
    assert at(spec, "containers", 0, "envFrom", 0, "configMapRef", "name") == environment.name


def test_agentflow_runs_without_a_proxy_where_the_database_takes_passwords() -> None:
    graph = capture("prod", program=lambda: agentflow.AgentFlow("agentflow", agentflow_args(proxy=None)))
    spec = at(only(graph, "Deployment", "agentflow-backend").manifest, "spec", "template", "spec")
    assert "initContainers" not in mapping(spec)
    data = at(only(graph, "ConfigMap", "agentflow-backend-environment").manifest, "data")
    assert "DATABASE_INSTANCE" not in mapping(data)


def test_objects_of_a_chart_are_nodes_of_their_own_type_named_after_kind_and_name() -> None:
    by_name = {o.node.name: o.node.type for o in objects(kubernetes_side())}
    assert by_name["agentflow-chart-deployment-agentflow-backend"] == "kubernetes:apps/v1:Deployment"
    assert by_name["ide-chart-service-ide-theia-web"] == "kubernetes:core/v1:Service"
    assert (
        by_name["ide-chart-secretproviderclass-ide-backend"]
        == "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass"
    )


def test_pods_of_a_chart_wait_for_what_they_mount_and_run_as() -> None:
    backend = only(kubernetes_side(), "Deployment", "ide-backend")
    assert {
        "ide-chart-serviceaccount-ide-backend",
        "ide-chart-secretproviderclass-ide-backend",
        "ide-chart-configmap-foundationdb",
        "ide-ide-backend-environment",
    } <= backend.waits_for


def test_a_secret_that_was_not_given_is_refused_by_name() -> None:
    args = charted_args()
    service = CATALOG.service("ide-backend")
    broken = type(args)(**{**vars(args), "secret_ids": {}})
    with pytest.raises(SettingsError, match="ide-jwt-keys"):
        broken.values_of(service)


def test_a_service_with_a_back_end_but_no_account_is_refused() -> None:
    args = charted_args()
    broken = type(args)(**{**vars(args), "account_emails": {}})
    with pytest.raises(SettingsError, match="agentflow-backend"):
        broken.values_of(CATALOG.service("agentflow-backend"))


def test_backups_without_an_account_are_refused() -> None:
    args = ide_args()
    with pytest.raises(SettingsError, match="foundationdb-backup"):
        ide.IdeArgs(**{**vars(args), "account_emails": {}})


def test_an_object_that_waits_for_what_the_chart_does_not_have_is_refused_by_name() -> None:
    lost = Manifest(
        api_version="batch/v1", kind="Job", name="late", labels={}, annotations={}, after=("Job/never",), body={}
    )
    with pytest.raises(SettingsError, match="Job/late comes after Job/never"):
        in_order([lost])


def test_what_orders_a_chart_is_not_sent_to_kubernetes() -> None:
    for each in objects(kubernetes_side()):
        annotations = mapping(at(each.manifest, "metadata")).get("annotations") or {}
        assert "coditect.com/after" not in mapping(annotations), each.name
