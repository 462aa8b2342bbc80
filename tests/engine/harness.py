"""Runs the real engine on one stack of the real program: file backend, stand-in providers, nothing shared."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pulumi import automation
from pulumi.automation import EngineEvent, OpType, StepEventMetadata

from coditect.graph import configuration
from coditect.graph.model import Graph
from coditect.graph.values import Json, JsonObject, items, leaves, lookup, text
from tests.engine.stand_in.cloud import OWNERS, Cloud, Thing
from tests.engine.stand_in.executables import install
from tests.engine.stand_in.provider import CLOUD
from tests.graphs import graph_of
from tools import pulumi as pulumi_tool

Program = Callable[[], None]

PASSPHRASE = "a passphrase of tests alone"
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks what is not plain in a state file."""

_NO_CHANGE = frozenset({OpType.SAME, OpType.READ, OpType.REFRESH})


class EngineError(AssertionError):
    """The engine ended a run with an error. said: everything it said."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


@dataclass
class Run:
    """What the engine told while it ran."""

    events: list[EngineEvent] = field(default_factory=list)

    def listen(self, event: EngineEvent) -> None:
        # Nothing more here: the Automation API turns an error of a listener into a mere warning.
        self.events.append(event)

    def steps(self) -> Iterator[StepEventMetadata]:
        """Every step on a resource of a provider, in order; components and providers are left out."""
        for event in self.events:
            # What a refresh finds is known when it is done; of everything else, the intention counts.
            before, after = event.resource_pre_event, event.res_outputs_event
            if before is not None and before.metadata.op != OpType.REFRESH and _is_custom(before.metadata):
                yield before.metadata
            if self._is_refresh and after is not None and _is_custom(after.metadata):
                yield after.metadata

    def changes(self) -> list[tuple[str, str]]:
        """Operation and URN of each step that changes something, or finds it changed."""
        return [(step.op.value, step.urn) for step in self.steps() if step.op not in _NO_CHANGE]

    def said(self) -> str:
        """All messages of the program, the engine and the providers."""
        return "".join(event.diagnostic_event.message for event in self.events if event.diagnostic_event is not None)

    @property
    def _is_refresh(self) -> bool:
        return any(e.resource_pre_event and e.resource_pre_event.metadata.op == OpType.REFRESH for e in self.events)


@dataclass(frozen=True)
class Deployment:
    """A stack in a directory of its own: settings, backend, cloud."""

    stack: str
    directory: Path

    @property
    def cloud(self) -> Cloud:
        return Cloud(self.directory / "cloud")

    def made(self) -> tuple[Thing, ...]:
        """What exists in the cloud because of this stack; a standby's cloud has another stack's things as well."""
        return tuple(thing for thing in self.cloud.things() if thing.urn.startswith(f"urn:pulumi:{self.stack}::"))

    @property
    def state_file(self) -> Path:
        """The file that the backend keeps."""
        return self.directory / "backend" / ".pulumi" / "stacks" / configuration.project_name() / f"{self.stack}.json"

    def resources(self) -> list[JsonObject]:
        """What the state says of each resource."""
        resources = lookup(json.loads(self.state_file.read_text()), "checkpoint", "latest", "resources")
        return [resource for resource in items(resources) if isinstance(resource, dict)]

    def plaintexts(self) -> set[str]:
        """Every secret string in the state, decrypted."""
        exported = self._pulumi("stack", "export", "--show-secrets", "--stack", self.stack)
        return set(_plaintexts(json.loads(exported)))

    def copy(self, directory: Path) -> "Deployment":
        """The same deployment, to go on with without changing this one."""
        shutil.copytree(self.directory, directory, dirs_exist_ok=True)
        return Deployment(self.stack, directory)

    def up(self, program: Program) -> Run:
        """Raises EngineError where the engine refuses."""
        run = Run()
        self._do(lambda: self._stack(program).up(on_event=run.listen, color="never", suppress_outputs=True))
        return run

    def preview(self, program: Program, *, policy_packs: Sequence[Path] = ()) -> Run:
        """policy_packs: folders of packs that the engine asks about every resource.

        Raises EngineError where the engine refuses, or where a mandatory policy does.
        """
        run = Run()
        packs = [str(folder) for folder in policy_packs]
        self._do(lambda: self._stack(program).preview(on_event=run.listen, color="never", policy_packs=packs or None))
        return run

    def refresh(self, program: Program) -> Run:
        """Raises EngineError where the engine refuses."""
        run = Run()
        self._do(lambda: self._stack(program).refresh(on_event=run.listen, color="never"))
        return run

    def destroy(self, program: Program) -> Run:
        """Raises EngineError where the engine refuses."""
        run = Run()
        self._do(lambda: self._stack(program).destroy(on_event=run.listen, color="never"))
        return run

    def _stack(self, program: Program) -> automation.Stack:
        command = pulumi_tool.find()
        return automation.create_or_select_stack(
            stack_name=self.stack,
            project_name=configuration.project_name(),
            program=program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(self.directory / "work"),
                pulumi_command=automation.PulumiCommand(root=str(command.parent.parent)),
                env_vars=environment(self.directory),
                secrets_provider="passphrase",
            ),
        )

    def _pulumi(self, *arguments: str) -> str:
        done = subprocess.run(
            [pulumi_tool.find(), *arguments],
            cwd=self.directory / "work",
            env={**os.environ, **environment(self.directory)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise EngineError(done.stderr)
        return done.stdout

    @staticmethod
    def _do(action: Callable[[], object]) -> None:
        try:
            action()
        except automation.CommandError as error:
            raise EngineError(str(error)) from None


def new_deployment(stack: str, directory: Path) -> Deployment:
    """A stack with the settings of `stacks/Pulumi.<stack>.yaml` and nothing deployed yet."""
    work = directory / "work"
    work.mkdir(parents=True)
    (directory / "backend").mkdir()
    (directory / "cloud").mkdir()
    (work / "Pulumi.yaml").write_text(yaml.safe_dump({"name": configuration.project_name(), "runtime": "python"}))
    shutil.copy(configuration.STACKS / f"Pulumi.{stack}.yaml", work)
    deployment = Deployment(stack, directory)
    standby_of = configuration.read(stack, project=configuration.project_name()).values.get("coditect:standby_of")
    if standby_of is not None:
        _found(deployment.cloud, graph_of(json.loads(standby_of) if standby_of.startswith('"') else standby_of))
    return deployment


def _found(cloud: Cloud, graph: Graph) -> None:
    """Puts what other things may belong to into a cloud: a standby finds there what it takes over."""
    for node in graph.resources:
        if node.type in OWNERS and node.type.startswith("gcp:"):
            link = text(node.outputs, "selfLink")
            cloud.create(Thing(type=node.type, id=node.id, urn=node.urn, inputs=node.inputs, self_link=link))


def environment(directory: Path) -> dict[str, str]:
    """What the engine and its plugins need: everything they keep stays in the directory."""
    plugins = directory / "plugins"
    install(plugins)
    return {
        "PATH": os.pathsep.join([str(plugins), os.environ["PATH"]]),
        "PULUMI_HOME": str(directory / "home"),
        "PULUMI_BACKEND_URL": f"file://{directory / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        # The file backend would write the whole state twice for each of 500 steps: four fifths of all processor time.
        "PULUMI_SKIP_CHECKPOINTS": "true",
        CLOUD: str(directory / "cloud"),
    }


def _plaintexts(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("plaintext"), str) and SECRET_SIGNATURE in value:
            # The engine keeps a secret as JSON text, in which there may be others.
            kept = json.loads(text(value, "plaintext"))
            yield from (v for path, v in leaves(kept) if isinstance(v, str) and not path.endswith(SECRET_SIGNATURE))
            yield from _plaintexts(kept)
        for member in value.values():
            yield from _plaintexts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _plaintexts(member)


def _is_custom(step: StepEventMetadata) -> bool:
    state = step.new or step.old
    return state is not None and bool(state.custom) and not state.type.startswith("pulumi:")
