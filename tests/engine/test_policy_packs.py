"""The real engine asks the policy packs, as `pulumi preview --policy-pack` does.

Its language host for Python is no part of the tools that this repository pins: the tests' stand-in starts the pack's
process in its place. Everything else, from what is asked to what a violation does, is the engine's own.
"""

from pathlib import Path

import pulumi_gcp
import pytest

from coditect.graph.capture import run_entry
from coditect.graph.configuration import ROOT
from tests.engine.harness import Deployment, EngineError, Run, new_deployment

pytestmark = pytest.mark.engine

PACKS = [ROOT / "policies" / name for name in ("security", "reliability")]


def with_an_open_bucket() -> None:
    run_entry()
    pulumi_gcp.storage.Bucket("added", name="added", location="us-central1", project="coditect-dev")


def violations(run: Run) -> dict[str, str]:
    """Level by rule."""
    events = (event.policy_event for event in run.events)
    return {event.policy_name: event.enforcement_level for event in events if event is not None}


def test_a_first_preview_passes_and_says_what_it_cannot_decide_yet(tmp_path: Path) -> None:
    run = new_deployment("dev", tmp_path).preview(run_entry, policy_packs=PACKS)

    told = violations(run)
    assert set(told.values()) == {"advisory"}
    assert {"kms-public", "namespace-default-deny", "backend-armor"} <= told.keys()


def test_the_engine_refuses_a_stack_that_breaks_a_mandatory_rule(tmp_path: Path) -> None:
    with pytest.raises(EngineError) as refused:
        new_deployment("dev", tmp_path).preview(with_an_open_bucket, policy_packs=PACKS)

    assert "bucket-public-access" in refused.value.said
    assert "Set publicAccessPrevention to enforced." in refused.value.said


@pytest.mark.parametrize("deployed", ["prod"], indirect=True)
def test_once_deployed_nothing_is_left_undecided_and_nothing_is_violated(going_on: Deployment) -> None:
    run = going_on.preview(run_entry, policy_packs=PACKS)

    assert run.changes() == []
    assert violations(run) == {}
