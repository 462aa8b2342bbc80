"""Which tests stay together on one worker of pytest-xdist, and which come first."""

import re

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

WATCH_THE_CLOCK = ("tests/faults/", "tests/local/")
"""Tests that time leases, restarts and the one running platform: one at a time, beside quieter ones."""
ON_ITS_OWN = "tests/engine/test_rehearsal.py::test_a_first_deployment"
"""Each of these makes whatever it stands on: a whole file of them would keep one worker busy while the other rests."""
SHARED_GRAPHS = "CODITECT_TEST_GRAPHS"
"""Environment: the directory in which the workers of one run share the graphs that they capture."""
_DEPLOYED = re.compile(r"^tests/engine/test_(?:lifecycle|policy_packs)\.py::.*\[([a-z]+)\]$")


class ByGround(LoadScopeScheduling):  # type: ignore[misc]  # its class is of no type to mypy
    """A worker takes all tests that stand on the same ground: a file's fixtures, a deployed stack, the platform."""

    def _split_scope(self, nodeid: str) -> str:
        return ground_of(nodeid)


def ground_of(nodeid: str) -> str:
    """What a test stands on; those of one ground run on one worker, one after the other."""
    if nodeid.startswith(WATCH_THE_CLOCK):
        return "the clock"
    if nodeid.startswith(ON_ITS_OWN):
        return nodeid
    deployed = _DEPLOYED.match(nodeid)
    return f"deployed {deployed[1]}" if deployed else nodeid.partition("::")[0]


def order(items: list[pytest.Item]) -> None:
    """Long work first, so that the workers end together: what watches the clock, what starts servers, the rest."""
    items.sort(key=_turn)


def _turn(item: pytest.Item) -> int:
    if item.nodeid.startswith(WATCH_THE_CLOCK):
        return 0
    return 1 if item.get_closest_marker("servers") else 2
