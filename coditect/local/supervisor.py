"""The foreground process of `coditect up`: owns the platform, answers the control socket, ends everything on Ctrl-C."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from coditect.local.control import ControlServer
from coditect.local.layout import Layout, write_private
from coditect.local.orders import orders
from coditect.local.platform import Platform
from coditect.local.running import end_all
from coditect.local.status import status
from explained import ExplainedError


class Supervisor:
    """Runs a platform until it is told to end."""

    def __init__(self, layout: Layout, build: Callable[[Callable[[str], None], Callable[[], None]], Platform]) -> None:
        self._layout = layout
        self._build = build
        self._platform: Platform | None = None
        self._told = threading.Event()
        self._said: Callable[[str], None] = lambda _: None
        self._writing = threading.Lock()

    def run(self, *, said: Callable[[str], None], ready: Callable[[Platform], None]) -> None:
        """Start everything, call `ready`, and return after the end of everything.

        Raises StartError when something essential did not start; everything is ended then, too.
        """
        self._said = said
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, self._end)
        left = end_all(self._layout.root)
        if left:
            said(f"ended {left} processes that an earlier run left")
        try:
            platform = self._build(said, self._write)
        except ExplainedError:
            if self._told.is_set():  # Ctrl-C ended what it waited for, too
                return
            raise
        self._platform = platform
        control = ControlServer(self._layout.control, orders(platform, said=said, end=self._told.set))
        control.begin()
        try:
            starting = threading.Thread(target=self._start, args=(platform,), name="start", daemon=True)
            self._failed: Exception | None = None
            starting.start()
            while starting.is_alive() and not self._told.is_set():
                starting.join(0.1)
            if not self._told.is_set():
                if self._failed is not None:
                    raise self._failed
                ready(platform)
                while not self._told.wait(1):
                    pass
        finally:
            said("ending everything")
            platform.end()
            control.end()
            end_all(self._layout.root)
            self._write()

    def _start(self, platform: Platform) -> None:
        try:
            platform.start()
        except Exception as error:  # raised again where the person is told
            self._failed = error

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._told.set()

    def _write(self) -> None:
        if self._platform is None:
            return
        # Whoever changed must go on, watching a process or ending it, whatever becomes of the writing.
        try:
            with self._writing:
                content = {"pid": os.getpid(), "written": time.time(), **status(self._platform)}
                write_private(self._layout.state, json.dumps(content, indent=1))
        except OSError:
            pass  # a full disk: it is said where a process cannot be started
        except Exception as error:
            self._said(f"{self._layout.state} is out of date: {error!r}")
