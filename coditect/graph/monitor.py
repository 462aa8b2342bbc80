"""Pulumi's mock resource monitor, taught to keep what it drops: options, aliases, secrets, registered outputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from google.protobuf import empty_pb2
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks
from pulumi.runtime.proto import alias_pb2, resource_pb2

from coditect.graph import urn as urns
from coditect.graph.configuration import STAND_IN_SECRET
from coditect.graph.values import JsonObject
from coditect.graph.wire import mark_secret, overlay, receive, send
from explained import ExplainedError


class CaptureError(ExplainedError):
    """The program does something that its graph cannot show. The message says what, and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """A resource as it is registered, before there are outputs. project, region: of the provider, empty where unset."""

    urn: str
    type: str
    name: str
    inputs: JsonObject
    project: str = ""
    region: str = ""


@dataclass(frozen=True, kw_only=True)
class Computed:
    """What a provider would add to a resource. secret: names of outputs that are secrets."""

    id: str = ""
    outputs: JsonObject = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


class Provider(Protocol):
    """Answers in place of Google and Kubernetes."""

    def create(self, declared: Declared) -> Computed:
        """What creating the resource would give."""

    def invoke(self, token: str, arguments: JsonObject) -> Computed:
        """What a data source would give. Raises CaptureError where a program may not ask."""


@dataclass
class Registration:
    """All that a program says about one resource."""

    urn: str
    type: str
    name: str
    is_component: bool
    parent: str
    inputs: JsonObject
    outputs: JsonObject
    id: str
    dependencies: tuple[str, ...]
    property_dependencies: Mapping[str, tuple[str, ...]]
    protect: bool
    retain_on_delete: bool
    delete_before_replace: bool
    aliases: tuple[str, ...]
    ignore_changes: tuple[str, ...]
    replace_on_changes: tuple[str, ...]
    provider: str
    secret_paths: set[str]
    unknown_paths: set[str]


class _NoMocks(Mocks):
    """MockMonitor wants an instance; this monitor answers by itself."""

    def call(self, args: MockCallArgs) -> tuple[dict[object, object], None]:
        raise CaptureError(f"{args.token} was called as a method: only data sources are supported.")

    def new_resource(self, args: MockResourceArgs) -> tuple[str, dict[object, object]]:
        raise AssertionError(f"{args.name} bypassed the recording monitor")


