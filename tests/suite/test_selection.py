"""Which tests `make test-fast` and `make test` leave out, and which stay together on one worker."""

import contextlib
import functools
import socket
import socketserver
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from coditect.local import redis
from coditect.local.redis import RedisServer
from tests import selection
from tests.distribution import ground_of
from tests.selection import WATCH, starts_something


def start_redis(directory: Path) -> RedisServer:
    return RedisServer(directory)


@contextlib.contextmanager
def running(directory: Path) -> Iterator[RedisServer]:
    with start_redis(directory) as server:
        yield server


@functools.cache
def run_a_command() -> object:
    def inside() -> object:
        return subprocess.run(["true"], check=True)

    return inside()


class Listening(socketserver.TCPServer):
    """Listens."""


class Holder:
    def begin(self) -> None:
        run_a_command()


class Made:
    @classmethod
    def start(cls) -> RedisServer:
        return start_redis(Path())


class Inheriting(Made):
    """Starts nothing of its own."""


def take_a_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()


def through_a_module() -> None:
    redis.RedisServer(Path()).start()


def serve_an_application() -> object:
    async def inside() -> None:
        async with TestServer(web.Application()):
            pass

    return inside


def connect() -> None:
    with socket.socket() as connection:
        connection.connect(("127.0.0.1", 9))


def ping(turns: int) -> int:
    return pong(turns - 1) if turns else 0


def pong(turns: int) -> int:
    return ping(turns - 1) if turns else 0


@pytest.mark.parametrize(
    "thing",
    [
        *(start_redis, running, run_a_command, Listening, Holder, Made, Inheriting),
        *(take_a_port, through_a_module, serve_an_application),
    ],
)
def test_what_starts_something_is_found_however_it_is_wrapped(thing: object) -> None:
    assert starts_something(thing)


@pytest.mark.parametrize("thing", [ping, connect, Path, "start_redis", None])
def test_what_only_computes_starts_nothing(thing: object) -> None:
    assert not starts_something(thing)


def test_what_the_code_hides_is_seen_while_a_test_runs(request: pytest.FixtureRequest) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"subprocess\.Popen"), WATCH.watching(request.node):
        eval("__import__('subprocess').run(['true'])")
    with pytest.raises(pytest.fail.Exception, match=r"socket\.bind"), WATCH.watching(request.node):
        eval("__import__('socket').socket().bind(('127.0.0.1', 0))")


def test_what_is_known_to_start_something_may(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("servers") is None
    request.node.add_marker("servers")
    with WATCH.watching(request.node):
        eval("__import__('subprocess').run(['true'])")


def test_every_test_of_a_server_is_marked_by_its_fixtures(request: pytest.FixtureRequest) -> None:
    """Of the tests that were collected with this one."""
    for item in request.session.items:
        if isinstance(item, pytest.Function) and {"postgres", "redis_server", "platform"} & set(item.fixturenames):
            assert item.get_closest_marker("servers"), item.nodeid


def test_directories_that_take_minutes_exist() -> None:
    assert all(directory.is_dir() for directory in (*selection.MINUTES, selection.PLATFORM))


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        ("tests/faults/test_storm.py::test_a", "tests/local/test_chaos.py::test_b", True),
        ("tests/infra/test_dns.py::test_a", "tests/infra/test_dns.py::test_b[dev]", True),
        ("tests/infra/test_dns.py::test_a", "tests/infra/test_edge.py::test_a", False),
        ("tests/engine/test_lifecycle.py::test_a[dev]", "tests/engine/test_policy_packs.py::test_b[dev]", True),
        ("tests/engine/test_lifecycle.py::test_a[dev]", "tests/engine/test_lifecycle.py::test_a[dr]", False),
        ("tests/engine/test_kubernetes_api.py::t[dev]", "tests/engine/test_kubernetes_api.py::t[dr]", True),
    ],
)
def test_tests_of_one_ground_run_on_one_worker(one: str, other: str, together: bool) -> None:
    assert (ground_of(one) == ground_of(other)) is together
