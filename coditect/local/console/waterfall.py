"""A trace as bars below each other: each span under what caused it, placed by when it ran."""

from dataclasses import dataclass

from coditect.local.console.traces import Span, Trace

_COLUMNS = 1000


@dataclass(frozen=True, kw_only=True)
class Bar:
    """depth: how many spans are above it. offset_ms: from the trace's start. x, width: in thousandths of the whole."""

    span: Span
    depth: int
    offset_ms: float
    x: int
    width: int


def bars(trace: Trace) -> list[Bar]:
    """Every span once, in the order of causes; one whose cause is not known, or itself, stands at the top."""
    known = {span.span_id for span in trace.spans}
    below: dict[str, list[Span]] = {}
    for span in sorted(trace.spans, key=lambda span: span.started):
        below.setdefault(span.parent_id if span.parent_id in known else "", []).append(span)
    found: list[Bar] = []
    waiting = [(span, 0) for span in reversed(below.get("", []))]
    while waiting:
        span, depth = waiting.pop()
        found.append(_bar(trace, span, depth))
        waiting += [(child, depth + 1) for child in reversed(below.get(span.span_id, []))]
    shown = {bar.span.span_id for bar in found}
    found += [_bar(trace, span, 0) for span in trace.spans if span.span_id not in shown]
    return found


def _bar(trace: Trace, span: Span, depth: int) -> Bar:
    whole = max(trace.duration_ms, 0.001)
    offset = (span.started - trace.started).total_seconds() * 1000
    x = min(max(round(offset / whole * _COLUMNS), 0), _COLUMNS - 2)
    width = min(max(round(span.duration_ms / whole * _COLUMNS), 2), _COLUMNS - x)
    return Bar(span=span, depth=depth, offset_ms=offset, x=x, width=width)
