"""Spans by OpenTelemetry, sent in batches by a thread of its own: a request never waits for the collector."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from opentelemetry import context
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import Span as StandardSpan
from opentelemetry.trace import SpanKind, Status, StatusCode, get_current_span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from apps.domain.operations.tracing.silent import SILENT, Span
from apps.domain.operations.tracing.statements import described

logger = logging.getLogger(__name__)

# A page of recent requests is read by a person, who waits for no batch to fill.
_SENT_EVERY_MS = 500
# A collector on this machine answers at once or is away.
_TIMEOUT_S = 1.0


class Told:
    """Makes spans of this process. endpoint: where OTLP/HTTP takes traces."""

    def __init__(self, endpoint: str) -> None:
        # OTEL_SERVICE_NAME names the process. What the SDK sends is bound to it: threads start anew after a fork.
        provider = TracerProvider(resource=Resource.create())
        exporter = _Exporter(endpoint=endpoint, timeout=_TIMEOUT_S)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_SENT_EVERY_MS))
        self._tracer = provider.get_tracer("coditect")
        self._propagator = TraceContextTextMapPropagator()
        connection_created.connect(self._listen, dispatch_uid="tracing")

    def received(self, meta: Mapping[str, Any]) -> Span:
        parent = meta.get("HTTP_TRACEPARENT")
        if parent is None:
            return SILENT
        asked_in = self._propagator.extract({"traceparent": parent}, context=Context())
        if not get_current_span(asked_in).get_span_context().trace_flags.sampled:
            return SILENT
        return _TracedSpan(self._tracer.start_span("request", asked_in, SpanKind.SERVER), asked_in)

    def step(self, name: str) -> Span:
        return self._below(name, SpanKind.INTERNAL)

    def sql(self, statement: str) -> Span:
        if not _is_traced():
            return SILENT
        name, text = described(statement)
        return self._below(name, SpanKind.CLIENT, {"db.system.name": "postgresql", "db.query.text": text})

    def redis(self, command: str, script: str = "") -> Span:
        name = f"{command} {script}" if script else command
        return self._below(name, SpanKind.CLIENT, {"db.system.name": "redis", "db.operation.name": command})

    def kms(self, method: str) -> Span:
        told = {"rpc.system": "grpc", "rpc.service": "KeyManagementService", "rpc.method": method}
        return self._below(f"KMS {method}", SpanKind.CLIENT, told)

    def here(self) -> object | None:
        return context.get_current() if _is_traced() else None

    def within(self, where: object | None) -> Span:
        return _Place(where) if isinstance(where, Context) else SILENT

    def _below(self, name: str, kind: SpanKind, attributes: Mapping[str, str] | None = None) -> Span:
        if not _is_traced():
            return SILENT
        current = context.get_current()
        return _TracedSpan(self._tracer.start_span(name, current, kind, attributes), current)

    def _listen(self, connection: BaseDatabaseWrapper, **_: object) -> None:
        """Wrap what the ORM asks on a new connection."""
        if self._asked_by_orm not in connection.execute_wrappers:
            connection.execute_wrappers.append(self._asked_by_orm)

    def _asked_by_orm(self, execute: Callable[..., object], statement: object, *more: object) -> object:
        with self.sql(str(statement)):
            return execute(statement, *more)


class _TracedSpan:
    """Runs in this thread until it ends."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: StandardSpan, within: Context) -> None:
        self._span = span
        self._token = context.attach(set_span_in_context(span, within))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            # Its name alone: a message may hold a value.
            self._span.set_attribute("error.type", kind.__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self.end()

    def end(self) -> None:
        context.detach(self._token)
        self._span.end()

    def answered(self, *, method: str, route: str, status: int, request_id: str) -> None:
        self._span.update_name(f"{method} /{route}")
        self._span.set_attribute("http.request.method", method)
        self._span.set_attribute("http.route", f"/{route}")
        self._span.set_attribute("http.response.status_code", status)
        self._span.set_attribute("request_id", request_id)
        if status >= 500:
            self._span.set_status(Status(StatusCode.ERROR))

    def shared_by(self, count: int) -> None:
        self._span.set_attribute("shared_by", count)


class _Place:
    """A block of another thread's context."""

    __slots__ = ("_token",)

    def __init__(self, where: Context) -> None:
        self._token = context.attach(where)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.end()

    def end(self) -> None:
        context.detach(self._token)

    def answered(self, *, method: str, route: str, status: int, request_id: str) -> None:
        """It is no request."""

    def shared_by(self, count: int) -> None:
        """It is no work."""


class _Exporter(OTLPSpanExporter):
    """Says once that a collector is away; the SDK would say it with each batch (apps.configuration.logging)."""

    _is_away = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = super().export(spans)
        is_away = result is SpanExportResult.FAILURE
        if is_away and not self._is_away:
            logger.warning("Spans cannot be delivered. Requests go on; their spans are dropped until it answers.")
        self._is_away = is_away
        return result


def _is_traced() -> bool:
    return get_current_span().is_recording()
