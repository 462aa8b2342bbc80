"""Acquires that come at the same time share one transaction: one round trip, one commit, one wake-up for all of them.

Whoever finds nobody committing commits at once, for everyone who is waiting; who comes meanwhile waits for the next
turn, which the first of them takes. Alone an acquire waits for nobody. A grant is answered only after the transaction
that holds it was committed, so invariant 2 of this package stands as it does for each alone.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from apps.domain.operations.tracing import tracer

Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

# A transaction that waits for one license's lock must not hold up the acquires of all others.
TURNS = 2


class NotTogetherError(Exception):
    """The shared transaction failed: whose fault it was is found out by each one alone."""


@dataclass(eq=False, slots=True)
class _Waiting(Generic[Asked, Answered]):
    """group: for whom the waiting thread commits when it is woken, itself first; empty when another did it.

    shared_by: how many were committed together.
    """

    asked: Asked
    is_woken: threading.Event = field(default_factory=threading.Event)
    group: "list[_Waiting[Asked, Answered]]" = field(default_factory=list)
    answer: Answered | None = None
    shared_by: int = 1


class Grouping(Generic[Asked, Answered]):
    """Calls `commit_all` with what several threads ask for. Safe for many threads.

    commit_all: gives an answer for each asked, in their order; when it raises, every one of them gets NotTogetherError.
    """

    def __init__(self, commit_all: Callable[[Sequence[Asked]], Sequence[Answered]]) -> None:
        self._commit_all = commit_all
        self._lock = threading.Lock()
        self._waiting: list[_Waiting[Asked, Answered]] = []
        self._free_turns = TURNS

    def commit(self, asked: Asked) -> Answered:
        """The answer, once committed. Raises NotTogetherError."""
        mine = _Waiting[Asked, Answered](asked)
        with tracer.step("commit") as traced:
            self._commit(mine)
            traced.shared_by(mine.shared_by)
        if mine.answer is None:
            raise NotTogetherError
        return mine.answer

    def _commit(self, mine: _Waiting[Asked, Answered]) -> None:
        with self._lock:
            if self._free_turns:
                self._free_turns -= 1
                mine.group = [mine]
            else:
                self._waiting.append(mine)
        if not mine.group:
            mine.is_woken.wait()
        if mine.group:
            self._take_turn(mine.group)

    def _take_turn(self, group: list[_Waiting[Asked, Answered]]) -> None:
        try:
            answers = self._commit_all([one.asked for one in group])
            for one, answer in zip(group, answers, strict=True):
                one.answer, one.shared_by = answer, len(group)
        except Exception as error:
            raise NotTogetherError from error
        finally:
            self._hand_turn_on()
            for one in group:
                one.is_woken.set()

    def _hand_turn_on(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free_turns += 1
                return
            group, self._waiting = self._waiting, []
            group[0].group = group
        group[0].is_woken.set()
