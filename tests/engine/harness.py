"""Deployments of tests: the real engine with providers that are processes, over a cloud of files."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from coditect.graph import configuration
from coditect.graph.model import Graph
from coditect.graph.values import text
from coditect.rehearsal import engine
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.engine import SECRET_SIGNATURE, EngineError, Program, Run
from coditect.rehearsal.project import made_by_hand
from coditect.rehearsal.provider import CLOUD
from coditect.rehearsal.rules.existence import OWNERS
from coditect.rehearsal.shelf import FileShelf, Thing
from tests.engine.stand_in.executables import install
from tests.graphs import graph_of


@dataclass(frozen=True)
class Deployment(engine.Deployment):
    """A stack in a directory of its own: settings, backend, cloud."""

    @property
    def cloud(self) -> Cloud:
        return Cloud(FileShelf(self.directory / "cloud"))

    def made(self) -> tuple[Thing, ...]:
        """What exists in the cloud because of this stack; a standby's cloud has another stack's things as well."""
        return tuple(thing for thing in self.cloud.things() if thing.urn.startswith(f"urn:pulumi:{self.stack}::"))

    def copy(self, directory: Path) -> "Deployment":
        """The same deployment, to go on with without changing this one."""
        shutil.copytree(self.directory, directory, dirs_exist_ok=True)
        return Deployment(self.stack, directory)

    def environment(self) -> dict[str, str]:
        return environment(self.directory)


def new_deployment(stack: str, directory: Path) -> Deployment:
    """A stack with the settings of `stacks/Pulumi.<stack>.yaml` and nothing deployed yet."""
    engine.prepare(stack, directory)
    (directory / "cloud").mkdir()
    deployment = Deployment(stack, directory)
    settings = configuration.read(stack, project=configuration.project_name()).values
    for thing in made_by_hand(text(json.loads(settings["coditect:google"]), "project")):
        deployment.cloud.create(thing)
    standby_of = settings.get("coditect:standby_of")
    if standby_of is not None:
        _found(deployment.cloud, graph_of(json.loads(standby_of) if standby_of.startswith('"') else standby_of))
    return deployment


def _found(cloud: Cloud, graph: Graph) -> None:
    """Puts what other things may belong to into a cloud: a standby finds there what it takes over."""
    for node in graph.resources:
        # A promoted replica is taken over by an import of its own: test_adoption.py. Here the standby makes one.
        if node.type in OWNERS and node.type.startswith("gcp:") and not node.type.startswith("gcp:sql/"):
            link = text(node.outputs, "selfLink")
            cloud.create(Thing(type=node.type, id=node.id, urn=node.urn, inputs=node.inputs, self_link=link))


def environment(directory: Path) -> dict[str, str]:
    """What the engine and its plugins need: everything they keep stays in the directory."""
    plugins = directory / "plugins"
    install(plugins)
    return {
        **engine.Deployment("", directory).environment(),
        "PATH": os.pathsep.join([str(plugins), os.environ["PATH"]]),
        CLOUD: str(directory / "cloud"),
    }


__all__ = ["SECRET_SIGNATURE", "Deployment", "EngineError", "Program", "Run", "environment", "new_deployment"]
