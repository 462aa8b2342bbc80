"""One durable PostgreSQL, one Redis and one migrated database for all fault tests; a service and a cast for each."""

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer
from tests.faults.cast import Customer
from tests.faults.scene import Scene
from tests.faults.service import Ground, Service, Shape

OpenScene = Callable[..., Scene]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.faults)


@pytest.fixture(scope="session")
def ground() -> Iterator[Ground]:
    """Servers as in production: PostgreSQL syncs every commit to disk, Redis keeps nothing when it is killed."""
    directory = Path(tempfile.mkdtemp(prefix="coditect-faults-"))
    directory.chmod(0o755)
    flags = {"max_connections": "200"}
    try:
        with (
            PostgresServer(directory / "postgres", flags=flags) as postgres,
            RedisServer(directory / "redis", password="faults-only") as redis,
        ):
            yield Ground(directory / "service", shape=Shape(), postgres=postgres, redis=redis)
            postgres.remove()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def services(ground: Ground) -> Iterator[dict[str, Service]]:
    """The services that scenes share: starting one takes longer than most scenes."""
    running: dict[str, Service] = {}
    yield running
    for service in running.values():
        service.stop()


@pytest.fixture
def open_scene(ground: Ground, services: dict[str, Service]) -> OpenScene:
    """Let some customers meet the license service: `open_scene(customer, ...)`.

    Keyword `ttl_s`: another TTL than 2 s. `extra`: environment of the service's processes.
    """

    def open_one(*customers: Customer, ttl_s: float = 2.0, extra: Mapping[str, str] | None = None) -> Scene:
        ground.seed(customers)
        environment = {**(extra or {}), "FAULTS_SEAT_TTL_S": str(ttl_s)}
        wanted = json.dumps(environment, sort_keys=True)
        if wanted not in services or not services[wanted].is_running:
            services[wanted] = ground.serve(f"service-{len(services)}", extra=environment)
        return Scene(ground, customers, services[wanted], ttl_s=ttl_s)

    return open_one
