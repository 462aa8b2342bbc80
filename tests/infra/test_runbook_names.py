"""What the commands of the runbooks name is what the stacks call it: an operator copies them at night."""

import re
from pathlib import Path

import pytest

from coditect.graph import configuration
from coditect.graph.values import leaves
from tests.graphs import graph_of

STACKS = ("prod", "dr", "staging")
PAGES = sorted((configuration.ROOT / "docs" / "runbooks").glob("*.md"))
# A stack's own names, but not those that begin with a project's id, or end where a reader fills something in.
_NAME = re.compile(rf"(?<![\w-])coditect-(?:{'|'.join(STACKS)})(?:-[a-z0-9]+)+(?![\w-]|-?<)")
GIVEN_BY_PEOPLE = {
    "coditect-prod-postgres-r1": "a clone, or a replica that was promoted: coditect:database names it then",
    "coditect-prod-postgres-r1-us-east1": "the replica of that",
    "coditect-prod-ide": "a restore plan of Backup for GKE, made for one restoration",
    "coditect-prod-ide-1": "the restoration",
}


def _names() -> set[str]:
    words = (str(value) for stack in STACKS for n in graph_of(stack).nodes.values() for _, value in leaves(n.inputs))
    return {name for word in words for name in _NAME.findall(word)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_runbook_names_is_called_so_in_a_stack_or_by_the_page_itself(page: Path) -> None:
    named = set(_NAME.findall(page.read_text()))
    assert named - _names() - GIVEN_BY_PEOPLE.keys() == set()


def test_names_that_people_give_are_no_names_of_a_stack() -> None:
    assert GIVEN_BY_PEOPLE.keys() & _names() == set()
