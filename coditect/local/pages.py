"""What answers at an address: a page, something for programs, or nothing: some only begin other paths."""

import http.client
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from coditect.local.process import LOOPBACK

DOCUMENTS = "/api/docs/"
"""Where an application of ours shows its API's documents."""

_TIMEOUT_S = 2.0
_AT_ONCE = 8


@dataclass(frozen=True, kw_only=True)
class Place:
    """A path of a host, and the process that answers there: another one may answer something else."""

    host: str
    path: str
    port: int
    pid: int


@dataclass(frozen=True, kw_only=True)
class Found:
    """Whether anything answers, and whether it is a page for people."""

    answers: bool
    is_page: bool


class Pages:
    """Asks each process once, and remembers."""

    def __init__(self) -> None:
        self._found: dict[Place, Found] = {}

    def look(self, places: Iterable[Place]) -> None:
        """Ask at those that are not known yet, some at a time. A process that is silent now is asked again later."""
        unknown = [place for place in dict.fromkeys(places) if place not in self._found]
        if not unknown:
            return
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for place, found in zip(unknown, pool.map(_asked, unknown), strict=True):
                if found is not None:
                    self._found[place] = found

    def at(self, place: Place) -> Found | None:
        """What answers there; None while nobody has looked."""
        return self._found.get(place)


def _asked(place: Place) -> Found | None:
    connection = http.client.HTTPConnection(LOOPBACK, place.port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", place.path, headers={"Host": place.host, "User-Agent": "kube-probe/coditect"})
        answer = connection.getresponse()
    except (OSError, http.client.HTTPException):
        return None
    else:
        leads_on = 300 <= answer.status < 400  # to a page, as /admin does
        answers = answer.status < 400
        shows = (answer.getheader("Content-Type") or "").startswith("text/html")
        return Found(answers=answers, is_page=answers and (leads_on or shows))
    finally:
        connection.close()
