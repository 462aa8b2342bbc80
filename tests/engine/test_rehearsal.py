"""Deployments on the real engine against a Google that refuses: every stack in twenty orders, and the acts after it."""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pulumi
import pytest

from coditect.rehearsal.acts import cloud_of, deploy, rehearse, settings_of
from coditect.rehearsal.engine import EngineError
from coditect.rehearsal.stage import Act, Stage
from tests.engine.programs import changed

pytestmark = pytest.mark.engine

STACKS = ("dev", "staging", "prod", "dr")
ORDERS = range(1, 21)


@dataclass(frozen=True)
class Played:
    """The acts of one rehearsal."""

    acts: tuple[Act, ...]

    def act(self, title: str) -> Act:
        return next(act for act in self.acts if act.title.startswith(title))


def stage_of(stack: str, directory: Path, seed: int) -> Stage:
    return Stage(stack=stack, directory=directory, cloud=cloud_of(stack, settings_of(stack)), seed=seed)


@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("seed", ORDERS)
def test_a_first_deployment_is_refused_in_no_order(stack: str, seed: int, tmp_path: Path) -> None:
    played = list(deploy(stage_of(stack, tmp_path / stack, seed), settings_of(stack)))
    assert [act.refusals for act in played] == [()] * len(played)
    assert sum(act.changes["create"] for act in played) > 300
    # A standby takes over the database that was promoted, and gives it what a replica has not.
    assert sum(act.changes["update"] for act in played) == (1 if stack == "dr" else 0)
    assert {operation for act in played for operation in act.changes} <= {"create", "update"}


def test_a_seed_gives_the_same_order_twice_on_the_engine(tmp_path: Path) -> None:
    first, second = (
        [act.created for act in deploy(stage_of("dev", tmp_path / name, 5), settings_of("dev"))] for name in ("a", "b")
    )
    assert first == second


@pytest.fixture(scope="module", params=["dev", "prod"])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Played]:
    stack = str(request.param)
    return stack, Played(tuple(rehearse(stack, 3, tmp_path_factory.mktemp(f"rehearsed-{stack}"))))


of_dev = pytest.mark.parametrize("played", ["dev"], indirect=True)
of_prod = pytest.mark.parametrize("played", ["prod"], indirect=True)


def test_no_act_is_refused(played: tuple[str, Played]) -> None:
    assert {act.title: act.refusals for act in played[1].acts if act.refusals} == {}


def test_an_update_and_a_new_signing_key_replace_and_delete_nothing(played: tuple[str, Played]) -> None:
    for title in ("Another image", "A new version of the signing key"):
        assert set(played[1].act(title).changes) <= {"create", "update"}
        assert played[1].act(title).changes["update"] > 0


@of_prod
def test_a_lost_region_is_taken_over_beside_what_production_left(played: tuple[str, Played]) -> None:
    first, second = played[1].act("First up of dr"), played[1].act("Second up of dr")
    assert first.changes["create"] + second.changes["create"] > 300
    assert second.changes["update"] == 1
    assert "cluster-cluster" in [step.name for step in first.timeline.critical_path]


@of_dev
def test_a_disposable_stack_goes_whole(played: tuple[str, Played]) -> None:
    gone = played[1].act("Destroying it")
    assert set(gone.changes) <= {"delete", "discard"}
    assert gone.changes["delete"] > 300


def test_the_timeline_waits_for_the_slowest_chain_of_what_depends_on_each_other(played: tuple[str, Played]) -> None:
    first = played[1].acts[0].timeline
    path = first.critical_path
    assert path[0].start.total_seconds() == 0
    assert path[-1].end == first.duration
    assert all(later.start == earlier.end for earlier, later in pairwise(path))
    assert any(step.name.startswith("database-") for step in path)


def untagged(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """The temporary first pool as it once was: without the tag that the egress rules are about."""
    if args.type_ != "gcp:container/cluster:Cluster":
        return None
    node: Any = args.props["node_config"]
    node.tags = []
    return pulumi.ResourceTransformationResult(props=args.props, opts=args.opts)


def test_a_google_that_refuses_ends_the_run_with_the_reason(tmp_path: Path) -> None:
    stage = stage_of("dev", tmp_path / "dev", 1)
    stage.cloud.goes_on = False
    stage.set("secrets", filled=False)
    with pytest.raises(EngineError, match="nodes with no tag cannot reach the control plane"):
        stage.up("First pass", changed(untagged))
