"""What CONTRIBUTING tells an application's developer to type, in a clone."""

import re
from pathlib import Path

import pytest

from tests.readme import ROOT, Checkout, cloned

_SPANS = re.findall(r"`([^`\n]+(?:\n *[^`\n]+)?)`", (ROOT / "CONTRIBUTING.md").read_text())
_MIGRATIONS = Path("apps/domain/licensing/migrations")
_MODEL = '''

class Note(models.Model):
    """Something to remember."""

    text = models.TextField()
'''
pytestmark = pytest.mark.verify  # a clone


def _command(*words: str) -> str:
    (found,) = {span for span in _SPANS if all(word in span.split() for word in words)}
    return " ".join(found.split())


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return cloned(tmp_path_factory.mktemp("clone of a developer"))


def test_a_migration_is_written_for_a_changed_model_without_a_database(checkout: Checkout) -> None:
    with (checkout.root / "apps/domain/licensing/models.py").open("a") as models:
        models.write(_MODEL)
    done = checkout.type(_command("makemigrations"))

    assert done.returncode == 0, done.stderr
    assert "Got an error checking a consistent migration history" in done.stderr
    (written,) = (path for path in checkout.changed if Path(path).is_relative_to(_MIGRATIONS))
    assert 'name="Note"' in (checkout.root / written).read_text().replace("'", '"')


def test_the_tests_of_one_application_are_its_own_alone(checkout: Checkout) -> None:
    # What make would type, for it takes minutes to run.
    typed = checkout.type(
        f"{_command('make', 'APP=licensing')} --dry-run --no-print-directory --assume-old .venv/.ready"
    ).stdout
    done = checkout.type(f"{typed.strip()} --collect-only -q")

    assert done.returncode == 0, done.stdout + done.stderr
    assert _collected_from(done.stdout) == {"apps/domain/licensing"}


def test_one_test_is_found_by_a_word_of_its_name(checkout: Checkout) -> None:
    done = checkout.type(f"{_command('-k', 'fence')} --collect-only -q")

    assert done.returncode == 0, done.stdout + done.stderr
    assert _collected_from(done.stdout) == {"apps/domain/licensing"}


def _collected_from(printed: str) -> set[str]:
    tests = [line for line in printed.splitlines() if "::" in line]
    return {str(Path(*Path(test.partition("::")[0]).parts[:3])) for test in tests}
