"""Spans: what a request did, in which order, and how long each part took (docs/adr/0015-traces.md).

Off unless TRACES_ENDPOINT is set: nothing of OpenTelemetry is imported then, and every span is one object that does
nothing. On, a request is traced when the edge says so in `traceparent`; probes, which have none, are not. Spans carry
names and numbers of ours: no parameter, no token, no address, no path that a client wrote.
"""

from django.conf import settings

from apps.domain.operations.tracing.silent import Silent, Span, Tracer

__all__ = ["Span", "Tracer", "tracer"]


def _chosen() -> Tracer:
    if settings.TRACES_ENDPOINT is None:
        return Silent()
    from apps.domain.operations.tracing.told import Told

    return Told(settings.TRACES_ENDPOINT)


tracer = _chosen()
"""The one of this process."""
