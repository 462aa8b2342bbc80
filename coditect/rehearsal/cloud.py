"""A stand-in Google: what exists, and what it refuses because of that. It computes nothing and waits for nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from coditect.graph.forms import FORMS
from coditect.graph.values import JsonObject, text
from coditect.rehearsal.rule import Operation, Request, Rule
from coditect.rehearsal.rules import ALWAYS
from coditect.rehearsal.rules.existence import GOES_WITH
from coditect.rehearsal.shelf import Shelf, Thing
from coditect.rehearsal.surroundings import Surroundings

_KUBERNETES = "kubernetes:"


class RefusedError(Exception):
    """The cloud says no. The message names the thing and the rule."""


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """One no. operation: what was asked. urn: of the resource."""

    rule: str
    operation: Operation
    urn: str
    reason: str


@dataclass
class Cloud:
    """All that exists, seen by one stack.

    shelf: where it is kept. rules: what is refused, beside what any cloud refuses. surroundings: see there.
    cluster: the stack whose cluster objects of Kubernetes go to.
    goes_on: refusals are remembered and the request is done all the same, so that one run finds all of them.
    run, day: the number of the present run, and the days since the first.
    """

    shelf: Shelf
    rules: Sequence[Rule] = ALWAYS
    surroundings: Surroundings = field(default_factory=Surroundings)
    cluster: str = ""
    goes_on: bool = False
    run: int = 1
    day: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def create(self, thing: Thing, *, project: str = "", region: str = "") -> None:
        """project, region: of the provider, where the inputs name none. Raises RefusedError."""
        self._judge(self._request(Operation.CREATE, thing, project, region))
        self.shelf.store(
            self._key(thing.type, thing.id), replace(thing, cluster=self._cluster(thing.type), made_in=self.run)
        )

    def read(self, type_: str, id_: str) -> Thing | None:
        """None where there is no such thing."""
        thing = self.shelf.load(type_, self._key(type_, id_))
        return None if thing is None or thing.gone_on is not None else thing

    def ask(self, token: str, arguments: JsonObject, *, project: str = "", region: str = "") -> None:
        """A data source is read. Raises RefusedError where Google would have no answer."""
        asked = Thing(type=token, id="", urn=f"::{token}", inputs=arguments)
        self._judge(self._request(Operation.ASK, asked, project, region))

    def update(self, thing: Thing, *, project: str = "", region: str = "") -> None:
        """Raises RefusedError where there is no such thing, or a rule is against it."""
        before = self.read(thing.type, thing.id)
        if before is None:
            raise RefusedError(f"{thing.type} {thing.id} does not exist, so it cannot be updated")
        request = self._request(Operation.UPDATE, thing, project, region)
        self._judge(replace(request, before=before.inputs))
        self.shelf.store(
            self._key(thing.type, thing.id), replace(thing, cluster=before.cluster, made_in=before.made_in)
        )

    def delete(self, type_: str, id_: str) -> None:
        """Deleting what does not exist is no error. Raises RefusedError."""
        thing = self.read(type_, id_)
        if thing is None:
            return
        self._judge(self._request(Operation.DELETE, thing, "", ""))
        for kind, key in GOES_WITH.get(type_, ()):
            for part in list(self.things(kind)):
                if text(part.inputs, key) == thing.id:
                    self.shelf.store(self._key(kind, part.id), part.deleted(self.day))
        self.shelf.store(self._key(type_, id_), thing.deleted(self.day))

    def settle(self) -> None:
        """The run is over: judges what exists once more. Raises RefusedError where something will never work."""
        for thing in list(self.things()):
            self._judge(self._request(Operation.SETTLE, thing, "", ""))

    def things(self, *types: str) -> Iterator[Thing]:
        """Everything that exists, or everything of some types. Objects of Kubernetes: of this stack's cluster."""
        for type_ in types or (None,):
            for thing in self.shelf.all(type_):
                if thing.gone_on is None and thing.cluster == self._cluster(thing.type):
                    yield thing

    def find(self, type_: str, name: str) -> Thing | None:
        """The thing of that id, that self link, or of the last part of either."""
        return next((thing for thing in self.things(type_) if is_named(thing, name)), None)

    def gone(self, type_: str, id_: str) -> Thing | None:
        """What had that id and was deleted; None where nothing had, or it exists."""
        thing = self.shelf.load(type_, self._key(type_, id_))
        return thing if thing is not None and thing.gone_on is not None else None

    def _judge(self, request: Request) -> None:
        for rule in self.rules:
            for reason in rule.judge(request, self):
                self.refusals.append(
                    Refusal(rule=rule.name, operation=request.operation, urn=request.urn, reason=reason)
                )
                if not self.goes_on:
                    raise RefusedError(reason)

    def _request(self, operation: Operation, thing: Thing, project: str, region: str) -> Request:
        return Request(
            operation=operation,
            type=thing.type,
            id=thing.id,
            urn=thing.urn,
            inputs=thing.inputs,
            project=text(thing.inputs, "project") or project,
            region=text(thing.inputs, "region") or text(thing.inputs, "location") or region,
        )

    def _cluster(self, type_: str) -> str:
        return self.cluster if type_.startswith(_KUBERNETES) else ""

    def _key(self, type_: str, id_: str) -> str:
        # What has no name at Google (a grant) is known by the program's own name for it, which two stacks may share.
        is_local = type_.startswith(_KUBERNETES) or type_ not in FORMS
        return f"{self.cluster if is_local else ''}/{id_}"


def is_named(thing: Thing, name: str) -> bool:
    """Google takes an id, a self link, or the last part of either."""
    return name in (thing.id, thing.self_link) or thing.id.endswith(f"/{name}")
