"""The README's "Adding a service", word by word, in a clone. What starts the platform stands in tests/local."""

from pathlib import Path

import pytest

from tests.readme import Checkout, cloned, commands, section

TITLE = "Adding a service"
# A clone, a dozen commands and some 2,500 tests in it: three minutes in all.
pytestmark = pytest.mark.verify
WRITE, LOOK, _RUN, ACCEPT = commands(TITLE)

# By the first words of a command: what it must say of a clone that has the service.
SAYS = {
    "coditect plan": "docs.dev.coditect.ai",
    "coditect cost": "Gateway website",
    "coditect policy": "0 mandatory",
    "coditect report": "docs-frontend",
    "pytest apps/docs_frontend": " passed",
}
# Whatever counts services, hosts, rows or resources is in here. Checkov and the served packs look at objects one by
# one, and take minutes.
COUNTING = (
    "tests/infra tests/cost tests/report tests/policies tests/contract tests/cli/test_command_line.py "
    "tests/repository/test_workflows.py --ignore=tests/policies/test_checkov.py --ignore=tests/policies/test_packs.py"
)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    """A clone in which the first block was typed."""
    made = cloned(tmp_path_factory.mktemp("clone of a newcomer"))
    done = made.type(*WRITE)
    assert done.returncode == 0, done.stderr
    return made


def test_the_command_writes_what_the_table_says_and_nothing_else(checkout: Checkout) -> None:
    places = [line.split("`")[1] for line in section(TITLE).splitlines() if line.startswith("| `")]
    assert len(places) == 4

    changed = {Path(path) for path in checkout.changed}
    for place in places:
        found = {path for path in changed if path.is_relative_to(place) or path.match(place)}
        assert found, place
        changed -= found
    assert changed == set()


def test_what_it_writes_is_formatted_and_linted_as_the_rest_is(checkout: Checkout) -> None:
    written = " ".join(path for path in checkout.changed if path.endswith(".py"))
    done = checkout.type(WRITE[0], f"ruff format --check {written}", f"ruff check --no-cache {written}")

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("line", LOOK)
def test_every_command_of_the_readme_works_with_the_new_service(checkout: Checkout, line: str) -> None:
    done = checkout.type(WRITE[0], line)

    assert done.returncode == 0, done.stdout + done.stderr
    assert SAYS[" ".join(line.split()[:2])] in done.stdout


def test_after_what_follows_is_accepted_whatever_counts_is_green_and_nothing_is_left(checkout: Checkout) -> None:
    accepted = checkout.type(WRITE[0], *ACCEPT)
    assert accepted.returncode == 0, accepted.stdout + accepted.stderr
    assert checkout.changed == {}

    counted = checkout.type(WRITE[0], f"pytest -q -n 2 -m 'not verify' {COUNTING}")
    assert counted.returncode == 0, counted.stdout
