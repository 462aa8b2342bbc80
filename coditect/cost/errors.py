"""Errors of pricing, for whoever runs the command."""


class CostError(Exception):
    """Something cannot be priced. The message says what, and what to write instead."""
