"""The catalogue's one error."""


class CatalogError(ValueError):
    """Two parts of the catalogue contradict each other. The message names both and says what to write."""
