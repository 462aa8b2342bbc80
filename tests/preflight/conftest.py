"""Graphs and settings of all stacks."""

from tests.graphs import captured, settings_of

__all__ = ["captured", "settings_of"]
