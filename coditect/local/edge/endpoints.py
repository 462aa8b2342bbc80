"""Which ports get a backend's requests: a file that Envoy reads again whenever it is replaced."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coditect.graph.values import JsonObject
from coditect.local.edge.typed import address, resources, typed
from coditect.local.layout import write_private
from coditect.local.process import LOOPBACK


@dataclass(frozen=True, kw_only=True)
class End:
    """A pod's port. is_draining: it ends what it has and gets nothing new."""

    port: int
    is_draining: bool = False


def write_ends(directory: Path, backend: str, ends: Sequence[End]) -> None:
    """Replace the endpoints of a backend at once; requests that run are not cut."""
    assignment = typed(
        "envoy.config.endpoint.v3.ClusterLoadAssignment",
        cluster_name=backend,
        endpoints=[{"lb_endpoints": [_end(end) for end in ends]}],
    )
    write_private(directory / f"{backend}.json", json.dumps(resources(assignment)))


def _end(end: End) -> JsonObject:
    return {
        "endpoint": {"address": address(LOOPBACK, end.port)},
        "health_status": "DRAINING" if end.is_draining else "UNKNOWN",
    }
