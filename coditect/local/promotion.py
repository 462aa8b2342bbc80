"""Blue and green: the other colour is started, proven ready, given the traffic; the old one drains and ends."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from coditect.local.control import ControlError
from coditect.local.declared import Pod
from coditect.local.edge.endpoints import End
from coditect.local.layout import write_names
from coditect.local.platform import Platform
from coditect.local.process import StartError

_OTHER = {"blue": "green", "green": "blue"}
_TAKEN_S = 30.0
_POLL_S = 0.05


def promote(
    platform: Platform, service: str, *, said: Callable[[str], None], changes: Mapping[str, str] | None = None
) -> str:
    """Send a service's requests to its other colour. Returns the colour that has them now.

    changes: variables of the new colour alone, as a release that changes them would have.
    Raises ControlError when the new colour does not become ready: it got no request, and nothing has moved.
    """
    with platform.moving:
        old = platform.active_colour(service)
        if old not in _OTHER:
            raise ControlError(f"{service} has no two colours. Promote a service of ours, such as gateway-backend.")
        new = _OTHER[old]
        pod = platform.web_pod(service, new)
        if changes:
            pod = replace(pod, environment={**pod.environment, **changes})
        said(f"starting {pod.name}")
        fresh = _started(platform, pod)
        former = platform.web_ports(service)
        # Both, until the load balancer's own check has seen the new one: at no moment is there nobody.
        platform.proxy.send(service, [*_ends(former), *_ends(fresh)])
        try:
            for port in fresh:
                platform.proxy.wait_taken(service, port, timeout_s=_TAKEN_S)
        except StartError as error:
            platform.proxy.send(service, _ends(former))
            platform.forget(pod)
            raise ControlError(f"{pod.name} failed the edge's health check and got no more requests. {error}") from None
        said(f"{pod.name} takes the requests; {service} {old} drains")
        platform.proxy.send(service, [*(End(port=port, is_draining=True) for port in former), *_ends(fresh)])
        _drain(platform, service, former)
        platform.proxy.send(service, _ends(fresh))
        platform.colours[service] = new
        write_names(platform.layout.colours, platform.colours)
        platform.forget(platform.web_pod(service, old))
        said(f"{service} is {new}")
        return new


def _started(platform: Platform, pod: Pod) -> list[int]:
    units = platform.begin_pod(pod)
    try:
        for unit in units:
            unit.wait_ready()
    except StartError as error:
        platform.forget(pod)
        raise ControlError(f"{pod.name} did not become ready, so nothing has moved. {error}") from None
    return platform.ports_of(pod)


def _drain(platform: Platform, service: str, ports: list[int]) -> None:
    """Wait for requests that still run, for as long as the backend declares."""
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


def _ends(ports: list[int]) -> list[End]:
    return [End(port=port) for port in ports]
