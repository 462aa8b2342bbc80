"""Runs the real engine on one stack of the program: file backend, stand-in providers, nothing shared."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import yaml
from pulumi import automation
from pulumi.automation import EngineEvent, OpType, StepEventMetadata

from coditect.graph import configuration
from coditect.graph.values import Json, JsonObject, items, leaves, lookup, text
from explained import ExplainedError

Program = Callable[[], None]

PASSPHRASE = "of a rehearsal alone, nothing it encrypts is worth keeping"  # noqa: S105 - says of itself that it is none
SECRET_SIGNATURE = "4dabf18193072939515e22adb298388d"  # noqa: S105 - Pulumi's marker of what is not plain in a state

# More than a stack has resources: whatever may be made at once is asked for at once.
_PARALLEL = 2000

_NO_CHANGE = frozenset({OpType.SAME, OpType.READ, OpType.REFRESH})


class EngineError(ExplainedError):
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
    """A stack in a directory of its own: settings, backend, and what its engine keeps.

    variables: environment variables beside those that keep the engine to its directory.
    """

    stack: str
    directory: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def state_file(self) -> Path:
        """The file that the backend keeps."""
        return self.directory / "backend" / ".pulumi" / "stacks" / configuration.project_name() / f"{self.stack}.json"

    def resources(self) -> list[JsonObject]:
        """What the state says of each resource; nothing before the first run."""
        if not self.state_file.exists():
            return []
        resources = lookup(json.loads(self.state_file.read_text()), "checkpoint", "latest", "resources")
        return [resource for resource in items(resources) if isinstance(resource, dict)]

    def plaintexts(self) -> set[str]:
        """Every secret string in the state, decrypted."""
        exported = self.pulumi("stack", "export", "--show-secrets", "--stack", self.stack)
        return set(_plaintexts(json.loads(exported)))

    def up(self, program: Program, *, exclude: Sequence[str] = ()) -> Run:
        """exclude: globs over URNs that stay as they are, with all that depends on them.

        Raises EngineError where the engine refuses.
        """
        run = Run()
        self._do(
            lambda: self._stack(program).up(
                on_event=run.listen,
                color="never",
                suppress_outputs=True,
                parallel=_PARALLEL,
                exclude=list(exclude) or None,
                exclude_dependents=bool(exclude) or None,
            )
        )
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
        self._do(lambda: self._stack(program).destroy(on_event=run.listen, color="never", parallel=_PARALLEL))
        return run

    def environment(self) -> dict[str, str]:
        """What the engine and its plugins need: everything they keep stays in the directory."""
        return {
            "PULUMI_HOME": str(self.directory / "home"),
            "PULUMI_BACKEND_URL": f"file://{self.directory / 'backend'}",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            # The file backend would write the whole state twice for each of 500 steps: four fifths of all its time.
            "PULUMI_SKIP_CHECKPOINTS": "true",
            **self.variables,
        }

    def _stack(self, program: Program) -> automation.Stack:
        return automation.create_or_select_stack(
            stack_name=self.stack,
            project_name=configuration.project_name(),
            program=program,
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(self.directory / "work"),
                pulumi_command=automation.PulumiCommand(root=str(command().parent.parent)),
                env_vars=self.environment(),
                secrets_provider="passphrase",
            ),
        )

    def pulumi(self, *arguments: str) -> str:
        """Runs the command line itself, and gives what it prints. Raises EngineError where it ends with an error."""
        done = subprocess.run(  # noqa: S603 - a fixed command
            [command(), *arguments],
            cwd=self.directory / "work",
            env={**os.environ, **self.environment()},
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


def prepare(stack: str, directory: Path) -> None:
    """Makes the folders of a stack with the settings of `stacks/Pulumi.<stack>.yaml` and nothing deployed yet."""
    work = directory / "work"
    work.mkdir(parents=True)
    (directory / "backend").mkdir()
    (work / "Pulumi.yaml").write_text(yaml.safe_dump({"name": configuration.project_name(), "runtime": "python"}))
    shutil.copy(configuration.STACKS / f"Pulumi.{stack}.yaml", work)


@cache
def command() -> Path:
    """Path of the pinned Pulumi command. The first call on a machine without it builds it, in about five minutes.

    Raises EngineError where it must be built and cannot be.
    """
    found = subprocess.run(
        [sys.executable, "-m", "tools.pulumi"], cwd=configuration.ROOT, capture_output=True, text=True, check=False
    )
    if found.returncode != 0:
        raise EngineError(found.stderr)
    return Path(found.stdout.strip())


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
