"""Graphs of all stacks, and their bills."""

from collections.abc import Callable
from functools import cache

import pytest

from coditect.cost import book, usage
from coditect.cost.bill import Bill, bill
from coditect.graph.model import Graph
from tests.graphs import captured, graph, settings_of, stack

__all__ = ["captured", "graph", "settings_of", "stack"]


@pytest.fixture(scope="session")
def billed(captured: Callable[[str], Graph]) -> Callable[[str], Bill]:
    """The bill of a stack by name."""

    @cache
    def made(name: str) -> Bill:
        return bill(captured(name), usage.load(name), book.load())

    return made
