"""What an application holds while it holds a seat."""

from __future__ import annotations

from datetime import datetime

from coditect_license.errors import LicenseError
from coditect_license.lease import GrantedLease
from coditect_license.seat import Seat


class Lease:
    """A live view of the seat: it follows what the background beats find out. Safe to read from any thread."""

    def __init__(self, seat: Seat) -> None:
        self._seat = seat

    def check(self) -> None:
        """Returns while the seat is granted; raises why it is not: Revoked, NoSeats, Offline or Released.

        Costs nothing and asks nobody: call it before each piece of work that needs the license.
        """
        self._seat.check()

    @property
    def is_valid(self) -> bool:
        """Whether the seat is granted now."""
        return self.remaining > 0

    @property
    def remaining(self) -> float:
        """Seconds for which the seat is granted if the service is not heard of again."""
        return self._seat.remaining()

    @property
    def problem(self) -> LicenseError | None:
        """What went wrong at the last beat, also while the seat is still granted; None when all is well."""
        return self._seat.standing.problem

    @property
    def granted(self) -> GrantedLease:
        """The lease as it was signed last. Raises like `check` when there never was one or it was given back."""
        lease = self._seat.standing.lease
        return lease if lease is not None else self._seat.check()

    @property
    def license_id(self) -> str:
        """See `granted`."""
        return self.granted.license_id

    @property
    def session_id(self) -> str:
        """See `granted`. It changes when the seat was lost and taken anew."""
        return self.granted.session_id

    @property
    def seats_used(self) -> int:
        """See `granted`."""
        return self.granted.seats_used

    @property
    def seats_total(self) -> int:
        """See `granted`."""
        return self.granted.seats_total

    @property
    def tier(self) -> str | None:
        """See `granted`."""
        return self.granted.tier

    @property
    def fence(self) -> int | None:
        """See `granted`. Pass it to what the seat protects, which refuses a lower one than it has seen."""
        return self.granted.fence

    @property
    def expires_at(self) -> datetime:
        """See `granted`: the end of the signed lease, for use without the service. Beats keep the seat beyond it."""
        return self.granted.expires_at
