"""One precondition of Google's as one small typed rule: what it asks about, what it says, where it stands written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from coditect.graph.values import JsonObject
from coditect.rehearsal.shelf import Thing
from coditect.rehearsal.surroundings import Surroundings


class Operation(StrEnum):
    """What is asked of Google.

    ASK: a data source is read. SETTLE: nothing, but the run is over: what was accepted and never works shows now.
    """

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ASK = "ask"
    SETTLE = "settle"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the provider asks of Google.

    type: the resource's type, or the token of the data source. id: the resource's id, as the provider knows it.
    inputs: in clear, by the provider's own property names. before: what it had until now, of an update.
    project, region: those of the request, from the inputs or from the provider's settings.
    """

    operation: Operation
    type: str
    id: str
    urn: str
    inputs: JsonObject
    project: str
    region: str
    before: JsonObject | None = None

    @property
    def name(self) -> str:
        """The logical name of the resource, as the program calls it."""
        return self.urn.rpartition("::")[2]


class World(Protocol):
    """What stands when a request comes, read by the rules."""

    surroundings: Surroundings
    run: int
    """The number of the present run of the engine, from 1."""
    day: int
    """Days since the first run."""

    def things(self, *types: str) -> Iterator[Thing]:
        """Everything of these types that exists. Objects of Kubernetes: those of the stack's own cluster."""

    def find(self, type_: str, name: str) -> Thing | None:
        """The thing that a property names by its id, its self link, or the last part of either."""

    def gone(self, type_: str, id_: str) -> Thing | None:
        """What had that id and was deleted; None where nothing had, or it exists."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One precondition.

    name: words joined by hyphens. says: the rule as one sentence. source: where Google (or its provider) says so.
    types: the resource types and data sources it is about; empty for all.
    reasons: why a request is refused, each as a sentence that names the thing and the cure; nothing where it is not.
    """

    name: str
    says: str
    source: str
    reasons: Callable[[Request, World], Iterator[str]]
    types: frozenset[str] = frozenset()
    operations: frozenset[Operation] = frozenset({Operation.CREATE})

    def judge(self, request: Request, world: World) -> Iterator[str]:
        """The reasons, where the rule is about such a request at all."""
        if request.operation in self.operations and (not self.types or request.type in self.types):
            yield from self.reasons(request, world)
