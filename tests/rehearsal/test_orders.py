"""The program of today in twenty orders of each stack, without the engine: seconds, where the engine takes minutes."""

from collections.abc import Callable

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import text
from coditect.rehearsal.acts import cloud_of, settings_of, walk
from coditect.rehearsal.order import drawn, is_made, needs
from coditect.rehearsal.project import fill_secrets
from coditect.rehearsal.types import SECRET, SECRET_VERSION

STACKS = ("dev", "staging", "prod", "dr")
# The two passes of a first deployment are the engine's to show: here everything is made in one.
OF_ONE_PASS = "secret-version-mounted"


@pytest.mark.parametrize("stack", STACKS)
def test_no_order_of_a_first_deployment_is_refused(stack: str, captured: Callable[[str], Graph]) -> None:
    for seed in range(20):
        cloud = cloud_of(stack, settings_of(stack))
        walk(captured(stack), cloud, seed)
        assert [refusal for refusal in cloud.refusals if refusal.rule != OF_ONE_PASS] == []


@pytest.mark.parametrize("stack", STACKS)
def test_an_order_makes_everything_once_and_nothing_before_what_it_needs(
    stack: str, captured: Callable[[str], Graph]
) -> None:
    graph = captured(stack)
    before = needs(graph)
    done: list[str] = list(drawn(7, before))
    assert sorted(done) == sorted(node.urn for node in graph.resources if is_made(node))
    places = {urn: place for place, urn in enumerate(done)}
    assert all(places[other] < places[urn] for urn, others in before.items() for other in others)


def test_a_seed_draws_one_order_and_another_seed_another(captured: Callable[[str], Graph]) -> None:
    before = needs(captured("dev"))
    assert list(drawn(1, before)) == list(drawn(1, before))
    assert list(drawn(1, before)) != list(drawn(2, before))


def test_people_fill_exactly_the_secrets_that_the_program_does_not(captured: Callable[[str], Graph]) -> None:
    cloud = cloud_of("prod", settings_of("prod"))
    walk(captured("prod"), cloud, seed=0)
    by_program = {text(version.inputs, "secret") for version in cloud.things(SECRET_VERSION)}
    assert fill_secrets(cloud) == len({secret.id for secret in cloud.things(SECRET)} - by_program)
    assert fill_secrets(cloud) == 0
