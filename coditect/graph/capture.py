"""Runs a stack's program without a cloud and returns what it declares."""

import asyncio
import contextvars
import gc
import runpy
import threading
from collections.abc import Callable, Iterator, Set
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ParamSpec, TypeVar

import pulumi.runtime.resource
import pulumi.runtime.settings
from pulumi.runtime import set_all_config
from pulumi.runtime.proto import engine_pb2, source_pb2
from pulumi.runtime.stack import run_in_stack

from coditect.graph import configuration
from coditect.graph.configuration import Configuration
from coditect.graph.model import Graph, Node
from coditect.graph.monitor import CaptureError, Provider, RecordingMonitor, Registration
from coditect.graph.plausible import FirstPreview, Plausible
from coditect.graph.values import leaves
from infra.catalog import CatalogError
from infra.settings import SettingsError

P = ParamSpec("P")
T = TypeVar("T")

Program = Callable[[], object]
Progress = Callable[[str], None]

ENTRY = configuration.STACKS / "__main__.py"


def run_entry() -> None:
    """The program of every stack, run as Pulumi runs it."""
    runpy.run_path(str(ENTRY), run_name="__main__")


def capture(
    stack: str,
    *,
    program: Program = run_entry,
    directory: Path = configuration.STACKS,
    progress: Progress = lambda _: None,
    previews: bool = True,
) -> Graph:
    """The resource graph of a stack. Needs no credentials, no network and no Pulumi command.

    The program runs twice: with plausible computed values, which the graph then holds, and with unknown ones, as a
    first preview sees them. Captures of several stacks in one process do not see each other.

    directory: where `Pulumi.<stack>.yaml` stands.
    previews: False leaves the second run and its checks out, and no computed path is known: for a reader that needs
    neither and must be quick, where the checks of the inventory run beside it.
    Raises the program's own error (SettingsError, CatalogError), and CaptureError where the two runs disagree, where a
    secret shows, or where the program would need the cloud to be previewed.
    """
    project = configuration.project_name()
    config = configuration.read(stack, project=project, directory=directory)

    with _without_needless_work():
        progress("with plausible values")
        known = _run(stack, project, config, program, Plausible(), is_preview=False)
        unknown = known
        if previews:
            progress("as a first preview sees it")
            unknown = _run(stack, project, config, program, FirstPreview(), is_preview=True)
    _check_same_resources(known.registrations.keys(), unknown.registrations.keys())
    _check_no_secret_shows(known)
    nodes = {r.urn: _node(r, unknown.registrations[r.urn]) for r in known.registrations.values()}
    _check_nothing_computed_is_missing(nodes)
    return Graph(stack=stack, project=project, nodes=nodes)


@contextmanager
def _without_needless_work() -> Iterator[None]:
    """Leaves out two things that together are half of a run's time and that nothing here reads: stack traces of every
    resource (for the engine's messages), and looking for garbage among objects that all stay until the run ends."""
    was_collecting = gc.isenabled()
    gc.disable()
    stack_trace = pulumi.runtime.resource._get_stack_trace
    pulumi.runtime.resource._get_stack_trace = source_pb2.StackTrace
    try:
        yield
    finally:
        pulumi.runtime.resource._get_stack_trace = stack_trace
        if was_collecting:
            gc.enable()


@dataclass
class _Engine:
    """Takes the program's log messages. An error message fails the run, as it does in the engine."""

    errors: list[str]

    def Log(self, request: engine_pb2.LogRequest) -> None:  # noqa: N802 - the protocol's name
        if request.severity == engine_pb2.ERROR:
            self.errors.append(request.message)


def _run(
    stack: str, project: str, config: Configuration, program: Program, provider: Provider, *, is_preview: bool
) -> RecordingMonitor:
    monitor = RecordingMonitor(stack, project, provider)
    engine = _Engine([])

    def in_context() -> None:
        # Pulumi keeps its settings in context variables: a fresh context is a fresh runtime.
        pulumi.runtime.settings.configure(
            pulumi.runtime.settings.Settings(
                project=project,
                stack=stack,
                organization="organization",
                root_directory=str(configuration.ROOT),
                monitor=monitor,
                engine=engine,
                dry_run=is_preview,
            )
        )
        set_all_config(dict(config.values), list(config.secret_keys))
        asyncio.run(_in_stack(program))

    failures: list[BaseException] = []

    def in_thread() -> None:
        try:
            contextvars.Context().run(in_context)
        except BaseException as error:
            failures.append(error)

    # A thread of its own has no running event loop, whoever calls.
    thread = threading.Thread(target=in_thread, name=f"capture-{stack}")
    thread.start()
    thread.join()
    if failures:
        raise _cause(failures[0])
    if engine.errors:
        raise CaptureError(f"The program of {stack} logged an error: {engine.errors[0]}")
    return monitor


