"""localstripe's objects in a file of ours, changed all or not at all, and the events that changes cause.

localstripe keeps one dictionary in the module and writes it to a fixed path in /tmp; here it is a file of the state
directory, written once a request, so that two checkouts run side by side and a restart forgets nothing.
"""

import json
import pickle
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localstripe import resources

API_VERSION = "2026-10-28.endive"
"""Version whose names the events carry; what differs from it is listed in docs/adr/0014-stand-ins.md."""


# The file is written at every request: what is done with is kept for a look back, not for ever.
_REMEMBERED = 1000


@dataclass(kw_only=True)
class Delivery:
    """An event on its way to the webhook. next_at: Unix time of the next attempt; None when done or given up.

    last_status: of HTTP, or 0 where nobody answered.
    """

    event_id: str
    body: bytes
    next_at: float | None
    attempts: int = 0
    last_status: int | None = None


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """The answer of a request with an idempotency key. fingerprint: of the path and the body."""

    fingerprint: str
    status: int
    body: bytes


class Ledger:
    """The account's state. One at a time in a process, because localstripe's dictionary is one."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "stripe.pickle"
        self._happened: list[Any] = []
        self.deliveries: dict[str, Delivery] = {}
        self.remembered: dict[str, Remembered] = {}
        # localstripe writes at every change and sends at every event: both are done here, at the end of a request.
        resources.Store.dump_to_disk = lambda _store: None
        resources.schedule_webhook = self._happened.append
        resources.store.clear()
        if self._file.exists():
            # The file is our own, in a directory that only its owner may write.
            objects, self.deliveries, self.remembered = pickle.loads(self._file.read_bytes())  # noqa: S301 - see above
            resources.store.update(objects)

    def snapshot(self) -> bytes:
        """The objects as they are."""
        return pickle.dumps(dict(resources.store))

    def restore(self, snapshot: bytes) -> None:
        """Back to the objects of `snapshot`; events since the last commit never happened."""
        resources.store.clear()
        resources.store.update(pickle.loads(snapshot))  # noqa: S301 - bytes that `snapshot` gave
        self._happened.clear()

    def commit(self, *, idempotency_key: str | None = None) -> None:
        """Write the state, with every new event as a delivery that is due."""
        for event in self._happened:
            self._queue(event, idempotency_key)
        self._happened.clear()
        self._forget()
        temporary = self._file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(pickle.dumps((dict(resources.store), self.deliveries, self.remembered)))
        temporary.replace(self._file)

    def _forget(self) -> None:
        done = [delivery.event_id for delivery in self.deliveries.values() if delivery.next_at is None]
        for event_id in done[:-_REMEMBERED]:
            del self.deliveries[event_id]
        for key in list(self.remembered)[:-_REMEMBERED]:
            del self.remembered[key]

    def forget_events(self) -> None:
        """Tell nobody of what happened since the last commit."""
        self._happened.clear()

    def _queue(self, event: Any, idempotency_key: str | None) -> None:  # noqa: ANN401 - localstripe has no types
        event.api_version = API_VERSION
        event.pending_webhooks = 1
        event.request = {"id": f"req_{resources.random_id(14)}", "idempotency_key": idempotency_key}
        body = resources_json(event._export())
        self.deliveries[event.id] = Delivery(event_id=event.id, body=body, next_at=time.time())


def resources_json(exported: dict[str, Any]) -> bytes:
    """An exported object as Stripe writes it."""
    return json.dumps(exported, indent=2).encode()
