"""Pulumi's provider protocol over the stand-in Google: a server that the engine attaches to, or a process it starts."""

import importlib.metadata
import os
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from coditect.graph.monitor import CaptureError, Computed, Declared
from coditect.graph.plausible import Plausible
from coditect.graph.replacement import forces_replacement
from coditect.graph.values import JsonObject, first_key, text
from coditect.graph.wire import send
from coditect.rehearsal.cloud import Cloud, RefusedError
from coditect.rehearsal.order import AtOnce, Order
from coditect.rehearsal.properties import as_found, changed_paths, clear, state, unknown
from coditect.rehearsal.rules import ALWAYS, secrets
from coditect.rehearsal.shelf import FileShelf, Thing

CLOUD = "STAND_IN_CLOUD"
"""Environment variable of a provider that is a process: the directory of the cloud."""

BY_HAND = "STAND_IN_FILLED_BY_HAND"
"""Environment variable of such a process: people fill this cloud's secrets. Elsewhere they count as filled."""

PACKAGES = ("gcp", "kubernetes")
"""The packages whose resources the program declares."""

# More than a stack has resources: each that waits for its turn keeps one.
_THREADS = 2000

_OPTIONS = (("grpc.max_receive_message_length", 400 * 1024 * 1024), ("grpc.max_send_message_length", 400 * 1024 * 1024))
"""Pulumi's own limit for a message, in bytes."""


class StandInProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider. Method names are the protocol's.

    engine: None until the engine attaches itself.
    """

    def __init__(
        self, package: str, cloud: Cloud, order: Order, engine: engine_pb2_grpc.EngineStub | None = None
    ) -> None:
        self._package, self._cloud, self._order, self._engine = package, cloud, order, engine
        self._settings: JsonObject = {}
        self._plausible = Plausible()

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        self._engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(request.address, options=_OPTIONS))
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:  # noqa: N802
        return plugin_pb2.PluginInfo(version=f"{importlib.metadata.version(f'pulumi-{self._package}')}+stand-in")

    def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return _difference(changed_paths(clear(request.old_inputs), clear(request.news)), frozenset())

    def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._settings = clear(request.args)
        if self._engine is not None:
            self._engine.Log(
                engine_pb2.LogRequest(
                    severity=engine_pb2.INFO,
                    message=f"stand-in for the {self._package} provider: nothing is created at Google",
                )
            )
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=False
        )

    def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        arguments = clear(request.args)
        try:
            answer = self._plausible.invoke(request.tok, arguments)
            self._cloud.ask(request.tok, arguments, project=self._project, region=self._region)
        except CaptureError as error:
            _refuse(context, grpc.StatusCode.UNIMPLEMENTED, str(error))
        except RefusedError as refusal:
            _refuse(context, grpc.StatusCode.NOT_FOUND, str(refusal))
        response = provider_pb2.InvokeResponse()
        # The field is called by a word that Python keeps for itself.
        getattr(response, "return").CopyFrom(send(answer.outputs, answer.secret))
        return response

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:  # noqa: N802
        return provider_pb2.CheckResponse(inputs=request.news, failures=list(_failures(request)))

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:  # noqa: N802
        type_ = _type(request.urn)
        old, new = clear(request.old_inputs), clear(request.news)
        ignored = tuple(request.ignoreChanges)
        paths = [path for path in changed_paths(old, new) if not path.startswith(ignored)]
        difference = _difference(paths, frozenset(p for p in paths if forces_replacement(type_, p)))
        # With the name it had, the new one can only be made when the old one is gone.
        difference.deleteBeforeReplace = bool(difference.replaces) and _name(old) == _name(new)
        return difference

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:  # noqa: N802
        inputs = clear(request.properties)
        computed = self._computed(request.urn, inputs)
        if request.preview:
            return provider_pb2.CreateResponse(
                properties=state(request.properties, unknown(computed.outputs), computed.secret)
            )
        try:
            with self._order.turn(request.urn):
                self._cloud.create(_thing(request.urn, inputs, computed), project=self._project, region=self._region)
        except RefusedError as refusal:
            _refuse(context, grpc.StatusCode.FAILED_PRECONDITION, str(refusal))
        return provider_pb2.CreateResponse(
            id=computed.id, properties=state(request.properties, computed.outputs, computed.secret)
        )

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:  # noqa: N802
        thing = self._cloud.read(_type(request.urn), request.id)
        if thing is None:
            return provider_pb2.ReadResponse()
        computed = self._computed(request.urn, thing.inputs)
        inputs = as_found(request.inputs, thing.inputs)
        return provider_pb2.ReadResponse(
            id=thing.id, inputs=inputs, properties=state(inputs, computed.outputs, computed.secret)
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:  # noqa: N802
        inputs = clear(request.news)
        computed = self._computed(request.urn, inputs)
        reported = state(request.news, computed.outputs, computed.secret)
        if not request.preview:
            thing = _thing(request.urn, inputs, Computed(id=request.id, outputs=computed.outputs))
            try:
                with self._order.turn(request.urn):
                    self._cloud.update(thing, project=self._project, region=self._region)
            except RefusedError as refusal:
                _refuse(context, grpc.StatusCode.NOT_FOUND, str(refusal))
        return provider_pb2.UpdateResponse(properties=reported)

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        try:
            with self._order.turn(request.urn):
                self._cloud.delete(_type(request.urn), request.id)
        except RefusedError as refusal:
            _refuse(context, grpc.StatusCode.FAILED_PRECONDITION, str(refusal))
        return empty_pb2.Empty()

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:  # noqa: N802
        return empty_pb2.Empty()

    def _computed(self, urn: str, inputs: JsonObject) -> Computed:
        return self._plausible.create(
            Declared(
                urn=urn,
                type=_type(urn),
                name=urn.rpartition("::")[2],
                inputs=inputs,
                project=text(inputs, "project") or self._project,
                region=text(inputs, "region") or text(inputs, "location") or self._region,
            )
        )

    @property
    def _project(self) -> str:
        return text(self._settings, "project")

    @property
    def _region(self) -> str:
        return text(self._settings, "region")


def _difference(paths: Iterable[str], replacing: frozenset[str]) -> provider_pb2.DiffResponse:
    kinds = {
        path: provider_pb2.PropertyDiff(
            kind=provider_pb2.PropertyDiff.UPDATE_REPLACE if path in replacing else provider_pb2.PropertyDiff.UPDATE,
            inputDiff=True,
        )
        for path in paths
    }
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if kinds else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=sorted({first_key(path) for path in kinds}),
        replaces=sorted({first_key(path) for path in replacing}),
        detailedDiff=kinds,
        hasDetailedDiff=True,
    )


def _failures(request: provider_pb2.CheckRequest) -> Iterable[provider_pb2.CheckFailure]:
    metadata = clear(request.news).get("metadata")
    if isinstance(metadata, dict) and not metadata.get("name"):
        yield provider_pb2.CheckFailure(
            property="metadata.name",
            reason="the stand-in makes no names, and a random one would not be in the inventory. Name it",
        )


def _name(inputs: JsonObject) -> tuple[object, object]:
    metadata = inputs.get("metadata", {})
    return inputs.get("name", metadata), inputs.get("namespace")


def _type(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _thing(urn: str, inputs: JsonObject, computed: Computed) -> Thing:
    return Thing(type=_type(urn), id=computed.id, urn=urn, inputs=inputs, self_link=text(computed.outputs, "selfLink"))


def _refuse(context: grpc.ServicerContext, code: grpc.StatusCode, message: str) -> NoReturn:
    context.abort(code, f"stand-in: {message}")
    raise AssertionError("abort always raises")


@contextmanager
def attached(cloud: Cloud, order: Order) -> Iterator[str]:
    """Serves both packages while the block runs. Gives the value of PULUMI_DEBUG_PROVIDERS, `gcp:PORT,…`."""
    servers = [_server(StandInProvider(package, cloud, order)) for package in PACKAGES]
    try:
        yield ",".join(f"{package}:{port}" for package, (_, port) in zip(PACKAGES, servers, strict=True))
    finally:
        for server, _ in servers:
            server.stop(grace=None).wait()


def serve(package: str, engine_address: str) -> None:
    """Serves as the process `pulumi-resource-<package>`, over a cloud of files, until the engine ends it."""
    engine = engine_pb2_grpc.EngineStub(grpc.insecure_channel(engine_address, options=_OPTIONS))
    rules = (*ALWAYS, *secrets.RULES) if BY_HAND in os.environ else ALWAYS
    cloud = Cloud(FileShelf(Path(os.environ[CLOUD])), rules=rules)
    server, port = _server(StandInProvider(package, cloud, AtOnce(), engine))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()


def _server(provider: StandInProvider) -> tuple[grpc.Server, int]:
    server = grpc.server(ThreadPoolExecutor(max_workers=_THREADS), options=_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port
