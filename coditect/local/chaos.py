"""Faults on purpose: kill, pause, slow and partition, of one process or service, for a while."""

import signal
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from coditect.local.control import ControlError
from coditect.local.fault import Fault
from coditect.local.platform import Platform
from coditect.local.running import signal_group
from coditect.local.stores import REDIS, REDIS_TLS
from coditect.local.unit import Unit
from coditect.naming import unknown

_DELAY_S = 1.0


def cause(platform: Platform, fault: Fault, name: str, *, seconds: float, said: Callable[[str], None]) -> str:
    """Do it, and undo it after so many seconds. Returns what was done. Raises ControlError."""
    unit = find_unit(platform, name)
    why_not = refused(platform, name).get(fault)
    if why_not:
        raise ControlError(why_not)
    if fault is Fault.KILL:
        unit.server.kill()
        return f"killed {unit.name}"
    if fault is Fault.PAUSE:
        _pause(platform, unit, seconds)
        return f"{unit.name} stands still for {seconds:.0f} s"
    if name == REDIS:
        # Everyone reaches Redis through it: connections stay open, and nothing comes back.
        _pause(platform, platform.units[REDIS_TLS], seconds)
        return f"nobody reaches {name} for {seconds:.0f} s"
    proxy = platform.proxy
    if fault is Fault.SLOW:
        slow, fast = partial(proxy.delay, name, _DELAY_S), partial(proxy.delay, name, 0)
        _last(platform, f"slow {name}", seconds, slow, fast)
        return f"requests to {name} wait {_DELAY_S:.0f} s, for {seconds:.0f} s"
    _last(platform, f"partition {name}", seconds, partial(proxy.cut_off, name), partial(proxy.join, name))
    said(f"the edge does not reach {name} for {seconds:.0f} s")
    return f"the edge does not reach {name} for {seconds:.0f} s"


def refused(platform: Platform, name: str) -> dict[Fault, str]:
    """Faults that do not fit a process or a service, each with why. Raises ControlError for what is neither."""
    find_unit(platform, name)
    behind = {backend.service for backend in platform.proxy.edge.backends}
    if name in behind:
        return {}
    service = next((pod.service for pod in platform.deployed.pods if name in platform.replicas_of(pod)), None)
    instead = f"Choose {service}, which it is one of." if service in behind else "It can be paused."
    at_edge = [Fault.SLOW] if name == REDIS and REDIS_TLS in platform.units else [Fault.SLOW, Fault.PARTITION]
    return {fault: f"{fault} works on services behind the edge, and {name} is none. {instead}" for fault in at_edge}


def find_unit(platform: Platform, name: str) -> Unit:
    """A process by its own name, or by its service's: then the one that takes requests. Raises ControlError."""
    unit = platform.units.get(name)
    if unit is None:
        web = [pod for pod in platform.deployed.pods if pod.service == name and pod.role == "web"]
        colour = platform.active_colour(name) if web else None
        unit = next((platform.units[p.name] for p in web if p.colour == colour and p.name in platform.units), None)
    if unit is None:
        raise ControlError(unknown(name, platform.units, what="process")).of_usage()
    return unit


def _pause(platform: Platform, unit: Unit, seconds: float) -> None:
    for pid in (unit.server.pid, *_children(unit.server.pid)):
        stop, go_on = partial(signal_group, pid, signal.SIGSTOP), partial(signal_group, pid, signal.SIGCONT)
        _last(platform, f"pause {pid}", seconds, stop, go_on)


def _children(pid: int) -> list[int]:
    """Processes it started that lead groups of their own, as PostgreSQL's do."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        child = int(stat.parent.name)
        if int(fields[1]) == pid and int(fields[2]) == child:
            found.append(child)
    return found


def _last(platform: Platform, what: str, seconds: float, do: Callable[[], object], undo: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, platform.faults.begin(what, do, undo))
    timer.daemon = True
    timer.start()
