"""Each stack is deployed once; every test goes on from a copy of that."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

import pytest

from coditect.graph.capture import run_entry
from coditect.graph.configuration import stack_names
from tests.engine.harness import Deployment, Run, new_deployment
from tools import kubernetes_api, pulumi
from tools.golang import ToolError

STACKS = stack_names()
UNPROTECTED_STACKS = tuple(stack for stack in STACKS if stack in {"dev", "local"})
"""A stack whose loss costs an afternoon may be destroyed without ceremony."""
PROTECTED_STACKS = tuple(stack for stack in STACKS if stack not in UNPROTECTED_STACKS)

_OF_THE_ENGINE = frozenset(
    {
        "test_command_line",
        "test_first_deployment",
        "test_lifecycle",
        "test_policy_packs",
        "test_rehearsal",
        "test_stand_in_providers",
        "test_standing_stack",
    }
)
"""Modules that run the Pulumi command."""


@dataclass(frozen=True)
class Deployed:
    """A stack after its first `up`. first: that run."""

    deployment: Deployment
    first: Run


def pytest_collection_finish(session: pytest.Session) -> None:
    """Finds or builds the programs before the first test: minutes, once a machine, that belong to no test."""
    needed = {item.path.stem for item in session.items if item.path.parent == Path(__file__).parent}
    capture = session.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        try:
            if needed & _OF_THE_ENGINE:
                pulumi.find()
            if "test_kubernetes_api" in needed:
                kubernetes_api.find_api_server()
                kubernetes_api.find_etcd()
        except ToolError as error:
            raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session", params=STACKS)
def deployed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    deployment = new_deployment(str(request.param), tmp_path_factory.mktemp(f"deployed-{request.param}"))
    return Deployed(deployment, deployment.up(run_entry))


@pytest.fixture
def going_on(deployed: Deployed, tmp_path: Path) -> Deployment:
    """A copy of the deployed stack, for one test to change."""
    return deployed.deployment.copy(tmp_path)
