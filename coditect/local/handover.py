"""A service's requests go from some ports to others: at no moment is there nobody, and what runs is finished."""

import time
from collections.abc import Sequence

from coditect.local.edge.endpoints import End
from coditect.local.platform import Platform
from coditect.local.process import StartError

_TAKEN_S = 30.0
_POLL_S = 0.05


def bring_in(platform: Platform, service: str, *, staying: Sequence[int], fresh: Sequence[int]) -> None:
    """Send requests to fresh ports, too. Raises StartError when the edge's own check refuses one: all is as before."""
    platform.proxy.send(service, _ends([*staying, *fresh]))
    try:
        for port in fresh:
            platform.proxy.wait_taken(service, port, timeout_s=_TAKEN_S)
    except StartError:
        platform.proxy.send(service, _ends(staying))
        raise


def see_out(platform: Platform, service: str, *, staying: Sequence[int], former: Sequence[int]) -> None:
    """Send nothing new to former ports, and return when what they had has ended or the declared time is over."""
    platform.proxy.send(service, [*(End(port=port, is_draining=True) for port in former), *_ends(staying)])
    _drain(platform, service, former)
    platform.proxy.send(service, _ends(staying))


def _drain(platform: Platform, service: str, ports: Sequence[int]) -> None:
    limit = max(backend.drain_s for backend in platform.proxy.edge.backends if backend.service == service)
    deadline = time.monotonic() + limit
    idle_since = None
    while time.monotonic() < deadline:
        if sum(platform.proxy.active(service, port) for port in ports):
            idle_since = None
        elif idle_since is None:
            idle_since = time.monotonic()
        elif time.monotonic() - idle_since > 0.5:  # longer than Envoy takes to see the new file
            return
        time.sleep(_POLL_S)


def _ends(ports: Sequence[int]) -> list[End]:
    return [End(port=port) for port in ports]
