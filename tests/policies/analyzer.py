"""Speaks to a policy pack as Pulumi's engine does: starts its process, then asks over the analyzer protocol."""

import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE

from coditect.graph.configuration import ROOT
from coditect.graph.values import Json as GraphJson
from coditect.graph.wire import send
from policies.resource import Resource
from policies.values import UNKNOWN, Json

_CANNOT = "can't run policy"


@dataclass(frozen=True)
class Told:
    """What a pack answers. violations: rule, URN, message. undecided: rules that need a value nobody knows yet."""

    violations: frozenset[tuple[str, str, str]]
    undecided: frozenset[str]


class Pack:
    """A running pack."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = analyzer_pb2_grpc.AnalyzerStub(channel)

    def describe(self) -> analyzer_pb2.AnalyzerInfo:
        """Its name and policies."""
        from google.protobuf import empty_pb2

        described: analyzer_pb2.AnalyzerInfo = self._stub.GetAnalyzerInfo(empty_pb2.Empty())
        return described

    def one(self, resource: Resource) -> Told:
        """Asks about one resource's inputs."""
        return _told(
            self._stub.Analyze(
                analyzer_pb2.AnalyzeRequest(
                    type=resource.type,
                    properties=send(_wire(resource.properties.value)),
                    urn=resource.urn,
                    name=resource.name,
                    options=analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect),
                )
            ),
            resource.urn,
        )

    def all(self, resources: Sequence[Resource]) -> Told:
        """Asks about all resources' outputs at once."""
        asked = [
            analyzer_pb2.AnalyzerResource(
                type=resource.type,
                properties=send(_wire(resource.properties.value)),
                urn=resource.urn,
                name=resource.name,
                options=analyzer_pb2.AnalyzerResourceOptions(protect=resource.protect),
            )
            for resource in resources
        ]
        return _told(self._stub.AnalyzeStack(analyzer_pb2.AnalyzeStackRequest(resources=asked)), "")


@contextmanager
def running(pack: str) -> Iterator[Pack]:
    """Starts a pack as the engine's language host does, and ends it."""
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "pulumi.policy", "127.0.0.1:0", str(ROOT / "policies" / pack)],
        stdout=subprocess.PIPE,
        text=True,
        # From a folder of its own: nothing of the repository is on the path by accident.
        cwd=ROOT / "policies" / pack,
    )
    assert process.stdout is not None
    try:
        port = process.stdout.readline().strip()
        assert port.isdigit(), "the pack did not start"
        with grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", 2**26), ("grpc.enable_http_proxy", 0)]
        ) as channel:
            yield Pack(channel)
    finally:
        process.kill()
        process.wait()


def _told(response: analyzer_pb2.AnalyzeResponse, urn: str) -> Told:
    violations, undecided = set(), set()
    for diagnostic in response.diagnostics:
        if diagnostic.message.startswith(_CANNOT):
            undecided.add(diagnostic.policyName)
        else:
            message = diagnostic.message.removeprefix(diagnostic.description).strip()
            violations.add((diagnostic.policyName, diagnostic.urn or urn, message))
    return Told(frozenset(violations), frozenset(undecided))


def _wire(value: Json) -> dict[str, GraphJson]:
    sent = _plain(value)
    assert isinstance(sent, dict)
    return sent


def _plain(value: Json) -> GraphJson:
    if value is UNKNOWN:
        return UNKNOWN_STRING_VALUE
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(member) for member in value]
    return value
