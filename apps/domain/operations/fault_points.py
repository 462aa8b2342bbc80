"""Named steps at which a test may let this process die, as a machine that loses power would.

Off unless CODITECT_KILL_AT names a step when the process starts; without it `step` does nothing.
"""

import os
import signal

VARIABLE = "CODITECT_KILL_AT"
_kill_at = os.environ.get(VARIABLE)


def _nothing(_name: str) -> None:
    """No fault is asked for."""


def _die_at(name: str) -> None:
    if name == _kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


step = _die_at if _kill_at else _nothing
