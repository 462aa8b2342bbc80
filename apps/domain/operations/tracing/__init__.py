"""Spans: what a request did, in which order, and how long each part took (docs/adr/0015-traces.md).

Off unless the environment names a collector: nothing of OpenTelemetry is imported then, and every span is one object
that does nothing. On, a request is traced when the edge says so in `traceparent`; probes, which have none, are not.
Spans carry names and numbers of ours: no parameter, no token, no address, no path that a client wrote.
"""

import os

from apps.domain.operations.tracing.silent import Silent, Span, Tracer

__all__ = ["Span", "Tracer", "tracer"]

_VARIABLE = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"


def _chosen() -> Tracer:
    # Not asked of settings: who signs leases alone has none.
    if not os.environ.get(_VARIABLE):
        return Silent()
    from django.conf import settings

    from apps.domain.operations.tracing.told import Told

    return Told(settings.TRACES_ENDPOINT)


tracer = _chosen()
"""The one of this process."""
