"""The graphs of the stacks that run here and that customers use, and the applications as those graphs start them."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from coditect.graph.model import Graph
from infra.catalog.routes import ROUTES
from tests.contract.application import Application, Question, ask
from tests.contract.containers import Container, first_party
from tests.graphs import graph_of

Started = Callable[[Container], Application]


@pytest.fixture(scope="session", params=["local", "prod"])
def graph(request: pytest.FixtureRequest) -> Graph:
    return graph_of(str(request.param))


@pytest.fixture(scope="session")
def containers(graph: Graph) -> tuple[Container, ...]:
    return first_party(graph)


@pytest.fixture(scope="session")
def started(tmp_path_factory: pytest.TempPathFactory) -> Started:
    """Starts a container's process with exactly what the graph tells it; its secret files have plausible content."""
    directory = tmp_path_factory.mktemp("secrets")

    @cache
    def describe(environment: frozenset[tuple[str, str]], files: frozenset[str]) -> Application:
        moved = {path: str(_secret(directory, path)) for path in files}
        told = {name: moved.get(value, value) for name, value in environment}
        return ask(Question(environment=told, resolved=_asked()))

    return lambda container: describe(frozenset(container.environment.items()), container.secret_files)


def _secret(directory: Path, path: str) -> Path:
    file = directory / Path(path).name
    keys = {"signing": "k", "keys": {"k": "s" * 40}}
    file.write_text(json.dumps(keys) if file.name == "jwt-keys" else f"plausible-{file.name}-{'x' * 40}")
    return file


def _asked() -> tuple[str, ...]:
    probes = ("/health", "/ready", "/api/health")
    return (*probes, *{route.path.removesuffix("*") for route in ROUTES})
