"""The license API as processes: granian's workers, their metrics, Celery's, and deaths between two steps."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest

from apps.conftest import APP, OWNER, migrate
from apps.domain.operations.fault_points import VARIABLE
from apps.testing.people import Cast, Person, assemble
from apps.testing.seats import living, open_rows
from coditect.local.postgres import PostgresServer
from coditect.local.process import free_port

ROOT = Path(__file__).parents[3]


class Service:
    """Two workers of license-backend."""

    def __init__(self, told: Mapping[str, str], **more: str) -> None:
        self.port, self.metrics_port = free_port(), free_port()
        metrics = {"METRICS_HOST": "127.0.0.1", "METRICS_PORT": str(self.metrics_port)}
        environment = dict(told) | metrics | {"LOG_LEVEL": "INFO"} | more
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
                "--workers", "2", "--blocking-threads", "2", "--no-ws",
                # A worker that still imports hears no SIGTERM, and granian would wait for it for ever.
                "--workers-kill-timeout", "5", "apps.license_api.wsgi:application",
            ],
            env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip
        for _ in range(300):
            try:
                if httpx.get(f"{self.url}/ready").status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise AssertionError("the service did not become ready")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def acquire(self, person: Person, hardware: str) -> httpx.Response:
        return httpx.post(
            f"{self.url}/api/v1/licenses/acquire",
            json={"hardware_id": hardware},
            headers={"Authorization": person.header},
            timeout=10,
        )

    def kill(self) -> None:
        """The server and its workers, as a machine that loses power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()

    def stop(self) -> str:
        """Returns what was logged."""
        self.process.send_signal(signal.SIGTERM)
        _, logged = self.process.communicate(timeout=20)
        return str(logged)


@pytest.fixture
def cast(database: None) -> Cast:
    return assemble()


@pytest.fixture
def service(service_environment: Mapping[str, str]) -> Iterator[Service]:
    running = Service(service_environment)
    yield running
    running.stop()


def test_metrics_of_all_workers_and_of_seats_are_on_their_own_port(service: Service, cast: Cast) -> None:
    for number in range(2):
        assert service.acquire(cast.bob, f"machine-{number}").status_code == 200
    shown = httpx.get(f"http://127.0.0.1:{service.metrics_port}/metrics").text
    labels = 'endpoint="api/v1/licenses/acquire",method="POST",service="license-backend",status="200"'
    assert f"http_requests_total{{{labels}}} 2.0" in shown
    assert f'license_seats_used{{tenant_id="{cast.acme.tenant_id}"}} 2.0' in shown
    assert f'license_seats_total{{tenant_id="{cast.acme.tenant_id}"}} 3.0' in shown
    assert httpx.get(f"{service.url}/metrics").status_code == 404
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.2:{service.metrics_port}/metrics", timeout=2)


def test_logs_are_json_with_the_requests_ids_and_without_its_token(
    service_environment: Mapping[str, str], cast: Cast
) -> None:
    service = Service(service_environment)
    lease = service.acquire(cast.bob, "laptop")
    logged = service.stop()
    (line,) = (json.loads(line) for line in logged.splitlines() if "License acquired" in line)
    assert line["session_id"] == lease.json()["session_id"]
    assert line["tenant_id"] == str(cast.acme.tenant_id)
    assert line["user_id"] == str(cast.bob.user.id)
    assert line["request_id"] == lease.headers["X-Request-Id"]
    assert line["level"] == "INFO"
    assert cast.bob.token not in logged


@pytest.mark.faults
@pytest.mark.parametrize("step", ["acquire-decided", "acquire-committed", "acquire-signed"])
def test_a_worker_that_dies_between_two_steps_of_an_acquire_costs_no_second_seat(
    service_environment: Mapping[str, str], cast: Cast, step: str
) -> None:
    dying = Service(service_environment, **{VARIABLE: step})
    with pytest.raises(httpx.TransportError):
        dying.acquire(cast.bob, "laptop")
    dying.kill()
    healthy = Service(service_environment)
    try:
        first, again = healthy.acquire(cast.bob, "laptop"), healthy.acquire(cast.bob, "laptop")
    finally:
        healthy.stop()
    assert first.status_code == again.status_code == 200
    assert first.json()["session_id"] == again.json()["session_id"]
    assert living(cast.acme) == open_rows(cast.acme) == 1


def test_the_service_does_not_start_without_its_environment() -> None:
    bare = {"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "apps.license_api.settings.backend"}
    tried = subprocess.run(
        [sys.executable, "-m", "apps.license_api", "check"],
        env=bare,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode != 0
    assert "DATABASE_HOST is not set" in tried.stderr
    assert "SIGNING_KEY is not set" in tried.stderr


def test_both_projects_migrate_at_once_without_harm_and_are_told_of_nothing_but_the_database(
    postgres: PostgresServer, service_environment: Mapping[str, str]
) -> None:
    postgres.ensure_database("at_once", owner=OWNER)
    told = dict(service_environment) | {
        "DATABASE_NAME": "at_once",
        "DATABASE_USER": OWNER,
        "DATABASE_PASSWORD_FILE": str(Path(os.environ["DATABASE_PASSWORD_FILE"]).with_name("owner-password")),
        "DATABASE_APP_USERS": APP,
    }
    bare = {name: value for name, value in told.items() if name.startswith(("DATABASE_", "PATH"))}
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"apps.{project}", "migrate", "--no-input", "-v0"],
            env=bare | {"DJANGO_SETTINGS_MODULE": f"apps.{project}.settings.migration"},
            cwd=ROOT,
        )
        for project in ("license_api", "gateway", "license_api")
    ]
    assert [process.wait(120) for process in running] == [0, 0, 0]
    migrate(told)


def test_a_migration_without_logins_to_give_rights_to_says_so(service_environment: Mapping[str, str]) -> None:
    tried = subprocess.run(
        [sys.executable, "-m", "apps.license_api", "migrate"],
        env=dict(service_environment),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert tried.returncode == 1
    assert "DATABASE_APP_USERS is not set" in tried.stderr


def test_models_and_migrations_agree(service_environment: Mapping[str, str]) -> None:
    for project in ("license_api", "gateway"):
        told = dict(service_environment) | {"DJANGO_SETTINGS_MODULE": f"apps.{project}.settings.backend"}
        command = [sys.executable, "-m", f"apps.{project}", "makemigrations", "--check", "--dry-run"]
        assert subprocess.run(command, env=told, cwd=ROOT, check=False, capture_output=True).returncode == 0


@pytest.mark.faults
def test_celery_seals_and_sweeps_by_its_schedule(service_environment: Mapping[str, str], cast: Cast) -> None:
    from apps.domain.audit.verification import verify_tenant

    assert verify_tenant(cast.acme.tenant_id).seals == 0
    celery = [sys.executable, "-m", "celery", "--app", "apps.license_api.celery"]
    worker = subprocess.Popen(
        [*celery, "worker", "--concurrency", "1", "--beat"],
        env=dict(service_environment),
        cwd=ROOT,
    )
    try:
        for _ in range(300):
            if verify_tenant(cast.acme.tenant_id).seals:
                break
            time.sleep(0.1)
    finally:
        worker.terminate()
        worker.wait(30)
    verified = verify_tenant(cast.acme.tenant_id)
    assert (verified.unsealed, verified.findings) == (0, ())
