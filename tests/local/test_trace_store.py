"""The console's store of traces: bounded, and plain about what it is sent."""

import tracemalloc
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span as ToldSpan

from coditect.local.console.traces import MOST_HELD_BYTES, Trace, TraceStore

_SECOND = 1_000_000_000


def _told(process: str, *spans: ToldSpan) -> bytes:
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = process
    resource.scope_spans.add().spans.extend(spans)
    return request.SerializeToString()


def _span(
    trace: int,
    span: int,
    *,
    parent: int = 0,
    name: str = "x",
    server: bool = False,
    notes: Mapping[str, int] | None = None,
) -> ToldSpan:
    made = ToldSpan(
        trace_id=trace.to_bytes(16, "big"),
        span_id=span.to_bytes(8, "big"),
        parent_span_id=parent.to_bytes(8, "big") if parent else b"",
        name=name,
        kind=ToldSpan.SPAN_KIND_SERVER if server else ToldSpan.SPAN_KIND_CLIENT,
        start_time_unix_nano=(trace * 10 + span) * _SECOND,
        end_time_unix_nano=(trace * 10 + span + 1) * _SECOND,
    )
    for key, value in (notes or {}).items():
        made.attributes.add(key=key).value.int_value = value
    return made


def _only(store: TraceStore) -> Trace:
    (trace,) = store.recent(10)
    return trace


def test_spans_of_several_processes_become_one_trace_in_the_order_of_their_beginning() -> None:
    store = TraceStore()
    store.add(_told("license-backend-blue", _span(1, 3, parent=2, name="EVALSHA acquire")))
    store.add(_told("license-backend-blue", _span(1, 2, parent=1, name="POST /a", server=True)))
    store.add(_told("edge", _span(1, 1, name="/api/*", server=True)))
    trace = _only(store)
    assert [span.process for span in trace.spans] == ["edge", "license-backend-blue", "license-backend-blue"]
    assert [span.parent_id for span in trace.spans] == ["", f"{1:016x}", f"{2:016x}"]
    assert (trace.root, trace.started, trace.duration_ms) == ("POST /a", datetime.fromtimestamp(11, UTC), 3000)
    assert store.trace(trace.trace_id) == trace


def test_what_only_the_edge_answered_is_named_as_the_edge_names_it() -> None:
    store = TraceStore()
    store.add(_told("edge", _span(1, 1, name="/theia", server=True)))
    assert _only(store).root == "/theia"


def test_the_newest_come_first_and_the_oldest_are_forgotten() -> None:
    store = TraceStore(most_traces=3)
    for number in range(1, 6):
        store.add(_told("edge", _span(number, 1)))
    assert [int(trace.trace_id, 16) for trace in store.recent(10)] == [5, 4, 3]
    assert [int(trace.trace_id, 16) for trace in store.recent(1)] == [5]
    assert store.recent(0) == []
    assert store.trace(f"{1:032x}") is None


def test_a_trace_keeps_its_first_spans_and_a_span_told_twice_is_one() -> None:
    store = TraceStore(most_spans=2)
    for number in (1, 1, 2, 3):
        store.add(_told("edge", _span(1, number)))
    assert [span.span_id for span in _only(store).spans] == [f"{1:016x}", f"{2:016x}"]


def _large(trace: int) -> bytes:
    """Four spans, each as large as one may be."""
    spans = [_span(trace, number) for number in range(1, 5)]
    for span in spans:
        for number in range(32):
            span.attributes.add(key=f"{number:02}{'k' * 1022}").value.string_value = "v" * 1024
    return _told("edge", *spans)


def test_the_oldest_are_forgotten_when_all_of_them_are_too_large() -> None:
    tracemalloc.start()
    try:
        store = TraceStore()
        for number in range(1, 201):
            store.add(_large(number))
        assert 0.5 * MOST_HELD_BYTES < tracemalloc.get_traced_memory()[0] <= MOST_HELD_BYTES
    finally:
        tracemalloc.stop()
    kept = [int(trace.trace_id, 16) for trace in store.recent(500)]
    assert kept == list(range(200, 200 - len(kept), -1))
    assert len(kept) < 200


def test_a_span_told_again_counts_once() -> None:
    store = TraceStore(most_bytes=1024 * 1024)
    store.add(_told("edge", _span(1, 1)))
    for _ in range(20):
        store.add(_large(2))
    assert len(store.recent(10)) == 2


@pytest.mark.parametrize(
    ("notes", "is_error"),
    [
        ({"http.status_code": 503}, True),
        ({"http.response.status_code": 500}, True),
        ({"http.response.status_code": 404}, False),
        ({}, False),
    ],
)
def test_an_answer_of_500_or_more_is_an_error(notes: dict[str, int], is_error: bool) -> None:
    store = TraceStore()
    store.add(_told("edge", _span(1, 1, notes=notes)))
    assert _only(store).spans[0].is_error is is_error


def test_shared_work_says_for_how_many() -> None:
    store = TraceStore()
    store.add(
        _told(
            "x", _span(1, 1, name="commit", notes={"shared_by": 3}), _span(1, 2, name="commit", notes={"shared_by": 1})
        )
    )
    assert [span.name for span in _only(store).spans] == ["commit (shared by 3)", "commit"]


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(ValueError, match="no ExportTraceServiceRequest"):
        TraceStore().add(b"nonsense")


def test_what_one_span_holds_is_bounded() -> None:
    told = _span(1, 1, name="é" * 2000)
    for number in range(40):
        told.attributes.add(key=f"{number}-{'k' * 2000}").value.string_value = "v" * 2000
    store = TraceStore()
    store.add(_told("p" * 2000, told))
    (span,) = _only(store).spans
    assert len(span.attributes) == 32
    words = (span.process, span.name, *span.attributes, *span.attributes.values())
    assert {len(each.encode()) for each in words} == {1024}


@pytest.mark.parametrize(
    ("field", "size"), [("trace_id", 15), ("trace_id", 4096), ("span_id", 0), ("parent_span_id", 9)]
)
def test_an_id_of_another_size_is_refused(field: str, size: int) -> None:
    told = _span(1, 1)
    setattr(told, field, b"x" * size)
    store = TraceStore()
    with pytest.raises(ValueError, match="An id has"):
        store.add(_told("edge", told))
    assert store.recent(10) == []


def test_what_a_client_wrote_is_not_kept() -> None:
    store = TraceStore()
    store.add(_told("edge", _span(1, 1, notes={"user_agent": 1, "guid:x-client-trace-id": 2, "guid:x-request-id": 3})))
    assert dict(_only(store).spans[0].attributes) == {"guid:x-request-id": "3"}
