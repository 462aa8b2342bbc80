from pathlib import Path

import pytest
from django.test import Client

from apps.testing.people import Cast, assemble


@pytest.fixture
def cast(database: None) -> Cast:
    """Everyone; Acme and Globex have three seats each."""
    return assemble()


@pytest.fixture
def api(database: None, signing_key: Path) -> Client:
    """The license API in this process."""
    return Client(raise_request_exception=True)
