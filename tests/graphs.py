"""Fixtures: graphs and settings of all stacks, made once in a test run. A conftest.py imports those it needs."""

from collections.abc import Callable
from functools import cache

import pytest

from coditect.graph import configuration, sdk

sdk.load_lazily()

from coditect.graph.capture import capture  # noqa: E402 - after load_lazily: importing the SDKs whole costs seconds
from coditect.graph.model import Graph  # noqa: E402 - as above
from infra import settings  # noqa: E402 - as above
from infra.settings import Settings  # noqa: E402 - as above

STACKS = configuration.stack_names()


@cache
def _captured(stack: str) -> Graph:
    return capture(stack)


@cache
def _settings(stack: str) -> Settings:
    return settings.load(stack, configuration.read(stack, project=configuration.project_name()).values)


@pytest.fixture(scope="session")
def captured() -> Callable[[str], Graph]:
    """The graph of a stack by name."""
    return _captured


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
    return _captured(stack)


__all__ = ["STACKS", "captured", "graph", "settings_of", "stack"]
