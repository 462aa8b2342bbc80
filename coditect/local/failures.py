"""What of a running platform does not serve: which process, why, and what cannot work without it."""

from coditect.local.declared import Deployed, Pod
from coditect.local.platform import Platform
from coditect.local.pod_server import PodServer
from coditect.local.stores import KMS, POSTGRES, REDIS, REDIS_TLS
from coditect.local.unit import State, Unit


def failures(platform: Platform) -> dict[str, str]:
    """Reasons by name: of processes, then of what is no process. The first line says it all; a log may follow."""
    platform.forget_what_came_later()
    units = [unit for unit in dict(platform.units).values() if unit.state is not State.READY]
    return {unit.name: unit.problem or _lacking(unit) for unit in units} | platform.unfinished


def failed_needs(platform: Platform, name: str) -> list[str]:
    """What a process cannot work without and does not serve now."""
    pod = next((pod for pod in platform.standing() if name in platform.replicas_of(pod)), None)
    wanted = _needed(pod, platform.deployed) if pod else ()
    return [need for need in wanted if need not in platform.units or platform.units[need].state is not State.READY]


def _needed(pod: Pod, deployed: Deployed) -> tuple[str, ...]:
    """Processes behind the database, the cache and the keys that a pod's environment names."""
    values = pod.environment.values()
    found: list[str] = []
    if deployed.database.host in values:
        found.append(POSTGRES)
    if any(deployed.cache.host in value for value in values):
        found += [REDIS, REDIS_TLS]
    if any(value in deployed.signing_keys for value in values):
        found.append(KMS)
    return tuple(found)


def _lacking(unit: Unit) -> str:
    """Why something has neither failed nor become ready."""
    lacks = unit.server.lacks() if isinstance(unit.server, PodServer) else ""
    return f"{unit.name} is {unit.state.value}{f': it {lacks}' if lacks else ''}."
