"""Who stands in a grant: people of the organisation by their groups, accounts of the project, and nobody foreign."""

import re
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
