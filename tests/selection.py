"""Which tests are quick, which need servers and which only `make verify` runs: told from what a test uses.

No list is kept by hand: a test that calls a server's class, `subprocess` or a fixture that does so gets the marker
`servers`. `make test-fast` leaves those out.
"""

import inspect
import socketserver
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType

import pytest

from coditect.local.postgres import PostgresServer
from coditect.local.process import ServerProcess
from coditect.local.redis import RedisServer

ROOT = Path(__file__).resolve().parents[1]
SERVERS = (PostgresServer, RedisServer, ServerProcess, socketserver.BaseServer)
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
    """Whether a function or class of ours names what starts a process or listens, itself or through others."""
    seen = set() if seen is None else seen  # functions may call each other in a circle
    thing = inspect.unwrap(thing) if callable(thing) else thing
    if thing is subprocess or (isinstance(thing, type) and issubclass(thing, SERVERS)):
        return True
    if not isinstance(thing, type | FunctionType) or not _is_ours(thing) or thing in seen:
        return False
    seen.add(thing)
    return any(starts_something(named, seen) for named in _named_by(thing))


def _named_by(thing: type | FunctionType) -> Iterator[object]:
    if isinstance(thing, type):
        yield from (member for member in vars(thing).values() if isinstance(member, FunctionType))
    else:
        yield from (thing.__globals__.get(name) for name in _names(thing.__code__))


def _is_ours(thing: type | FunctionType) -> bool:
    parts = thing.__module__.split(".")
    return "tests" in parts or parts[0] in {"conftest", "coditect"} or parts[-1] == "conftest"


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
