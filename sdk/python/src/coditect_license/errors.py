"""Everything this package raises. Catch LicenseError, or what you can act on."""

from __future__ import annotations


class LicenseError(Exception):
    """Base of all errors. `code` is the service's stable code for it, if it gave one."""

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class ConfigurationError(LicenseError):
    """An argument or environment variable is missing or wrong; the message says what to write."""


class NoSeats(LicenseError):
    """Every seat is taken. retry_after: seconds after which the service expects one to be free."""

    def __init__(
        self, message: str, *, code: str | None = None, seats_used: int, seats_total: int, retry_after: float
    ) -> None:
        super().__init__(message, code=code)
        self.seats_used = seats_used
        self.seats_total = seats_total
        self.retry_after = retry_after


class MachineInUse(NoSeats):
    """Another user holds a seat on this machine, and a machine holds one seat of a license. The numbers are 0."""


class Revoked(LicenseError):
    """Someone with the right to do so ended this session. It is not taken again by itself."""


class LicenseInactive(LicenseError):
    """The license is suspended, cancelled or expired (see `code`), or does not include this use."""


class Unauthorized(LicenseError):
    """The access token is missing, expired or revoked: sign in again."""


class Refused(LicenseError):
    """The service refused the request for another reason; `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status


class SessionGone(LicenseError):
    """The service no longer knows the session: it expired or was released. The client takes a seat again by itself."""


class Offline(LicenseError):
    """The service cannot be reached or cannot answer now, and no cached lease is valid.

    retry_after: seconds the service asked to wait, if it said so.
    """

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class RateLimited(Offline):
    """Too many requests of this user; the service answers again after `retry_after` seconds."""


class InvalidLease(LicenseError):
    """A lease is not genuine: its signature, its key, its machine or its times do not fit. It is never used."""


class UnknownKey(InvalidLease):
    """A lease names a key that this client does not have."""


class Released(LicenseError):
    """The seat was given back; acquire again to go on."""
