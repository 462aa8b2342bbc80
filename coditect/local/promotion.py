"""Blue and green: the other colour is started, proven ready, given the traffic; the old one drains and ends."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from coditect.local.control import ControlError
from coditect.local.declared import Pod
from coditect.local.handover import bring_in, see_out
from coditect.local.layout import write_names
from coditect.local.platform import Platform
from coditect.local.process import StartError
from coditect.naming import unknown

_OTHER = {"blue": "green", "green": "blue"}


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
            services = {pod.service for pod in platform.deployed.pods}
            coloured = sorted({pod.service for pod in platform.deployed.pods if pod.colour in _OTHER})
            if service not in services:
                raise ControlError(unknown(service, coloured, what="service")).of_usage()
            raise ControlError(f"{service} has no two colours. These have: {', '.join(coloured)}.").of_usage()
        new = _OTHER[old]
        pod = platform.web_pod(service, new)
        if changes:
            pod = replace(pod, environment={**pod.environment, **changes})
        said(f"starting {pod.name}")
        fresh = _started(platform, pod)
        former = platform.web_ports(service)
        try:
            bring_in(platform, service, staying=former, fresh=fresh)
        except StartError as error:
            platform.forget(pod)
            raise ControlError(f"{pod.name} failed the edge's health check and got no more requests. {error}") from None
        said(f"{pod.name} takes the requests; {service} {old} drains")
        see_out(platform, service, staying=fresh, former=former)
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
