"""One running platform for all tests of this directory that ask for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.graphs import captured, settings_of
from tests.local.browsing import Browser, eventually
from tests.local.platform import RunningPlatform, copied_repository

__all__ = ["captured", "settings_of"]


@pytest.fixture(scope="session")
def platform(state_directory: Path) -> Iterator[RunningPlatform]:
    """Started once; a test leaves it ready, as it found it."""
    with RunningPlatform(state_directory / "platform") as running:
        yield running


@pytest.fixture(scope="session")
def alice(platform: RunningPlatform) -> str:
    """A token of Acme's owner."""
    return platform.sign_in("alice@acme.example")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the repository, whose files a test may change."""
    return copied_repository(tmp_path)


@pytest.fixture
def browser(platform: RunningPlatform) -> Iterator[Browser]:
    """Signed in; whatever it did, the platform is ready afterwards."""
    signed_in = Browser(platform)
    assert signed_in.enter().status == 200
    yield signed_in
    eventually(lambda: platform.states() == {"ready"}, "the platform")
