"""The last requests with their spans, as the processes of this platform tell them (OTLP/HTTP, protobuf)."""

import sys
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType

from aiohttp import web
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1 import trace_pb2

_MOST_TRACES = 500
_MOST_SPANS = 200
"""Of one trace: a page that asks the database a thousand times is told of by its first two hundred."""
MOST_BYTES = 4 * 1024 * 1024
"""Of one message."""
MOST_HELD_BYTES = 32 * 1024 * 1024
"""Of all traces in memory: whoever is on this machine may send spans."""
# Of a span without its words and its attributes, measured: the object, its instant and its place in the trace.
_SPAN_BYTES = 512
_MOST_ATTRIBUTES = 32
_MOST_TEXT_BYTES = 1024
"""Of a name and of a value."""
_TRACE_ID_BYTES, _SPAN_ID_BYTES = 16, 8
# Envoy tells of these whatever the client wrote, and offers no way not to.
_OF_CLIENTS = ("user_agent", "guid:x-client-")
_KINDS = {
    trace_pb2.Span.SPAN_KIND_SERVER: "server",
    trace_pb2.Span.SPAN_KIND_CLIENT: "client",
    trace_pb2.Span.SPAN_KIND_PRODUCER: "producer",
    trace_pb2.Span.SPAN_KIND_CONSUMER: "consumer",
}
_EDGE = "edge"


@dataclass(frozen=True, kw_only=True)
class Span:
    """A part of a request. parent_id: "" for the first. process: as `coditect status` names it.

    kind: server (answers), client (asks another), internal, producer or consumer.
    """

    span_id: str
    parent_id: str
    process: str
    name: str
    kind: str
    started: datetime
    duration_ms: float
    is_error: bool
    attributes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Trace:
    """A request. root: what was asked, by the application's route where one answered.

    spans: in the order in which they began.
    """

    trace_id: str
    started: datetime
    duration_ms: float
    root: str
    spans: tuple[Span, ...]


class TraceStore:
    """The last traces, in memory. Safe for many threads.

    most_bytes: of all of them together; the oldest are forgotten for it.
    """

    def __init__(
        self, *, most_traces: int = _MOST_TRACES, most_spans: int = _MOST_SPANS, most_bytes: int = MOST_HELD_BYTES
    ) -> None:
        self._most_traces = most_traces
        self._most_spans = most_spans
        self._most_bytes = most_bytes
        self._bytes = 0
        self._spans: OrderedDict[str, dict[str, Span]] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, body: bytes) -> None:
        """Take in an ExportTraceServiceRequest. Raises ValueError for what is none."""
        told = ExportTraceServiceRequest()
        try:
            told.ParseFromString(body)
        except DecodeError as error:
            raise ValueError(f"This is no ExportTraceServiceRequest: {error}") from None
        found = [
            (_id(span.trace_id, _TRACE_ID_BYTES), _span(span, process))
            for resource in told.resource_spans
            for process in [_attributes(resource.resource.attributes).get("service.name", "unknown")]
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        with self._lock:
            for trace_id, span in found:
                self._add(trace_id, span)

    def recent(self, limit: int) -> list[Trace]:
        """The newest first."""
        with self._lock:
            newest = [(trace_id, tuple(self._spans[trace_id].values())) for trace_id in reversed(self._spans)]
        traces = sorted((_trace(*one) for one in newest), key=lambda trace: trace.started, reverse=True)
        return traces[: max(0, limit)]

    def trace(self, trace_id: str) -> Trace | None:
        """One of those that are remembered."""
        with self._lock:
            spans = tuple(self._spans.get(trace_id, {}).values())
        return _trace(trace_id, spans) if spans else None

    def _add(self, trace_id: str, span: Span) -> None:
        spans = self._spans.setdefault(trace_id, {})
        if span.span_id in spans:
            self._bytes -= _size(spans.pop(span.span_id))
        if len(spans) < self._most_spans:
            spans[span.span_id] = span
            self._bytes += _size(span)
        while len(self._spans) > self._most_traces or self._bytes > self._most_bytes:
            _, forgotten = self._spans.popitem(last=False)
            self._bytes -= sum(_size(each) for each in forgotten.values())


def receiver(store: TraceStore) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The handler of `POST /v1/traces`, as OTLP/HTTP asks for it."""

    async def receive(request: web.Request) -> web.Response:
        if request.content_type != "application/x-protobuf":
            raise web.HTTPUnsupportedMediaType(text="Send application/x-protobuf.")
        if (request.content_length or 0) > MOST_BYTES:
            raise web.HTTPRequestEntityTooLarge(max_size=MOST_BYTES, actual_size=request.content_length or 0)
        try:
            store.add(await request.read())
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from None
        # An empty ExportTraceServiceResponse: all was taken.
        return web.Response(body=b"", content_type="application/x-protobuf")

    return receive


def _trace(trace_id: str, spans: tuple[Span, ...]) -> Trace:
    ordered = tuple(sorted(spans, key=lambda span: span.started))
    started = ordered[0].started
    ends = max((span.started - started).total_seconds() * 1000 + span.duration_ms for span in ordered)
    answered = next((span for span in ordered if span.kind == "server" and span.process != _EDGE), ordered[0])
    return Trace(trace_id=trace_id, started=started, duration_ms=ends, root=answered.name, spans=ordered)


def _span(span: trace_pb2.Span, process: str) -> Span:
    name, attributes = _cut(span.name), _attributes(span.attributes)
    shared_by = attributes.get("shared_by", "1")
    status = attributes.get("http.response.status_code") or attributes.get("http.status_code", "")
    return Span(
        span_id=_id(span.span_id, _SPAN_ID_BYTES),
        parent_id=_id(span.parent_span_id, _SPAN_ID_BYTES) if span.parent_span_id else "",
        process=process,
        name=name if shared_by == "1" else f"{name} (shared by {shared_by})",
        kind=_KINDS.get(span.kind, "internal"),
        started=datetime.fromtimestamp(span.start_time_unix_nano / 1e9, UTC),
        duration_ms=max(0, span.end_time_unix_nano - span.start_time_unix_nano) / 1e6,
        is_error=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR or status.startswith("5"),
        attributes=MappingProxyType(attributes),
    )


def _size(span: Span) -> int:
    """Bytes in memory."""
    words = (span.span_id, span.parent_id, span.process, span.name, *span.attributes, *span.attributes.values())
    return _SPAN_BYTES + sys.getsizeof(dict(span.attributes)) + sum(sys.getsizeof(each) for each in words)


def _attributes(told: Iterable[KeyValue]) -> dict[str, str]:
    kept = (each for each in told if not each.key.startswith(_OF_CLIENTS))
    return {_cut(each.key): _cut(_text(each.value)) for each in islice(kept, _MOST_ATTRIBUTES)}


def _id(told: bytes, size: int) -> str:
    if len(told) != size:
        raise ValueError(f"An id has {len(told)} bytes and needs {size}.")
    return told.hex()


def _cut(words: str) -> str:
    return words.encode()[:_MOST_TEXT_BYTES].decode(errors="ignore")


def _text(value: AnyValue) -> str:
    which = value.WhichOneof("value")
    return "" if which is None else str(getattr(value, which))
