"""When each resource of a run would begin and end at Google: by what it waits for, and by usual durations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from coditect.graph.model import Graph
from coditect.graph.urn import name_of
from coditect.rehearsal.durations import table


@dataclass(frozen=True, kw_only=True)
class Step:
    """One creation. start, end: since the run began. waits_for: URN of what it waited for last; empty for nothing.

    part: the outermost component that it stands in; the resource itself where there is none.
    """

    urn: str
    type: str
    part: str
    start: timedelta
    end: timedelta
    waits_for: str

    @property
    def name(self) -> str:
        return name_of(self.urn)

    @property
    def duration(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """All steps of a run, in the order in which they end."""

    steps: tuple[Step, ...]

    @property
    def duration(self) -> timedelta:
        """Of the whole run, with as many at once as the dependencies allow."""
        return max((step.end for step in self.steps), default=timedelta())

    @cached_property
    def critical_path(self) -> tuple[Step, ...]:
        """The chain of steps, each waiting for the one before, that the whole run waits for."""
        by_urn = {step.urn: step for step in self.steps}
        path: list[Step] = []
        step = max(self.steps, key=lambda s: s.end, default=None)
        while step is not None:
            path.append(step)
            step = by_urn.get(step.waits_for)
        return tuple(reversed(path))

    @cached_property
    def parts(self) -> tuple[tuple[str, timedelta, timedelta, int], ...]:
        """Of each component: name, when its first step begins, when its last ends, how many there are."""
        found: dict[str, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.part, []).append(step)
        spans = (
            (part, min(s.start for s in steps), max(s.end for s in steps), len(steps)) for part, steps in found.items()
        )
        return tuple(sorted(spans, key=lambda span: (span[1], span[2])))


def timeline(graph: Graph, needs: Mapping[str, frozenset[str]], created: Sequence[str]) -> Timeline:
    """The timeline of a run. needs: what each waits for. created: URNs of what the run made, in any possible order."""
    ends: dict[str, timedelta] = {}
    steps: list[Step] = []
    for urn in created:
        node = graph.nodes[urn]
        # What an earlier run made is there from the beginning.
        waited = sorted(needs[urn] & ends.keys(), key=lambda other: (ends[other], other))
        start = ends[waited[-1]] if waited else timedelta()
        ends[urn] = start + timedelta(seconds=table().of(node.type).seconds)
        part = graph.component_of(node) or node
        steps.append(
            Step(
                urn=urn,
                type=node.type,
                part=part.name,
                start=start,
                end=ends[urn],
                waits_for=waited[-1] if waited else "",
            )
        )
    return Timeline(steps=tuple(sorted(steps, key=lambda step: (step.end, step.urn))))