def _cause(error: BaseException) -> BaseException:
    """Pulumi wraps what is raised while a resource's inputs are computed: the program's own error is further inside."""
    # Pulumi raises the first failure from itself, which makes a ring of its causes; the context still leads inside.
    seen: list[BaseException] = []
    inside: list[BaseException | None] = [error]
    while inside:
        inner = inside.pop()
        if isinstance(inner, SettingsError | CatalogError | CaptureError):
            return inner
        if inner is not None and inner not in seen:
            seen.append(inner)
            inside += [inner.__context__, inner.__cause__]
    return error


class _AtOnce(ThreadPoolExecutor):
    """Answers in the caller's thread: the monitor never waits for anything, and the program's order stays its own."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        done: Future[T] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:
            done.set_exception(error)
        return done


async def _in_stack(program: Program) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(_AtOnce())
    # The first error is raised below; asyncio would print those that follow from it.
    loop.set_exception_handler(lambda _loop, _context: None)

    async def run() -> None:
        program()
        await _settled()

    await run_in_stack(run)


async def _settled() -> None:
    """Waits until every value is computed. Pulumi would wait too, but for the first of all of them, again and again:
    with thousands of outputs that is most of a capture's time."""
    runtime = pulumi.runtime.settings.SETTINGS
    while pending := [task for task in (*runtime.outputs, *runtime.rpc_manager.rpcs) if not task.done()]:
        await asyncio.wait(pending)


def _node(known: Registration, unknown: Registration) -> Node:
    return Node(
        urn=known.urn,
        type=known.type,
        name=known.name,
        is_component=known.is_component,
        inputs=known.inputs,
        outputs=known.outputs,
        parent=known.parent or None,
        dependencies=known.dependencies,
        property_dependencies=known.property_dependencies,
        protect=known.protect,
        retain_on_delete=known.retain_on_delete,
        delete_before_replace=known.delete_before_replace,
        aliases=known.aliases,
        ignore_changes=known.ignore_changes,
        replace_on_changes=known.replace_on_changes,
        secret_paths=frozenset(known.secret_paths),
        computed_paths=frozenset(unknown.unknown_paths),
        provider=known.provider or None,
        id=known.id,
    )


def _check_same_resources(known: Set[str], unknown: Set[str]) -> None:
    only_known, only_unknown = sorted(known - unknown), sorted(unknown - known)
    if only_known or only_unknown:
        raise CaptureError(
            "A first preview would show other resources than the deployment makes, so nobody could review it. "
            "No resource may be declared inside `apply`, nor depend on a value that is computed. "
            f"Only with known values: {', '.join(only_known) or 'none'}. "
            f"Only in a first preview: {', '.join(only_unknown) or 'none'}."
        )


def _check_no_secret_shows(monitor: RecordingMonitor) -> None:
    for registration in monitor.registrations.values():
        for kind, properties in (("input", registration.inputs), ("output", registration.outputs)):
            for path, value in leaves(properties):
                if isinstance(value, str) and any(secret in value for secret in monitor.plaintexts):
                    raise CaptureError(
                        f"{registration.type} {registration.name}: {kind} {path} holds a value that is a secret "
                        "elsewhere, but is not marked as one here: it would stand in state and in logs in clear. "
                        "Keep it inside its Output, or wrap it with pulumi.Output.secret."
                    )


def _check_nothing_computed_is_missing(nodes: dict[str, Node]) -> None:
    """What a first preview does not know yet must have a value with plausible outputs: else a form is missing there."""
    for node in nodes.values():
        present = {path for path, _ in leaves(node.inputs)}
        for path in sorted(node.computed_paths - node.secret_paths):
            if not any(p == path or p.startswith((f"{path}.", f"{path}[")) for p in present):
                sources = ", ".join(sorted(d.rpartition("::")[2] for d in node.dependencies)) or "nothing"
                raise CaptureError(
                    f"{node.type} {node.name}: input {path} is computed, but no plausible value came for it. "
                    f"Add the output it is made of to coditect/graph/plausible.py (it depends on: {sources})."
                )
