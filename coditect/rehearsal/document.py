"""A rehearsal as JSON."""

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from coditect.graph.urn import name_of
from coditect.rehearsal.rules import ALL
from coditect.rehearsal.stage import Act


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class StepRow(_Part):
    """start_seconds, end_seconds: since the act began. waits_for: the resource it waited for last, or empty."""

    name: str
    type: str
    urn: str
    start_seconds: int
    end_seconds: int
    waits_for: str


class RefusalRow(_Part):
    """rule: its name. resource: what was asked for. source: where Google says so."""

    rule: str
    says: str
    source: str
    resource: str
    operation: str
    reason: str


class ActRow(_Part):
    """changes: resources by operation. critical_path: names, each waiting for the one before."""

    title: str
    changes: dict[str, int]
    duration_seconds: int
    critical_path: tuple[str, ...]
    refusals: tuple[RefusalRow, ...]
    steps: tuple[StepRow, ...]


class Document(_Part):
    """stack, seed: what was rehearsed, and in which order."""

    stack: str
    seed: int
    acts: tuple[ActRow, ...]


def document(stack: str, seed: int, acts: Iterable[Act]) -> Document:
    """The whole rehearsal."""
    return Document(stack=stack, seed=seed, acts=tuple(_act(act) for act in acts))


def _act(act: Act) -> ActRow:
    rules = {rule.name: rule for rule in ALL}
    return ActRow(
        title=act.title,
        changes=dict(act.changes),
        duration_seconds=int(act.timeline.duration.total_seconds()),
        critical_path=tuple(step.name for step in act.timeline.critical_path),
        refusals=tuple(
            RefusalRow(
                rule=refusal.rule,
                says=rules[refusal.rule].says,
                source=rules[refusal.rule].source,
                resource=name_of(refusal.urn) if refusal.urn.startswith("urn:pulumi:") else refusal.urn,
                operation=refusal.operation.value,
                reason=refusal.reason,
            )
            for refusal in act.refusals
        ),
        steps=tuple(
            StepRow(
                name=step.name,
                type=step.type,
                urn=step.urn,
                start_seconds=int(step.start.total_seconds()),
                end_seconds=int(step.end.total_seconds()),
                waits_for=name_of(step.waits_for) if step.waits_for else "",
            )
            for step in act.timeline.steps
        ),
    )
