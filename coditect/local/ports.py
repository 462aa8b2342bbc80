"""Ports of the loopback address: the declared one where it is free and allowed, else any free one; remembered."""

import errno
import socket
from collections.abc import Callable
from pathlib import Path

from coditect.local.layout import read_names, write_names
from coditect.local.listeners import listener
from coditect.local.process import LOOPBACK, free_port

# Where people look for what cannot have its own.
_BESIDE = {443: 8443, 80: 8080}
_NEAR = 20
# Of a listener that has a declared port, the one that it gets when that is taken: the same every time.
_ELSEWHERE = "{} elsewhere"


class Ports:
    """Remembers in a file which port each listener has, so that addresses are the same after every start.

    said: told of every listener that moved, where to and why.
    """

    def __init__(self, file: Path, *, said: Callable[[str], None] = lambda _: None) -> None:
        self._file = file
        self._said = said
        self._known = {name: int(port) for name, port in read_names(file).items()}

    def of(self, name: str, *, preferred: int | None = None, first: int | None = None) -> int:
        """The port of a listener: the preferred one whenever it is free, else the remembered one, else another.

        first: where to look for the first one that is free, for a listener that is new and has no preferred one.
        """
        known = self._known.get(name)
        wanted = preferred or known
        if wanted is None:
            near = range(first, first + _NEAR) if first else ()
            port = next((port for port in near if not self._obstacle(name, port)), None)
            return self._remember(name, port or self._free(name))
        why = self._obstacle(name, wanted)
        if not why:
            if known not in (None, wanted):
                self._said(f"{name} is back on {wanted}, from {known}")
            return self._remember(name, wanted)
        return self._elsewhere(name, wanted, why) if preferred else self._moved(name, wanted, why)

    def known(self, name: str) -> int:
        """The port that a listener was given. Raises KeyError for one that never asked."""
        return self._known[name]

    def _elsewhere(self, name: str, wanted: int, why: str) -> int:
        """Another port than the preferred one, which a later start takes back."""
        known = self._known.get(name)
        candidates = (known, self._known.get(_ELSEWHERE.format(name)), _BESIDE.get(wanted))
        port = next((port for port in candidates if port and not self._obstacle(name, port)), None) or self._free(name)
        if port != known:
            self._said(f"{name} moved from {wanted} to {port}: {why}; it is taken back when free")
        self._remember(_ELSEWHERE.format(name), port)
        return self._remember(name, port)

    def _moved(self, name: str, former: int, why: str) -> int:
        port = self._free(name)
        self._said(f"{name} moved from {former} to {port}: {why}")
        return self._remember(name, port)

    def _free(self, name: str) -> int:
        port = free_port()
        while port in self._others(name):
            port = free_port()
        return port

    def _obstacle(self, name: str, port: int) -> str:
        """Why a listener cannot have a port, in words; empty if it can."""
        if port in self._others(name):
            return "another listener of this platform has it"
        with socket.socket() as attempt:
            # As servers do: connections of the last run that are still in TIME_WAIT do not count.
            attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                attempt.bind((LOOPBACK, port))
            except OSError as error:
                if error.errno in (errno.EACCES, errno.EPERM):
                    return "this user may not listen there"
                return f"it is taken by {listener(port) or 'another process'}"
        return ""

    def _others(self, name: str) -> set[int]:
        own = (name, _ELSEWHERE.format(name))
        return {port for other, port in self._known.items() if other not in own}

    def _remember(self, name: str, port: int) -> int:
        if self._known.get(name) != port:
            self._known[name] = port
            write_names(self._file, {key: str(value) for key, value in self._known.items()})
        return port
