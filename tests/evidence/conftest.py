"""Graphs of all stacks."""

from tests.graphs import captured, graph, settings_of, stack

__all__ = ["captured", "graph", "settings_of", "stack"]
