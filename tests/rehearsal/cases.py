"""A case for each rule: what stands, what is asked, and the least change that makes it acceptable or not."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from coditect.graph.values import JsonObject
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.rule import Operation, Rule
from coditect.rehearsal.rules import ALL
from coditect.rehearsal.shelf import MemoryShelf, Thing
from coditect.rehearsal.surroundings import Surroundings

PROJECT = "shop-prod"
NUMBER = 7
AROUND = Surroundings(
    projects={PROJECT: NUMBER},
    domain="shop.example",
    principals=frozenset({"group:security@shop.example"}),
    delegated_domains=frozenset({"shop.example"}),
)


def thing(type_: str, id_: str, /, **inputs: object) -> Thing:
    """A thing of the stack `prod`, known by the last part of its id."""
    known: JsonObject = {"project": PROJECT}
    known.update(inputs)  # type: ignore[arg-type]  # plain JSON, written as keywords
    return Thing(type=type_, id=id_, urn=f"urn:pulumi:prod::shop::{type_}::{id_.rpartition('/')[2]}", inputs=known)


@dataclass(frozen=True, kw_only=True)
class Case:
    """rule: its name. asked: the request. refused, accepted: what stands when it is refused, and when it is not.

    instead: what is asked in place of `asked` in the accepted case, where the request itself makes the difference.
    before: the inputs until now, of an update. deleted: what was deleted before, on day 0. later: the day of the
    accepted request.
    """

    rule: str
    asked: Thing
    refused: tuple[Thing, ...] = ()
    accepted: tuple[Thing, ...] = ()
    instead: Thing | None = None
    operation: Operation = Operation.CREATE
    before: Thing | None = None
    deleted: Thing | None = None
    later: int = 0
    run: int = 1
    around: Surroundings = field(default=AROUND)


def rule(name: str) -> Rule:
    """The rule of that name."""
    return {one.name: one for one in ALL}[name]


def reasons(case: Case, standing: Iterable[Thing], asked: Thing, day: int = 0) -> list[str]:
    """Why the one rule of a case refuses a request; empty where it does not."""
    shelf = MemoryShelf()
    founding = Cloud(shelf, rules=(), cluster="prod")
    for one in standing:
        founding.create(one)
    if case.deleted is not None:
        founding.create(case.deleted)
        founding.delete(case.deleted.type, case.deleted.id)
    if case.before is not None:
        founding.create(case.before)
    if case.operation in (Operation.DELETE, Operation.SETTLE):
        founding.create(asked)
    cloud = Cloud(
        shelf, rules=(rule(case.rule),), surroundings=case.around, cluster="prod", goes_on=True, run=case.run, day=day
    )
    match case.operation:
        case Operation.CREATE:
            cloud.create(asked)
        case Operation.UPDATE:
            cloud.update(asked)
        case Operation.DELETE:
            cloud.delete(asked.type, asked.id)
        case Operation.SETTLE:
            cloud.settle()
        case Operation.ASK:
            cloud.ask(asked.type, asked.inputs, project=PROJECT)
    return [refusal.reason for refusal in cloud.refusals]
