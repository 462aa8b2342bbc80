"""Giving seats back when the process ends: at its exit, and on signals that end it.

A signal whose handling is the system's own (die) is handled here: give back, then die by the same signal. SIGTERM with
a handler of the application: give back, then call that handler. Ignored signals, SIGINT (Python raises
KeyboardInterrupt, which unwinds `with` blocks) and SIGHUP with a handler (often: read the settings anew) stay alone.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import threading
from types import FrameType
from typing import Callable, Union

logger = logging.getLogger(__name__)

LONGEST_S = 5.0
"""How long a signal waits for seats to be given back before it goes on."""

_Previous = Union[Callable[[int, Union[FrameType, None]], object], int, None]
_registered: dict[int, tuple[int, Callable[[], None]]] = {}
_previous: dict[int, _Previous] = {}
_is_installed = False


def register(owner: object, give_back: Callable[[], None]) -> None:
    """Call `give_back` when this process ends; from any thread, at most once, never in a forked child."""
    global _is_installed
    _registered[id(owner)] = (os.getpid(), give_back)
    if not _is_installed:
        _is_installed = True
        atexit.register(_give_all_back)
        _install()


def unregister(owner: object) -> None:
    """Forget what `register` was told."""
    _registered.pop(id(owner), None)


def _install() -> None:
    if threading.current_thread() is not threading.main_thread():
        logger.debug("Not on the main thread: seats are given back at exit, but not on signals")
        return
    for number in _endings():
        current = signal.getsignal(number)
        is_ours_to_take = current is signal.SIG_DFL or (number == signal.SIGTERM and callable(current))
        if is_ours_to_take:
            _previous[number] = current
            signal.signal(number, _on_signal)


def _endings() -> tuple[int, ...]:
    names = ("SIGTERM", "SIGHUP", "SIGBREAK")  # SIGHUP is not on Windows, SIGBREAK only there
    return tuple(getattr(signal, name) for name in names if hasattr(signal, name))


def _on_signal(number: int, frame: FrameType | None) -> None:
    # In a thread: the main thread may hold, right now, a lock that giving back needs, and this would never end.
    giving = threading.Thread(target=_give_all_back, name="coditect-license-exit", daemon=True)
    try:
        giving.start()
    except RuntimeError:
        _give_all_back()  # the interpreter is ending and starts no more threads
    else:
        giving.join(LONGEST_S)
    previous = _previous.get(number)
    if callable(previous):
        previous(number, frame)
    else:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)


def _give_all_back() -> None:
    for owner in list(_registered):
        pid, give_back = _registered.pop(owner, (0, _nothing))
        if pid != os.getpid():
            continue
        try:
            give_back()
        except Exception:  # the edge of the process: one seat's trouble must not keep the others
            logger.exception("A seat was not given back")


def _nothing() -> None:
    pass
