"""The catalogue's one error."""

from explained import ExplainedError


class CatalogError(ExplainedError, ValueError):
    """Two parts of the catalogue contradict each other. The message names both and says what to write."""
