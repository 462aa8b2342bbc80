"""Who stands in a grant: people of the organisation by their groups, accounts of the project, and nobody foreign."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from coditect.graph.model import Graph
from coditect.graph.values import items, text
from infra.settings import Settings
from tests.graphs import STACKS

GRANT = re.compile(r"I(?:AM|am)(?:Member|Binding)$")
PERSON = re.compile(r"^(?:group|user|domain):(?:.*@)?(.+)$")


def members(graph: Graph) -> Iterator[tuple[str, str]]:
    """Name of each grant with each of its members."""
    for node in graph.resources:
        if node.type.startswith("gcp:") and GRANT.search(node.type):
            for member in (text(node.inputs, "member"), *map(str, items(node.inputs, "members"))):
                if member:
                    yield node.name, member


@pytest.mark.parametrize("stack", STACKS)
def test_no_grant_names_a_person_or_group_of_another_organisation(
    captured: Callable[[str], Graph], settings_of: Callable[[str], Settings], stack: str
) -> None:
    """Domain-restricted sharing (iam.allowedPolicyMemberDomains) refuses them, and the deployment fails there."""
    domain = settings_of(stack).google.organization_domain
    named = [(name, match[1]) for name, member in members(captured(stack)) if (match := PERSON.match(member))]
    foreign = [name for name, of in named if of != domain]
    assert not foreign
    assert named or stack == "dr"


def owned(graph: Graph) -> list[tuple[str, str]]:
    """What each grant owns: a member's role on something, or, for a binding, the role whoever has it."""
    return [
        (node.type, json.dumps({key: node.inputs[key] for key in node.inputs if key != "members"}, sort_keys=True))
        for node in graph.resources
        if node.type.startswith("gcp:") and GRANT.search(node.type)
    ]


@pytest.mark.parametrize("stacks", [("dev",), ("staging",), ("prod", "dr")], ids="+".join)
def test_no_grant_has_two_owners_in_a_project(captured: Callable[[str], Graph], stacks: tuple[str, ...]) -> None:
    """Whichever is taken down first would take it away from the other."""
    grants = [grant for stack in stacks for grant in owned(captured(stack))]
    assert [grant for grant, count in Counter(grants).items() if count > 1] == []
