"""Ports of the loopback address: the declared one where it is free and allowed, else any free one; remembered."""

import socket
from pathlib import Path

from coditect.local.layout import read_names, write_names
from coditect.local.process import LOOPBACK, free_port


class Ports:
    """Remembers in a file which port each listener has, so that addresses are the same after every start."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = {name: int(port) for name, port in read_names(file).items()}

    def of(self, name: str, *, preferred: int | None = None) -> int:
        """The port of a listener. A remembered one that somebody else took meanwhile is replaced."""
        for port in (self._known.get(name), preferred):
            if port is not None and port not in self._others(name) and _is_free(port):
                return self._remember(name, port)
        port = free_port()
        while port in self._others(name):
            port = free_port()
        return self._remember(name, port)

    def known(self, name: str) -> int:
        """The port that a listener was given. Raises KeyError for one that never asked."""
        return self._known[name]

    def _others(self, name: str) -> set[int]:
        return {port for other, port in self._known.items() if other != name}

    def _remember(self, name: str, port: int) -> int:
        if self._known.get(name) != port:
            self._known[name] = port
            write_names(self._file, {key: str(value) for key, value in self._known.items()})
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: connections of the last run that are still in TIME_WAIT do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:  # taken, or below 1024 without the right to it
            return False
    return True
