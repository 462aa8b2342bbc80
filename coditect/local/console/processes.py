"""Processes as the supervisor tells of them, with what the kernel tells of their memory."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coditect.graph.values import Json, items, lookup, text

_PAGE = os.sysconf("SC_PAGE_SIZE")
_FIELD_GROUP, _FIELD_RSS = 2, 21  # of /proc/PID/stat, counted from the state


@dataclass(frozen=True, kw_only=True)
class Process:
    """One process of `coditect status`.

    service: of the pod it is; empty for what no pod declares. memory: bytes resident in its whole group.
    """

    name: str
    state: str
    pid: int | None
    restarts: int
    ready_after_s: float | None
    problem: str
    log: Path
    service: str
    role: str
    colour: str
    is_stand_in: bool
    has_two_colours: bool
    memory: int | None


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where something answers. path: as it is declared, `/api/*`; empty for what no route leads to."""

    url: str
    host: str
    path: str
    service: str
    colour: str
    state: str
    about: str
    is_stand_in: bool


def processes(told: Json) -> list[Process]:
    """What does not run first, then in the supervisor's order."""
    pods = {text(pod, "name"): pod for pod in items(told, "pods")}
    third_parties = {text(party, "name") for party in items(told, "stand_ins")}
    memory = group_memory()
    found = [_process(row, pods.get(text(row, "name")), third_parties, memory) for row in items(told, "processes")]
    return sorted(found, key=lambda process: process.state == "ready")


def routed(told: Json) -> list[Address]:
    """Every route's, also of those that only begin other paths."""
    return [_address(row, text(row, "service")) for key in ("addresses", "prefixes") for row in items(told, key)]


def addresses(told: Json) -> list[Address]:
    """Where something answers: public addresses first, then the pages of third parties' stand-ins."""
    public = [_address(row, text(row, "service")) for row in items(told, "addresses")]
    return [*public, *(_address(row, text(row, "name")) for row in items(told, "stand_ins"))]


def _process(row: Json, pod: Json, third_parties: set[str], memory: dict[int, int]) -> Process:
    pid, after = lookup(row, "pid"), lookup(row, "ready_after_s")
    name = text(row, "name")
    return Process(
        name=name,
        state=text(row, "state"),
        pid=pid if isinstance(pid, int) else None,
        restarts=int(str(lookup(row, "restarts") or 0)),
        ready_after_s=float(after) if isinstance(after, int | float) else None,
        problem=text(row, "problem"),
        log=Path(text(row, "log")),
        service=text(pod, "service"),
        role=text(pod, "role"),
        colour=text(pod, "colour"),
        is_stand_in=name in third_parties or lookup(pod, "is_built_here") is False,
        has_two_colours=lookup(pod, "has_two_colours") is True,
        memory=memory.get(pid) if isinstance(pid, int) else None,
    )


def _address(row: Json, service: str) -> Address:
    return Address(
        url=text(row, "address"),
        host=urlsplit(text(row, "address")).hostname or "",
        path=text(row, "path"),
        service=service,
        colour=text(row, "colour"),
        state=text(row, "state"),
        about=text(row, "about"),
        is_stand_in=lookup(row, "is_stand_in") is not False,
    )


def group_memory() -> dict[int, int]:
    """Resident bytes by process group; empty where there is no /proc. Shared pages count for each that has them."""
    found: dict[int, int] = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = file.read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        group = int(fields[_FIELD_GROUP])
        found[group] = found.get(group, 0) + int(fields[_FIELD_RSS]) * _PAGE
    return found
