"""From the graph to processes, without starting any: what is translated, and what is left as declared."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from coditect.local.data import flags_not_taken, local_flags
from coditect.local.declared import Deployed, Kind, NotDeclared, deployed
from coditect.local.graph_cache import GraphError
from coditect.local.graph_cache import captured as remembered_graph
from coditect.local.launch import Launch, World, launch, password_secrets, place_files, secret_of
from coditect.local.layout import Layout
from coditect.local.secret_values import SecretStore

_WORLD = World(
    database_port=11001,
    cache_port=11002,
    kms_port=11003,
    https_port=8443,
    console_port=11004,
    hosts=("coditect.com.localhost",),
)


@pytest.fixture(scope="module")
def declared(captured: Callable[[str], Graph]) -> Deployed:
    return deployed(captured("local"))


def _launched(
    declared: Deployed, name: str, state: Path, *, world: World = _WORLD, added: tuple[str, ...] = ()
) -> Launch:
    pod = declared.named(name)
    pod = replace(pod, command=(*pod.command, *added))
    ports = {key: 12000 + index for index, key in enumerate(pod.ports)}
    return launch(pod, name=name, ports=ports, deployed=declared, world=world, layout=Layout(root=state))


def test_addresses_become_those_of_this_machine(declared: Deployed, tmp_path: Path) -> None:
    told = _launched(declared, "license-backend-blue", tmp_path).environment
    assert (told["DATABASE_HOST"], told["DATABASE_PORT"]) == ("127.0.0.1", "11001")
    assert told["REDIS_URL"] == "rediss://127.0.0.1:11002/0"
    assert told["KMS_ENDPOINT"] == "127.0.0.1:11003"
    assert (told["PORT"], told["METRICS_PORT"]) == ("12000", "12001")


def test_metrics_are_served_on_loopback_by_all_who_serve_them(declared: Deployed, tmp_path: Path) -> None:
    for pod in declared.pods:
        if pod.is_built_here:
            told = _launched(declared, pod.name, tmp_path).environment
            assert told.get("METRICS_HOST") == ("127.0.0.1" if "METRICS_PORT" in told else None), pod.name


def test_only_who_signs_is_told_of_the_key_service(declared: Deployed, tmp_path: Path) -> None:
    assert "KMS_ENDPOINT" not in _launched(declared, "gateway-backend-blue", tmp_path).environment


def test_only_who_answers_requests_is_told_where_spans_go(declared: Deployed, tmp_path: Path) -> None:
    told = _launched(declared, "gateway-backend-blue", tmp_path).environment
    assert told["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] == "http://127.0.0.1:11004/v1/traces"
    assert told["OTEL_SERVICE_NAME"] == "gateway-backend-blue"
    beat = _launched(declared, "license-backend-beat", tmp_path).environment
    assert not [variable for variable in beat if variable.startswith("OTEL_")]


def test_public_addresses_name_the_port_unless_it_is_the_usual_one(declared: Deployed, tmp_path: Path) -> None:
    usual = World(database_port=1, cache_port=2, kms_port=3, https_port=443, console_port=4, hosts=_WORLD.hosts)
    name = "gateway-backend-blue"
    assert _launched(declared, name, tmp_path).environment["SITE_URL"] == "https://coditect.com.localhost:8443"
    assert _launched(declared, name, tmp_path, world=usual).environment["SITE_URL"] == "https://coditect.com.localhost"


def test_a_command_is_the_declared_one_on_loopback_with_its_port(declared: Deployed, tmp_path: Path) -> None:
    pod = declared.named("license-backend-blue")
    command = _launched(declared, pod.name, tmp_path).command
    assert Path(command[0]).name == pod.command[0] == "granian"
    changed = {"0.0.0.0": "127.0.0.1", "$(PORT)": "12000"}
    assert list(command[1:]) == [changed.get(part, part) for part in pod.command[1:]]


def test_paths_of_mounts_lie_below_the_pods_own_directory(declared: Deployed, tmp_path: Path) -> None:
    beat = _launched(declared, "license-backend-beat", tmp_path, added=("--pidfile", "/tmp/beat.pid"))
    home = tmp_path / "run" / "license-backend-beat"
    assert beat.command[-1] == str(home / "tmp" / "beat.pid")
    assert beat.environment["TMPDIR"] == str(home / "tmp")
    assert Path(beat.environment["JWT_KEYS_FILE"]).is_relative_to(home)


def test_a_pod_gets_exactly_its_own_secrets_and_nobody_else_reads_them(declared: Deployed, tmp_path: Path) -> None:
    pod = declared.named("license-frontend-blue")
    layout = Layout(root=tmp_path)
    place_files(pod, name=pod.name, layout=layout, store=SecretStore(layout.secrets))
    (directory,) = (layout.pod(pod.name) / "var-run-secrets-coditect",)
    files = {file.name: file for file in directory.iterdir()}
    assert set(files) == {
        "database-password-license-frontend",
        "django-secret-key",
        "jwt-keys",
        "redis-auth",
        "redis-ca",
    }
    assert {file.stat().st_mode & 0o777 for file in files.values()} == {0o600}


def test_no_secret_stands_in_an_environment_or_a_command(declared: Deployed, tmp_path: Path) -> None:
    layout = Layout(root=tmp_path)
    store = SecretStore(layout.secrets)
    for pod in declared.pods:
        if pod.is_built_here:
            place_files(pod, name=pod.name, layout=layout, store=store)
            launched = _launched(declared, pod.name, tmp_path)
            shown = " ".join([*launched.command, *launched.environment.values()])
            assert not [file.name for file in layout.secrets.iterdir() if file.read_text() in shown]


def test_secrets_are_made_once(tmp_path: Path) -> None:
    first = SecretStore(tmp_path).value("coditect-local-jwt-keys")
    assert SecretStore(tmp_path).value("coditect-local-jwt-keys") == first
    assert SecretStore(tmp_path).value("coditect-local-redis-auth") != first


def test_logins_and_passwords_are_joined_as_the_pods_join_them(declared: Deployed) -> None:
    secrets = password_secrets(declared)
    assert secrets["license-backend-migrate"].endswith("database-password-license-backend-migrate")
    assert declared.database.owners == {"gateway-backend-migrate", "license-backend-migrate"}
    assert secret_of(declared, "REDIS_AUTH_FILE").endswith("redis-auth")
    with pytest.raises(NotDeclared, match="NO_SUCH_FILE"):
        secret_of(declared, "NO_SUCH_FILE")


def test_flags_that_only_cloud_sql_has_are_not_given_to_postgresql_but_told(declared: Deployed) -> None:
    assert local_flags(declared.database)["max_connections"] == declared.database.flags["max_connections"]
    assert not [name for name in local_flags(declared.database) if name.startswith(("cloudsql", "pgaudit"))]
    assert set(flags_not_taken(declared.database)) == {"cloudsql.enable_pgaudit", "pgaudit.log", "log_hostname"}


def test_an_image_that_is_not_built_here_is_stood_in_for_with_its_name_and_digest(
    declared: Deployed, tmp_path: Path
) -> None:
    launched = _launched(declared, "ide-theia", tmp_path)
    assert "coditect.local.standins.image" in launched.command
    assert any("ide-theia@sha256:" in part for part in launched.command)


def test_every_pod_of_the_graph_is_read(declared: Deployed, captured: Callable[[str], Graph]) -> None:
    graph = captured("local")
    workloads = [node for node in graph.resources if node.type.startswith(("kubernetes:apps/", "kubernetes:batch/"))]
    assert len(declared.pods) == len(workloads)
    assert {pod.name for pod in declared.pods if pod.is_built_here and pod.kind is Kind.JOB} == {
        name for name in (pod.name for pod in declared.pods) if "-migrate-" in name
    }


def test_a_stack_with_two_databases_is_refused_with_what_one_machine_can_run(
    captured: Callable[[str], Graph],
) -> None:
    with pytest.raises(NotDeclared, match="prod must have one gcp:sql/databaseInstance"):
        deployed(captured("prod"))


def test_a_remembered_graph_is_the_captured_one(tmp_path: Path) -> None:
    file = tmp_path / "graph.json"
    fresh = remembered_graph("local", file)
    assert fresh == capture("local")
    written = file.stat().st_mtime_ns
    assert remembered_graph("local", file) == fresh
    assert file.stat().st_mtime_ns == written


def test_a_program_that_does_not_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(GraphError, match="no-such-stack"):
        remembered_graph("no-such-stack", tmp_path / "graph.json")
