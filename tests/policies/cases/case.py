"""One way to break a rule."""

from collections.abc import Mapping
from dataclasses import dataclass

from policies.resource import Stack
from policies.values import UNKNOWN, Json
from tests.policies.change import (
    ABSENT,
    Absent,
    with_property,
    with_resource,
    without_protection,
    without_resource,
)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A change of a real stack that breaks one rule.

    at, path, to: the resource's name, the property, and what it becomes.
    added: type and properties of a resource that is added instead. removed: the name of one that is taken away.
    unprotected: the change is that Pulumi may delete the resource.
    also: other rules that the same change breaks, because they say the same from another side.
    hidden: name and path of what is unknown in the unknown case; the broken property unless given.
    always_known: why the rule can be decided in every preview; then there is no unknown case.
    """

    rule: str
    at: str = ""
    path: str = ""
    to: "Json | Absent" = ABSENT
    added: tuple[str, Mapping[str, Json]] | None = None
    removed: str = ""
    unprotected: bool = False
    also: frozenset[str] = frozenset()
    hidden: tuple[str, str] | None = None
    always_known: str = ""
    stack: str = "prod"

    def broken(self, stack: Stack) -> Stack:
        """The stack with the defect."""
        if self.added is not None:
            return with_resource(stack, *self.added)
        if self.removed:
            return without_resource(stack, self.removed)
        if self.unprotected:
            return without_protection(stack, self.at)
        return with_property(stack, self.at, self.path, self.to)

    def unknown(self, stack: Stack) -> Stack:
        """The stack as a preview sees it that does not know the property yet."""
        name, path = self.hidden or (self.at, self.path)
        return with_property(stack, name, path, UNKNOWN)


def broken(
    rule: str,
    at: str,
    path: str,
    to: "Json | Absent" = ABSENT,
    *,
    also: tuple[str, ...] = (),
    hidden: tuple[str, str] | None = None,
    stack: str = "prod",
) -> Case:
    """A case that changes one property."""
    return Case(rule=rule, at=at, path=path, to=to, also=frozenset(also), hidden=hidden, stack=stack)


def unprotected(rule: str, at: str, *, also: tuple[str, ...] = ()) -> Case:
    """A case that lets Pulumi delete the resource."""
    why = "whether Pulumi protects a resource is an option of the program, never a value of the cloud"
    return Case(rule=rule, at=at, unprotected=True, also=frozenset(also), always_known=why)


def removed(rule: str, name: str, *, hidden: tuple[str, str], also: tuple[str, ...] = ()) -> Case:
    """A case that takes a resource away."""
    return Case(rule=rule, removed=name, hidden=hidden, also=frozenset(also))
