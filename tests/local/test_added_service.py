"""The service that the README adds runs here, and answers at its host."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.platform import RunningPlatform
from tests.readme import Checkout, cloned, commands

WRITE, _LOOK, RUN, _ACCEPT = commands("Adding a service")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone in which the first block was typed."""
    made = cloned(tmp_path_factory.mktemp("clone of a newcomer"))
    done = made.type(*WRITE)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture
def with_docs(checkout: Checkout, state_directory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningPlatform]:
    """The clone's platform, from a state directory with a path that sockets can have."""
    assert RUN == ["coditect up"]
    monkeypatch.setenv("PYTHONPATH", str(checkout.root))
    running = RunningPlatform(state_directory / "docs", repository=checkout.root)
    try:
        running.start()
        yield running
    finally:
        running.run("down")
        running.supervisor.wait(60)


def test_it_answers_through_the_edge_at_its_host_and_the_others_as_before(with_docs: RunningPlatform) -> None:
    page = with_docs.ask("docs.coditect.ai.localhost", "/")

    assert page.status == 200
    assert "<h1>Documentation</h1>" in page.body.decode()
    assert with_docs.ask("docs.coditect.ai.localhost", "/no-such-page").status == 404
    assert with_docs.first_address("docs-frontend").startswith("https://docs.coditect.ai.localhost")
    assert 'service="docs-frontend"' in with_docs.run("metrics", "docs-frontend-blue").stdout
    assert with_docs.ask("coditect.com.localhost", "/").status == 200
