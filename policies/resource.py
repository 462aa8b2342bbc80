"""What rules look at: resources as a view of one type, and the whole stack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, TypeVar

from policies.values import Properties

STACK_TYPE = "pulumi:pulumi:Stack"


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource as Pulumi knows it.

    properties: by the provider's own names. For a rule about one resource they are its inputs; for a relation the
    engine gives outputs, which hold the inputs too.
    protect: whether Pulumi refuses to delete it.
    """

    urn: str
    type: str
    name: str
    properties: Properties
    protect: bool = False

    @property
    def stack(self) -> str:
        """The stack's name, from the URN."""
        return self.urn.removeprefix("urn:pulumi:").split("::", 1)[0]

    @property
    def key(self) -> str:
        """`type::name`: what a waiver names, the same in every stack."""
        return f"{self.type}::{self.name}"


@dataclass(frozen=True)
class View:
    """Typed reading of a resource. Subclasses name their types and what a rule may ask; each question may raise
    UnknownValue."""

    TYPES: ClassVar[tuple[str, ...]] = ()

    resource: Resource

    @property
    def _of(self) -> Properties:
        return self.resource.properties

    @property
    def name(self) -> str:
        """The resource's name in the cloud; its name in the program where the cloud gives one."""
        return self._of.text("name") or self.resource.name

    @property
    def is_protected(self) -> bool:
        return self.resource.protect


V = TypeVar("V", bound=View)


class Whole(View):
    """The stack itself: what a rule looks at that says what must exist, or must not."""

    TYPES = (STACK_TYPE,)


@dataclass(frozen=True)
class Stack:
    """All resources of one stack."""

    resources: tuple[Resource, ...]

    @cached_property
    def _by_type(self) -> Mapping[str, tuple[Resource, ...]]:
        found: dict[str, list[Resource]] = {}
        for resource in self.resources:
            found.setdefault(resource.type, []).append(resource)
        return {type_: tuple(resources) for type_, resources in found.items()}

    def of(self, view: type[V]) -> tuple[V, ...]:
        """All resources that the view can read."""
        return tuple(view(resource) for resource in self.of_types(view.TYPES))

    def of_types(self, types: Iterable[str]) -> tuple[Resource, ...]:
        """All resources of those types."""
        return tuple(resource for type_ in types for resource in self._by_type.get(type_, ()))
