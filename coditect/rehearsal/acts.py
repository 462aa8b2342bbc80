"""The acts of a rehearsal: a first deployment, an update, a new signing key, a lost region, the end."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pulumi

from coditect.graph import configuration
from coditect.graph.capture import capture, run_entry
from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from coditect.rehearsal.cloud import Cloud
from coditect.rehearsal.engine import Program
from coditect.rehearsal.order import drawn, needs
from coditect.rehearsal.project import empty, fill_secrets, surroundings
from coditect.rehearsal.rules import ALL
from coditect.rehearsal.shelf import MemoryShelf, Thing
from coditect.rehearsal.stage import Act, Stage
from coditect.rehearsal.surroundings import Surroundings
from coditect.rehearsal.types import INSTANCE
from infra.settings import Settings, StackName, load

Progress = Callable[[str], None]

_DEPLOYMENT = "kubernetes:apps/v1:Deployment"
DATABASE = "gcp:sql/database:Database"
ADOPTED = ("database-primary", "database-database-*")
"""What a standby takes over, by logical name: as docs/runbooks/fail-over-region.md has it."""
_DATABASES = "**$gcp:sql/**"
_DISPOSABLE = frozenset({StackName.DEV, StackName.LOCAL})


def rehearse(stack: str, seed: int, directory: Path, progress: Progress = lambda _: None) -> Iterator[Act]:
    """Plays the acts of a stack, one after the other.

    directory: an empty one, for what the engines keep. progress: told the title of what begins.
    Raises SettingsError where there is no such stack, EngineError where an engine cannot go on.
    """
    settings = settings_of(stack)
    cloud = cloud_of(stack, settings)
    stage = Stage(stack=stack, directory=directory / stack, cloud=cloud, seed=seed)

    yield from deploy(stage, settings, progress)
    progress("an update")
    yield stage.up("Another image of one service", with_image(f"sha256:{'5' * 64}"))
    if settings.standby_of is None:
        progress("a new signing key")
        stage.set("signing", versions=settings.signing.versions + 1)
        yield stage.up("A new version of the signing key")
    for standby in _standbys_of(settings):
        progress(f"fail-over to {standby}")
        other = settings_of(standby)
        there = Cloud(
            cloud.shelf, rules=ALL, surroundings=cloud.surroundings, cluster=standby, goes_on=True, run=cloud.run
        )
        promote(there, _graph(standby))
        yield from deploy(Stage(stack=standby, directory=directory / standby, cloud=there, seed=seed), other, progress)
    if settings.stack in _DISPOSABLE:
        progress("its end")
        yield stage.destroy("Destroying it")


def deploy(stage: Stage, settings: Settings, progress: Progress = lambda _: None) -> Iterator[Act]:
    """A first deployment: in two passes where people must fill secrets between them."""
    if settings.standby_of is not None:
        progress(f"first up of {stage.stack}")
        yield stage.adopt(f"First up of {stage.stack}, without the database that was promoted", ADOPTED, _DATABASES)
        yield stage.up(f"Second up of {stage.stack}, after it has taken over the database")
        return
    progress("first pass on an empty project")
    stage.set("secrets", filled=False)
    yield stage.up("First pass on an empty project: up to the secrets")
    filled = fill_secrets(stage.cloud)
    progress("second pass")
    stage.set("secrets", filled=True)
    yield stage.up(f"Second pass, after people have filled {filled} secrets")


def cloud_of(stack: str, settings: Settings) -> Cloud:
    """The stand-in Google in which a stack is rehearsed: of a standby, with all that its owner has there."""
    above = tuple(_graph(name) for name in configuration.stack_names() if _may_hold_zones(name, settings))
    around = surroundings(settings, above)
    shelf = empty(settings)
    if settings.standby_of is not None:
        found(_graph(settings.standby_of.value), shelf, around)
    cloud = Cloud(shelf, rules=ALL, surroundings=around, cluster=stack, goes_on=True)
    if settings.standby_of is not None:
        promote(cloud, _graph(stack))
    return cloud


def found(graph: Graph, shelf: MemoryShelf, around: Surroundings) -> None:
    """Puts everything of another stack onto a shelf, without asking any rule."""
    cloud = Cloud(shelf, rules=(), surroundings=around, cluster=graph.stack)
    walk(graph, cloud, seed=0)
    fill_secrets(cloud)


def promote(cloud: Cloud, graph: Graph) -> None:
    """What people do when a region is lost: the replica that a standby names becomes a database of its own.

    Its databases came with the data: they exist where the standby's program looks for them.
    """
    for node in graph.of_type(INSTANCE, DATABASE):
        if not _is_adopted(node):
            continue
        standing = cloud.read(node.type, node.id)
        inputs = dict(node.inputs if standing is None else standing.inputs)
        inputs.pop("masterInstanceName", None)
        urn = node.urn if standing is None else standing.urn
        cloud.shelf.store(f"/{node.id}", Thing(type=node.type, id=node.id, urn=urn, inputs=inputs))


def _is_adopted(node: Node) -> bool:
    return any(fnmatchcase(node.name, name) for name in ADOPTED)


def walk(graph: Graph, cloud: Cloud, seed: int) -> None:
    """Creates what a graph declares without an engine, in an order that its dependencies allow and a seed draws.

    What a standby takes over is updated, where it stands.
    """
    for urn in drawn(seed, needs(graph)):
        node = graph.nodes[urn]
        provider = graph.nodes.get(node.provider or "")
        given = provider.inputs if provider is not None else {}
        link = text(node.outputs, "selfLink")
        thing = Thing(type=node.type, id=node.id, urn=node.urn, inputs=node.inputs, self_link=link)
        is_adopted = _is_adopted(node) and cloud.read(node.type, node.id) is not None
        act = cloud.update if is_adopted else cloud.create
        act(thing, project=text(given, "project"), region=text(given, "region"))
    cloud.settle()


def with_image(digest: str) -> Program:
    """The program with another image in one deployment, as a release makes it."""

    def change(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != _DEPLOYMENT or not args.name.startswith("license-backend"):
            return None
        spec: Any = args.props["spec"]  # the SDK lets an Output stand there too; the program writes it out
        container = spec.template.spec.containers[0]
        container.image = pulumi.Output.from_input(container.image).apply(
            lambda image: f"{image.partition('@')[0]}@{digest}"
        )
        return pulumi.ResourceTransformationResult(props=args.props, opts=args.opts)

    def program() -> None:
        pulumi.runtime.register_stack_transformation(change)
        run_entry()

    return program


def settings_of(stack: str) -> Settings:
    """The settings of a stack. Raises SettingsError."""
    return load(stack, configuration.read(stack, project=configuration.project_name()).values)


def _graph(stack: str) -> Graph:
    if stack not in _GRAPHS:
        _GRAPHS[stack] = capture(stack, previews=False)
    return _GRAPHS[stack]


_GRAPHS: dict[str, Graph] = {}


def _may_hold_zones(name: str, settings: Settings) -> bool:
    other = settings_of(name)
    is_above = any(
        mine.endswith(f".{theirs}")
        for mine in (settings.domains.site, settings.domains.apps)
        for theirs in (other.domains.site, other.domains.apps)
    )
    return is_above and other.standby_of is None


def _standbys_of(settings: Settings) -> Iterator[str]:
    for name in configuration.stack_names():
        if settings_of(name).standby_of == settings.stack:
            yield name
