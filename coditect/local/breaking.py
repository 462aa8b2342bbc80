"""A fault on purpose, from the order until it was seen to be over: the same for the command and for the console."""

from collections.abc import Iterator

from coditect.local.control import ask
from coditect.local.fault import Fault
from coditect.local.layout import Layout
from coditect.local.recovery import Seen, Watch

_PAST = {Fault.PAUSE: "stood still", Fault.SLOW: "was slow", Fault.PARTITION: "could not be reached"}


def order(layout: Layout, fault: Fault, target: str, *, seconds: float) -> str:
    """Begin a fault that the platform undoes by itself. Returns what was done. Raises ControlError."""
    return str(ask(layout.control, "chaos", fault=fault, service=target, seconds=seconds))


class Broken:
    """What was just broken on purpose. Raises ControlError where it cannot be.

    seconds: how long the fault lasts, but for `kill`. done: what the platform did. name: of what it was done to.
    """

    def __init__(self, layout: Layout, fault: Fault, target: str, *, seconds: float) -> None:
        self._is_kill = fault is Fault.KILL
        self._lasts_s = 0.0 if self._is_kill else seconds
        self._past = "killed" if self._is_kill else f"{_PAST[fault]} for {seconds:g} s"
        self._watch = Watch(layout, target)
        self._watch.begin()
        self.done = order(layout, fault, target, seconds=seconds)
        self.name = self._watch.process if fault in (Fault.KILL, Fault.PAUSE) else target

    def looks(self) -> Iterator[Seen]:
        """What is seen, again and again; the last one when all is as before, or a minute after the fault's end."""
        return self._watch.looks(lasts_s=self._lasts_s, restarts=self._is_kill)

    def outcome(self, seen: Seen) -> str:
        """In words: what was done, and how long it took until all was as before."""
        return f"{self.name}: {self._past}; {self._ended(seen)}"

    def _ended(self, seen: Seen) -> str:
        if not seen.is_as_before:
            return f"not as before after {seen.after_s:.0f} s; {requests(seen)}. See `coditect status`."
        again = f"ready again after {seen.after_s:.1f} s (restart {seen.restarts})"
        said = again if self._is_kill else f"as before after {seen.after_s:.1f} s"
        others = [other for other in seen.troubled if other != self.name]
        meanwhile = f"; not ready meanwhile: {', '.join(others)}" if others else ""
        return f"{said}{meanwhile}; {requests(seen)}"


def requests(seen: Seen) -> str:
    """What became of them meanwhile, in words."""
    if not seen.requests:
        return "no requests passed"
    return f"{seen.failed} of {seen.requests} requests failed, p95 {seen.p95_ms:.0f} ms"
