"""The rule of what no other rule reads."""

from policies.controls import nsa, pci, soc2
from policies.resource import Stack, Whole
from policies.rule import Broken, relation
from policies.unread import unread


@relation(
    "unread-types",
    Whole,
    nsa("authorization"),
    soc2("CC6.1", "CC8.1"),
    pci("6.5.1"),
    why="A kind of grant, secret or machine that no rule reads would pass every rule there is.",
    fix="Write a view and a rule that read the type, or say in policies/unread.py why it is harmless.",
)
def unread_types(_: Whole, stack: Stack) -> Broken:
    """Every kind of resource is read by a rule, or is known to be harmless."""
    for type_, name in unread(stack):
        yield f"{name} is a {type_}, which no rule reads."
