"""One stack on a stand-in Google: its settings as they are now, its engine, and what each run of it does."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from coditect.graph.adoption import import_file
from coditect.graph.capture import capture, run_entry
from coditect.graph.model import Graph
from coditect.graph.values import Json, text
from coditect.rehearsal import engine
from coditect.rehearsal.cloud import Cloud, Refusal
from coditect.rehearsal.engine import Deployment, Program, Run
from coditect.rehearsal.language import idle
from coditect.rehearsal.order import AtOnce, Shuffled, needs, without
from coditect.rehearsal.provider import attached
from coditect.rehearsal.timeline import Timeline, timeline


@dataclass(frozen=True, kw_only=True)
class Act:
    """One run of the engine. title: what it was for. changes: how many resources by operation.

    created: URNs in the order in which they were done. refusals: what Google would have refused.
    """

    title: str
    changes: Mapping[str, int]
    timeline: Timeline
    refusals: tuple[Refusal, ...]
    created: tuple[str, ...] = ()


@dataclass
class Stage:
    """directory: an empty one, for whatever the engine keeps. cloud: see there; its refusals are taken act by act."""

    stack: str
    directory: Path
    cloud: Cloud
    seed: int
    _graphs: dict[str, Graph] = field(default_factory=dict)

    def __post_init__(self) -> None:
        engine.prepare(self.stack, self.directory)

    def set(self, section: str, **values: Json) -> None:
        """Writes settings into the stack's file, as `pulumi config set --path` does."""
        document = yaml.safe_load(self._file.read_text())
        document["config"].setdefault(f"coditect:{section}", {}).update(values)
        self._file.write_text(yaml.safe_dump(document))

    def graph(self) -> Graph:
        """What the program declares with the settings of now."""
        written = self._file.read_text()
        if written not in self._graphs:
            self._graphs[written] = capture(self.stack, directory=self._file.parent, previews=False)
        return self._graphs[written]

    def up(self, title: str, program: Program = run_entry) -> Act:
        """Raises EngineError where the engine itself refuses."""
        waits = needs(self.graph())
        return self._act(title, waits, lambda deployment: deployment.up(program))

    def adopt(self, title: str, names: Sequence[str], exclude: str) -> Act:
        """Makes all that does not need what people made, then takes that over, as the runbooks say.

        names: patterns of logical names. exclude: a glob over the URNs of what they are and what they bring along.
        Raises EngineError where something of that name does not exist at Google.
        """
        waits = needs(self.graph())
        act = self._act(title, waits, lambda deployment: deployment.up(run_entry, exclude=(exclude,)), lacks=exclude)
        file = self.directory / "work" / "adopt.json"
        file.write_text(json.dumps(import_file(self.graph(), names)))
        with attached(self.cloud, AtOnce()) as providers, idle() as language:
            variables = {"PULUMI_DEBUG_PROVIDERS": providers, "PULUMI_DEBUG_LANGUAGES": language}
            Deployment(self.stack, self.directory, variables).pulumi(
                "import", "--file", file.name, "--generate-code=false", "--yes", "--stack", self.stack
            )
        return act

    def destroy(self, title: str) -> Act:
        """Raises EngineError where the engine itself refuses, as it does with what is protected."""
        waits = needs(self.graph())
        backwards = {urn: frozenset(other for other, before in waits.items() if urn in before) for urn in waits}
        return self._act(title, backwards, lambda deployment: deployment.destroy(run_entry))

    def _act(
        self, title: str, waits: Mapping[str, frozenset[str]], action: Callable[[Deployment], Run], lacks: str = ""
    ) -> Act:
        """lacks: a glob over URNs that are left out, with all that needs them."""
        self.cloud.refusals.clear()
        present = {text(resource, "urn") for resource in Deployment(self.stack, self.directory).resources()}
        coming = {urn: before - present for urn, before in waits.items() if urn not in present}
        order = Shuffled(self.seed, without(lacks, coming) if lacks else coming)
        with attached(self.cloud, order) as ports:
            run = action(Deployment(self.stack, self.directory, {"PULUMI_DEBUG_PROVIDERS": ports}))
        self.cloud.settle()
        self.cloud.run += 1
        done = tuple(dict.fromkeys(urn for urn in order.finished if urn in waits))
        return Act(
            title=title,
            changes=Counter(operation for operation, _ in run.changes()),
            timeline=timeline(self.graph(), waits, done),
            refusals=tuple(self.cloud.refusals),
            created=tuple(order.finished),
        )

    @property
    def _file(self) -> Path:
        return self.directory / "work" / f"Pulumi.{self.stack}.yaml"
