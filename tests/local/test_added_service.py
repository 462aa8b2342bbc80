"""The service that the README adds runs here, and answers at its host; it comes and goes while the others run."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.local.platform import RunningPlatform
from tests.readme import Checkout, cloned, commands

WRITE, _LOOK, RUN, _ACCEPT = commands("Adding a service")
_TROUBLE = ("not run here", "at the next `coditect up`", "out of date", "Traceback")


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone in which the first block was typed."""
    made = cloned(tmp_path_factory.mktemp("clone of a newcomer"))
    done = made.type(*WRITE)
    assert done.returncode == 0, done.stderr
    return made


@pytest.fixture(scope="module")
def with_docs(checkout: Checkout, state_directory: Path) -> Iterator[RunningPlatform]:
    """The clone's platform, from a state directory with a path that sockets can have."""
    assert RUN == ["coditect up"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(checkout.root))
        with RunningPlatform(state_directory / "docs", repository=checkout.root) as running:
            yield running


def test_it_answers_through_the_edge_at_its_host_and_the_others_as_before(with_docs: RunningPlatform) -> None:
    page = with_docs.ask("docs.coditect.ai.localhost", "/")

    assert page.status == 200
    assert "<h1>Documentation</h1>" in page.body.decode()
    assert with_docs.ask("docs.coditect.ai.localhost", "/no-such-page").status == 404
    assert with_docs.first_address("docs-frontend").startswith("https://docs.coditect.ai.localhost")
    assert 'service="docs-frontend"' in with_docs.run("metrics", "docs-frontend-blue").stdout
    assert with_docs.ask("coditect.com.localhost", "/").status == 200


def test_it_is_taken_away_and_another_is_added_while_the_others_run(
    checkout: Checkout, with_docs: RunningPlatform
) -> None:
    before = with_docs.processes()
    taken = checkout.type("git checkout --quiet .", "git clean --quiet --force -d apps/docs_frontend")
    assert taken.returncode == 0, taken.stderr
    with_docs.wait_until_said("docs-frontend-blue is declared no more")
    with_docs.wait_until_said("0 processes started, 1 ended")
    assert with_docs.run("status").returncode == 0
    assert with_docs.ask("coditect.com.localhost", "/").status == 200
    others = {name: pid for name, pid in before.items() if name not in ("docs-frontend-blue", "edge")}
    assert others.items() <= with_docs.processes().items()

    added = checkout.type(WRITE[0], "coditect new service help-frontend --host help --description Help")
    assert added.returncode == 0, added.stderr
    with_docs.wait_until_said("1 processes started, 0 ended\n")
    with_docs.wait_until_ready(30)
    page = with_docs.ask("help.coditect.ai.localhost", "/")
    assert page.status == 200
    assert "<h1>Help</h1>" in page.body.decode()
    assert with_docs.ask("coditect.com.localhost", "/").status == 200
    assert others.items() <= with_docs.processes().items()
    assert with_docs.run("status").returncode == 0
    told = with_docs.log.read_text()
    assert [words for words in _TROUBLE if words in told] == []
