import pytest

from apps.testing.people import Cast, assemble


@pytest.fixture
def cast(database: None) -> Cast:
    """Everyone; Acme and Globex have three seats each."""
    return assemble()
