"""Fixtures: graphs and settings of all stacks, made once in a test run. A conftest.py imports those it needs."""

import fcntl
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from coditect.graph import configuration, sdk

sdk.load_lazily()

from coditect.graph.capture import capture  # noqa: E402 - after load_lazily: importing the SDKs whole costs seconds
from coditect.graph.model import Graph  # noqa: E402 - as above
from coditect.local.graph_cache import remember, remembered  # noqa: E402 - as above
from infra import settings  # noqa: E402 - as above
from infra.settings import Settings  # noqa: E402 - as above
from tests.distribution import SHARED_GRAPHS  # noqa: E402 - as above

STACKS = configuration.stack_names()


@cache
def graph_of(stack: str) -> Graph:
    """The graph of a stack. Whichever worker asks first captures it, and sees that the others will read the same."""
    directory = os.environ.get(SHARED_GRAPHS)
    if directory is None:
        return capture(stack)
    file = Path(directory, f"{stack}.json")
    with file.with_suffix(".lock").open("w") as only_one:
        fcntl.flock(only_one, fcntl.LOCK_EX)
        known = remembered(file, key=stack)
        if known is None:
            known = capture(stack)
            remember(known, file, key=stack)
            assert remembered(file, key=stack) == known
    return known


@cache
def _settings(stack: str) -> Settings:
    return settings.load(stack, configuration.read(stack, project=configuration.project_name()).values)


@pytest.fixture(scope="session")
def captured() -> Callable[[str], Graph]:
    """The graph of a stack by name."""
    return graph_of


@pytest.fixture(scope="session")
def settings_of() -> Callable[[str], Settings]:
    """The settings of a stack by name."""
    return _settings


@pytest.fixture(scope="session", params=STACKS)
def stack(request: pytest.FixtureRequest) -> str:
    """Every stack in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def graph(stack: str) -> Graph:
    """The graph of every stack in turn."""
    return graph_of(stack)


__all__ = ["STACKS", "captured", "graph", "graph_of", "settings_of", "stack"]
