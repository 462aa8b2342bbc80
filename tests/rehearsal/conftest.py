"""The graphs of all stacks, made once."""

from tests.graphs import captured

__all__ = ["captured"]