class RecordingMonitor(MockMonitor):
    """Answers a program as the engine would, and records all it registers. One program, one monitor."""

    def __init__(self, stack: str, project: str, provider: Provider) -> None:
        super().__init__(_NoMocks())
        self._stack, self._project, self._provider = stack, project, provider
        self.registrations: dict[str, Registration] = {}
        self.plaintexts: set[str] = {STAND_IN_SECRET}

    def Invoke(self, request: resource_pb2.ResourceInvokeRequest) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802 - the protocol's name
        arguments = receive(request.args)
        self.plaintexts |= arguments.plaintexts
        response = resource_pb2.ResourceInvokeResponse()
        # The field is called by a word that Python keeps for itself.
        getattr(response, "return").CopyFrom(self._sent(self._provider.invoke(request.tok, arguments.properties)))
        return response

    def ReadResource(self, request: resource_pb2.ReadResourceRequest) -> resource_pb2.ReadResourceResponse:  # noqa: N802 - the protocol's name
        raise CaptureError(
            f"{request.type} {request.name} is read from the cloud (`.get`): a preview without credentials would fail. "
            "Build its name or self link from settings instead."
        )

    def RegisterResource(  # noqa: N802 - the protocol's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        urn = urns.make(self._stack, self._project, request.parent, request.type, request.name)
        if urn in self.registrations:
            raise CaptureError(
                f"{request.type} {request.name} is declared twice: the engine refuses the second. Rename one of them."
            )
        inputs = receive(request.object)
        self.plaintexts |= inputs.plaintexts
        provider = request.provider.rpartition("::")[0]
        computed = Computed()
        if request.custom:
            computed = self._provider.create(self._declared(urn, request, inputs.properties, provider))
        answer = self._answer(request, computed)
        outputs = receive(answer)
        self.plaintexts |= outputs.plaintexts
        self.registrations[urn] = Registration(
            urn=urn,
            type=request.type,
            name=request.name,
            is_component=not request.custom,
            parent=request.parent,
            inputs=inputs.properties,
            outputs=outputs.properties if request.custom else {},
            id=computed.id,
            dependencies=tuple(sorted(request.dependencies)),
            property_dependencies={
                key: tuple(sorted(value.urns)) for key, value in request.propertyDependencies.items() if value.urns
            },
            protect=self._inherited_protection(request),
            retain_on_delete=request.retainOnDelete,
            delete_before_replace=request.deleteBeforeReplace,
            aliases=self._aliases(request),
            ignore_changes=tuple(request.ignoreChanges),
            replace_on_changes=tuple(request.replaceOnChanges),
            provider=provider,
            secret_paths=inputs.secrets | outputs.secrets,
            unknown_paths=inputs.unknown,
        )
        return resource_pb2.RegisterResourceResponse(urn=urn, id=computed.id, object=answer)

    def RegisterResourceOutputs(self, request: resource_pb2.RegisterResourceOutputsRequest) -> empty_pb2.Empty:  # noqa: N802 - the protocol's name
        outputs = receive(request.outputs)
        self.plaintexts |= outputs.plaintexts
        registration = self.registrations[request.urn]
        registration.outputs = outputs.properties
        registration.secret_paths |= outputs.secrets
        return empty_pb2.Empty()

    def _declared(
        self, urn: str, request: resource_pb2.RegisterResourceRequest, inputs: JsonObject, provider: str
    ) -> Declared:
        settings = self.registrations[provider].inputs if provider in self.registrations else {}
        return Declared(
            urn=urn,
            type=request.type,
            name=request.name,
            inputs=inputs,
            project=str(inputs.get("project") or settings.get("project") or ""),
            region=str(inputs.get("region") or inputs.get("location") or settings.get("region") or ""),
        )

    def _answer(self, request: resource_pb2.RegisterResourceRequest, computed: Computed) -> Struct:
        """Inputs echoed, secrets still secret, and what the provider computes beside them."""
        answer = self._sent(computed)
        overlay(answer, request.object)
        for key in request.additionalSecretOutputs:
            mark_secret(answer, key)
        return answer

    def _sent(self, computed: Computed) -> Struct:
        return send(computed.outputs, computed.secret)

    def _inherited_protection(self, request: resource_pb2.RegisterResourceRequest) -> bool:
        if request.HasField("protect"):
            return request.protect
        parent = self.registrations.get(request.parent)
        return parent is not None and parent.protect

    def _aliases(self, request: resource_pb2.RegisterResourceRequest) -> tuple[str, ...]:
        own = [self._alias_urn(alias, request) for alias in request.aliases] + list(request.aliasURNs)
        parent = self.registrations.get(request.parent)
        names = {request.name, *(urns.name_of(alias) for alias in own)}
        if parent is not None:
            own += [
                urns.inherited(name, request.type, parent.name, alias) for alias in parent.aliases for name in names
            ]
        return tuple(sorted(set(own)))

    def _alias_urn(self, alias: alias_pb2.Alias, request: resource_pb2.RegisterResourceRequest) -> str:
        """The URN that an alias means; what it leaves out is taken from the resource."""
        if alias.WhichOneof("alias") == "urn":
            return alias.urn
        spec = alias.spec
        parent = "" if spec.noParent else spec.parentUrn or request.parent
        return urns.make(
            spec.stack or self._stack,
            spec.project or self._project,
            parent,
            spec.type or request.type,
            spec.name or request.name,
        )
