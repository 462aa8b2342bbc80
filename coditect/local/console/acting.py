"""What the console's buttons do: each says first in plain words what it will do, then runs while a page shows how."""

import asyncio
import itertools
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from coditect.graph.values import Json, JsonObject, text
from coditect.local.breaking import Broken
from coditect.local.console.supervised import Supervised
from coditect.local.control import ControlError
from coditect.local.fault import Fault
from coditect.local.layout import Layout, NotRunning

_LONGEST_S = 600.0
_KEPT = 50
LONGEST_FAULT_S = 600.0
CHAOS = "chaos"

FAULTS = {
    Fault.KILL: "End it at once (SIGKILL). It is started again by itself.",
    Fault.PAUSE: "It stands still, and goes on afterwards.",
    Fault.SLOW: "Requests to it wait a second each.",
    Fault.PARTITION: "Nobody reaches it.",
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Something that can be done. command and arguments: what the supervisor is asked. explained: what will happen.

    in_terminal: the command that does the same; empty where there is none.
    """

    command: str
    arguments: JsonObject
    title: str
    explained: str
    button: str
    in_terminal: str


@dataclass(kw_only=True)
class Action:
    """A plan that was begun. has_succeeded: None while it runs. result: meanwhile what was done so far, or empty."""

    id: int
    plan: Plan
    begun: datetime
    ended: datetime | None = None
    has_succeeded: bool | None = None
    result: str = ""

    @property
    def state(self) -> str:
        return {None: "running", True: "done", False: "failed"}[self.has_succeeded]


def plan(command: str, target: str, *, fault: str = Fault.KILL, seconds: float = 10) -> Plan:
    """Raises ValueError, with what to choose instead."""
    if not target:
        raise ValueError("Name what to act on: start from the page of a process or of the jobs.")
    if command == "restart":
        return Plan(
            command=command,
            arguments={"process": target},
            title=f"Restart {target}",
            explained=f"{target} is told to end (SIGTERM), and is started again as declared. "
            "Until it is ready, requests to it get a 503. Nothing that is stored is lost.",
            button="Restart it",
            in_terminal="",
        )
    if command == "promote":
        return Plan(
            command=command,
            arguments={"service": target, "changes": {}},
            title=f"Promote {target}",
            explained=f"The other colour of {target} is started. Once it is ready and the edge's own check has passed, "
            "it gets all requests; the old colour ends what it has and stops. "
            "If it does not become ready, nothing moves. This takes up to 30 seconds.",
            button="Promote it",
            in_terminal=f"coditect promote {target}",
        )
    if command == "run-job":
        return Plan(
            command=command,
            arguments={"name": target},
            title=f"Run {target}",
            explained=f"{target} runs now, once, as declared: with its command, its environment and its secrets. "
            "What it does to the database stays done.",
            button="Run it",
            in_terminal=f"coditect run-job {target}",
        )
    if command == CHAOS:
        return _chaos(target, fault=fault, seconds=seconds)
    raise ValueError(f"There is no action {command}. There are: restart, promote, run-job and chaos.")


def _chaos(target: str, *, fault: str, seconds: float) -> Plan:
    if fault not in FAULTS:
        raise ValueError(f"There is no fault {fault}. There are: {', '.join(FAULTS)}.")
    if not 0.1 <= seconds <= LONGEST_FAULT_S:
        raise ValueError(f"Choose between 0.1 and {LONGEST_FAULT_S:.0f} seconds: {seconds:g} is neither.")
    return Plan(
        command=CHAOS,
        arguments={"fault": fault, "service": target, "seconds": seconds},
        title=f"Break {target} on purpose: {fault}",
        explained=f"{FAULTS[Fault(fault)]} Clients may see errors meanwhile: that is what it shows.",
        button="Break it",
        in_terminal=f"coditect chaos {fault} {target} --seconds {seconds:g}",
    )


class Actions:
    """The last actions of this console, in memory. They run on when the page is closed."""

    def __init__(self, supervised: Supervised, layout: Layout) -> None:
        self._supervised = supervised
        self._layout = layout
        self._numbers = itertools.count(1)
        self._last: deque[Action] = deque(maxlen=_KEPT)
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, chosen: Plan) -> Action:
        """Start it in the background."""
        action = Action(id=next(self._numbers), plan=chosen, begun=datetime.now(UTC))
        self._last.appendleft(action)
        task = asyncio.get_running_loop().create_task(self._run(action))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return action

    def newest(self) -> list[Action]:
        return list(self._last)

    def find(self, number: int) -> Action | None:
        return next((action for action in self._last if action.id == number), None)

    async def _run(self, action: Action) -> None:
        try:
            if action.plan.command == CHAOS:
                await self._break(action)
                return
            told: Json = await self._supervised.ask(action.plan.command, wait_s=_LONGEST_S, **action.plan.arguments)
            action.result, action.has_succeeded = str(told), True
        except (ControlError, NotRunning, OSError) as error:
            action.result, action.has_succeeded = str(error), False
        finally:
            action.ended = datetime.now(UTC)

    async def _break(self, action: Action) -> None:
        """Runs until it was seen to be over. A thread is taken for one look only: other pages need them, too."""
        asked = action.plan.arguments
        fault, target, seconds = Fault(text(asked, "fault")), text(asked, "service"), float(str(asked["seconds"]))
        broken = await asyncio.to_thread(Broken, self._layout, fault, target, seconds=seconds)
        action.result = broken.done
        looks = broken.looks()
        while (seen := await asyncio.to_thread(next, looks, None)) is not None:
            last = seen
        action.result, action.has_succeeded = broken.outcome(last), last.is_as_before
