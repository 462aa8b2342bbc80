"""The supervisor, asked without holding up the console: its socket blocks, so a thread waits for it."""

import asyncio
from pathlib import Path

from coditect.graph.values import Json
from coditect.local.control import ControlError, ask

_WAIT_S = 8.0


class Supervised:
    """The running platform, as its supervisor tells of it."""

    def __init__(self, control: Path) -> None:
        self._control = control

    async def ask(self, command: str, *, wait_s: float = _WAIT_S, **arguments: Json) -> Json:
        """Raises NotRunning where no supervisor listens, ControlError when it refuses or takes longer."""
        try:
            return await asyncio.wait_for(asyncio.to_thread(ask, self._control, command, **arguments), wait_s)
        except TimeoutError:
            raise ControlError(f"The supervisor did not answer `{command}` within {wait_s:.0f} s.") from None
