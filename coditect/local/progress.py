"""What starts now and how long it takes: one moving view on a terminal, plain lines elsewhere."""

import contextlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from coditect.console import err
from coditect.local.platform import Platform
from coditect.local.unit import State

_MARKS = {State.READY: ("✓", "green"), State.STARTING: ("…", "yellow"), State.FAILED: ("✗", "red")}
_COLUMNS = 3
# Processes that share broken code end alike within seconds: so long, the end of a log is told of the first one only.
_SAME_S = 30.0
_COMPARED_LINES = 3


class Progress:
    """Tells a person what happens. `platform` is shown as soon as it is known."""

    def __init__(self, begun: float) -> None:
        self._begun = begun
        self.platform: Platform | None = None
        self._live: Live | None = None
        self._ends: dict[tuple[str, ...], float] = {}
        self._comparing = threading.Lock()

    def said(self, line: str) -> None:
        """A line that stays, with what is below it unless that ends as what was said a moment ago."""
        line = self._shortened(line)
        console = self._live.console if self._live else err
        # A terminal may be closed while everything still has to end.
        with contextlib.suppress(OSError):
            console.print(f"[dim]{self._elapsed():6.1f} s[/]  {escape(line)}", soft_wrap=True)

    def _shortened(self, line: str) -> str:
        first, *below = line.splitlines()
        if not below:
            return line
        end = tuple(below[-_COMPARED_LINES:])
        with self._comparing:
            now = time.monotonic()
            if now - self._ends.get(end, float("-inf")) < _SAME_S:
                return f"{first} Its log ends as the one above."
            self._ends = {known: at for known, at in self._ends.items() if now - at < _SAME_S} | {end: now}
        return line

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Show the moving view until `finish`, or the end of the block."""
        if err.is_terminal:
            self._live = Live(console=err, get_renderable=self._view, refresh_per_second=8, transient=True)
            self._live.start()
        try:
            yield
        finally:
            self.finish()

    def finish(self) -> None:
        """Take the view away. Idempotent."""
        if self._live is not None:
            with contextlib.suppress(OSError):
                self._live.stop()
            self._live = None

    def _elapsed(self) -> float:
        return time.monotonic() - self._begun

    def _view(self) -> Table:
        table = Table.grid(padding=(0, 2))
        units = list(self.platform.units.values()) if self.platform else []
        cells = []
        for unit in units:
            mark, colour = _MARKS.get(unit.state, ("·", "dim"))
            after = f" {unit.ready_after_s:.1f} s" if unit.ready_after_s is not None else ""
            cells.append(Text.assemble((f"{mark} ", colour), unit.name, (after, "dim")))
        for start in range(0, len(cells), _COLUMNS):
            table.add_row(*cells[start : start + _COLUMNS])
        ready = sum(unit.state is State.READY for unit in units)
        table.add_row(Text(f"{ready} of {len(units)} ready after {self._elapsed():.0f} s", style="bold"))
        return table
