"""Graphs of all stacks, and the real platform as rules read it."""

from collections.abc import Callable
from functools import cache

import pytest

from coditect.graph.model import Graph
from coditect.policy.adapt import stack_of
from policies.evaluation import Verdict, verdicts
from policies.resource import Stack
from policies.rule import all_rules
from tests.graphs import captured, graph, stack

__all__ = ["captured", "graph", "stack"]


@pytest.fixture(scope="session")
def resources_of(captured: Callable[[str], Graph]) -> Callable[[str], Stack]:
    """A stack's resources as rules read them."""
    return cache(lambda name: stack_of(captured(name)))


@pytest.fixture(scope="session")
def answers_of(resources_of: Callable[[str], Stack]) -> Callable[[str], tuple[Verdict, ...]]:
    """What all rules say about a stack as it is."""
    return cache(lambda name: verdicts(all_rules(), resources_of(name)))
