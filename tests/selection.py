"""Which tests are quick, which need servers and which only `make verify` runs: told from what a test uses.

No list is kept by hand: a test that calls a server's class, takes a port, calls `subprocess` or a fixture that does so
gets the marker `servers`. `make test-fast` leaves those out. Code does not tell everything, so a test without a
marker is watched while it runs (`Watch`).
"""

import asyncio
import contextlib
import inspect
import multiprocessing
import os
import socket
import socketserver
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from threading import get_ident, main_thread
from types import CodeType, FunctionType, ModuleType

import grpc
import pytest
from aiohttp.test_utils import BaseTestServer

from coditect.local.postgres import PostgresServer
from coditect.local.process import ServerProcess
from coditect.local.redis import RedisServer

ROOT = Path(__file__).resolve().parents[1]
SERVERS = (
    PostgresServer,
    RedisServer,
    ServerProcess,
    socketserver.BaseServer,
    BaseTestServer,
    ProcessPoolExecutor,
)
STARTERS = (subprocess, multiprocessing, asyncio.create_subprocess_exec, grpc.server, os.fork, socket.create_server)
WATCHED = ("subprocess.Popen", "os.fork", "os.posix_spawn", "socket.bind")
"""What Python tells an audit hook of. It tells of no `listen`, and whoever listens binds first."""
OURS = {"conftest", "coditect", "tools", "bench", "infra"}
"""Packages whose code is read. Not the client's: it asks a program for the machine's id on macOS alone."""
MINUTES = (ROOT / "tests" / "engine", ROOT / "tests" / "faults")
"""All in here belongs to `make verify`: the real engine, and processes that are killed under load."""
PLATFORM = ROOT / "tests" / "local"
"""Here what starts something does, but for the smoke test: `make test` starts the platform once."""


def mark(items: list[pytest.Item]) -> None:
    """Gives each test the markers `servers` and `verify` where they apply."""
    for item in items:
        starts = any(starts_something(function) for function in _functions(item))
        if starts:
            item.add_marker(pytest.mark.servers)
        is_of_platform = PLATFORM in item.path.parents and starts and item.get_closest_marker("smoke") is None
        if is_of_platform or any(directory in item.path.parents for directory in MINUTES):
            item.add_marker(pytest.mark.verify)


def _functions(item: pytest.Item) -> Iterator[object]:
    """The test and all fixtures it asks for, directly or not."""
    if isinstance(item, pytest.Function):
        yield item.function
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            yield from (definition.func for definition in definitions)


def starts_something(thing: object, seen: set[object] | None = None) -> bool:
    """Whether a function or class of ours names what starts a process or takes a port, itself or through others."""
    seen = set() if seen is None else seen  # functions may call each other in a circle
    thing = inspect.unwrap(thing) if callable(thing) else thing
    if any(thing is each for each in STARTERS) or (isinstance(thing, type) and issubclass(thing, SERVERS)):
        return True
    if not isinstance(thing, type | FunctionType) or not _is_ours(thing) or thing in seen:
        return False
    seen.add(thing)
    if isinstance(thing, FunctionType) and "bind" in _names(thing.__code__):
        return True
    return any(starts_something(named, seen) for named in _named_by(thing))


def _named_by(thing: type | FunctionType) -> Iterator[object]:
    if isinstance(thing, type):
        yield from thing.__bases__
        for member in vars(thing).values():
            # A class method, a static method or a property holds its function.
            yield getattr(member, "__func__", getattr(member, "fget", member))
        return
    names = set(_names(thing.__code__))
    for name in names:
        named = thing.__globals__.get(name)
        yield named
        if isinstance(named, ModuleType):  # `module.Class`, whichever of the names stands behind the module
            yield from (vars(named)[attribute] for attribute in names & vars(named).keys())


def _is_ours(thing: type | FunctionType) -> bool:
    parts = thing.__module__.split(".")
    return "tests" in parts or parts[0] in OURS or parts[-1] == "conftest"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


class Watch:
    """Sees what a test really starts, when `hear` is an audit hook."""

    def __init__(self) -> None:
        self._seen: list[str] | None = None

    @contextlib.contextmanager
    def watching(self, item: pytest.Item) -> Iterator[None]:
        """Fails a test of `make test-fast` that starts a process or takes a port."""
        is_quick = item.get_closest_marker("servers") is None and item.get_closest_marker("verify") is None
        self._seen = [] if is_quick else None
        yield
        seen, self._seen = self._seen, None
        if seen:
            pytest.fail(f"tests/selection.py does not find in the code of this test that it starts something: {seen}")

    def hear(self, event: str, arguments: tuple[object, ...]) -> None:
        # Servers of other tests may still work on threads of their own.
        if event in WATCHED and self._seen is not None and get_ident() == main_thread().ident:
            self._seen.append(f"{event} {arguments[:2]}")


WATCH = Watch()
"""One for a process: Python takes no audit hook back."""
