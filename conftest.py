"""Real servers for every test: PostgreSQL 16 and Redis, started once a session, when a test first asks for them.

They are made for speed: fsync is off. A test that kills servers starts its own with `PostgresServer` and `RedisServer`.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler.protocol import Scheduling

from coditect.local.postgres import PostgresServer
from coditect.local.redis import RedisServer
from tests import distribution, selection

sys.addaudithook(selection.WATCH.hear)


def pytest_configure(config: pytest.Config) -> None:
    """What the workers of pytest-xdist inherit."""
    if not hasattr(config, "workerinput"):
        os.environ[distribution.SHARED_GRAPHS] = tempfile.mkdtemp(prefix="coditect-graphs-")
        if config.getoption("dist") != "no":
            # With it pytest-django would read the settings before apps/conftest.py has made this worker's secrets.
            os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(distribution.SHARED_GRAPHS), ignore_errors=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    selection.mark(items)
    if hasattr(config, "workerinput"):
        distribution.order(items)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    config.option.loadscopereorder = False
    return distribution.ByGround(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    with selection.WATCH.watching(item):
        return (yield)


@pytest.fixture(scope="session")
def state_directory() -> Iterator[Path]:
    """A directory for servers' state. Below the system's temporary directory, which every account may enter."""
    directory = Path(tempfile.mkdtemp(prefix="coditect-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(state_directory: Path) -> Iterator[PostgresServer]:
    """A running PostgreSQL 16."""
    server = PostgresServer(state_directory / "postgres", is_durable=False)
    server.start()
    yield server
    server.remove()


@pytest.fixture(scope="session")
def redis_server(state_directory: Path) -> Iterator[RedisServer]:
    """A running Redis with a password and `noeviction`, as the platform's has."""
    server = RedisServer(state_directory / "redis", password="test-only")  # noqa: S106 - of a server on loopback
    server.start()
    yield server
    server.remove()
