"""Whose turn it is: requests that the engine sends at once are done one at a time, in an order drawn from a seed."""

import random
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from fnmatch import fnmatchcase
from typing import Protocol

from coditect.graph.model import Graph, Node

# How long nobody may come before the waiting ones are served without those that were expected, in seconds. The engine
# answers in milliseconds; a machine may be busy. Where one never comes, the run was refused, and from then on whoever
# is there is served.
_PATIENCE = 20.0
_GLANCE = 0.25


class Order(Protocol):
    """Decides when a request may be done."""

    def turn(self, urn: str) -> AbstractContextManager[None]:
        """Waits for the turn of a resource, and has it while the block runs."""


class AtOnce:
    """As they come."""

    def turn(self, urn: str) -> AbstractContextManager[None]:
        return nullcontext()


class Shuffled:
    """One at a time, drawn from all that could be next.

    What could be next is known from the graph: when the engine has sent every resource whose dependencies are done, one
    of them is drawn. So every order that the dependencies allow can come, and one seed always gives the same.

    finished: URNs in the order in which they were done.
    """

    def __init__(self, seed: int, needs: Mapping[str, frozenset[str]]) -> None:
        """needs: of each resource that will be created, those that the engine creates before it."""
        self._random = random.Random(seed)  # noqa: S311 - an order of tests, no secret
        self._next = _Next(needs)
        self._waiting: dict[str, threading.Event] = {}
        self._is_busy = False
        self._is_complete = True
        self._last = time.monotonic()
        self._lock = threading.Lock()
        self.finished: list[str] = []

    @contextmanager
    def turn(self, urn: str) -> Iterator[None]:
        turn = threading.Event()
        with self._lock:
            self._waiting[urn] = turn
            self._last = time.monotonic()
            self._draw()
        while not turn.wait(_GLANCE):
            with self._lock:
                self._draw()
        try:
            yield
        finally:
            with self._lock:
                self._finish(urn)
                self._draw()

    def _draw(self) -> None:
        if self._is_busy or not self._waiting:
            return
        if time.monotonic() - self._last > _PATIENCE:
            self._is_complete = False
        if not self._is_complete or self._next.ready <= self._waiting.keys():
            self._is_busy = True
            self._waiting.pop(self._random.choice(sorted(self._waiting))).set()

    def _finish(self, urn: str) -> None:
        self._is_busy = False
        self._last = time.monotonic()
        self._next.finish(urn)
        self.finished.append(urn)


class _Next:
    """Which resources could be done next: those whose needs are done. ready: their URNs."""

    def __init__(self, needs: Mapping[str, frozenset[str]]) -> None:
        self._missing = {urn: set(before) for urn, before in needs.items()}
        self.ready = {urn for urn, before in self._missing.items() if not before}

    def finish(self, urn: str) -> None:
        self.ready.discard(urn)
        self._missing.pop(urn, None)
        for waiting, before in self._missing.items():
            if urn in before:
                before.discard(urn)
                if not before:
                    self.ready.add(waiting)


def drawn(seed: int, needs: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """The order that a seed draws, where nothing but the needs decides."""
    following, chance = _Next(needs), random.Random(seed)  # noqa: S311 - an order of tests, no secret
    while following.ready:
        urn = chance.choice(sorted(following.ready))
        yield urn
        following.finish(urn)


def needs(graph: Graph) -> Mapping[str, frozenset[str]]:
    """Of each resource of a provider, the resources of providers that the engine creates before it."""

    def before(node: Node, seen: set[str]) -> Iterator[str]:
        # A component is registered once its own dependencies are there, and its children after it.
        for urn in (*node.dependencies, *filter(None, (node.provider, node.parent))):
            if urn in seen or urn not in graph.nodes:
                continue
            seen.add(urn)
            if is_made(graph.nodes[urn]):
                yield urn
            else:
                yield from before(graph.nodes[urn], seen)

    return {node.urn: frozenset(before(node, set())) for node in graph.resources if is_made(node)}


def without(pattern: str, coming: Mapping[str, frozenset[str]]) -> Mapping[str, frozenset[str]]:
    """What comes when the URNs that match a glob are left out, with all that needs them."""
    left_out = {urn for urn in coming if fnmatchcase(urn, pattern)}
    while more := {urn for urn, before in coming.items() if urn not in left_out and before & left_out}:
        left_out |= more
    return {urn: before for urn, before in coming.items() if urn not in left_out}


def is_made(node: Node) -> bool:
    """Whether a provider makes it: neither a component nor a provider."""
    return not node.is_component and not node.type.startswith("pulumi:")
