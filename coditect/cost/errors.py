"""Errors of pricing, for whoever runs the command."""

from explained import ExplainedError


class CostError(ExplainedError):
    """Something cannot be priced. The message says what, and what to write instead."""
