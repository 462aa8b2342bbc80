"""CODITECT licenses for Python programs: a floating seat, verified, kept while it is used, given back at the end."""

from coditect_license.aio import AsyncLicenseClient
from coditect_license.client import LicenseClient
from coditect_license.errors import (
    ConfigurationError,
    InvalidLease,
    LicenseError,
    LicenseInactive,
    MachineInUse,
    NoSeats,
    Offline,
    RateLimited,
    Refused,
    Released,
    Revoked,
    SessionGone,
    Unauthorized,
    UnknownKey,
)
from coditect_license.handle import Lease
from coditect_license.keys import fetched_keys, pinned_keys
from coditect_license.lease import GrantedLease
from coditect_license.verify import verify_reply
from coditect_license.version import VERSION as __version__  # noqa: N811 - the name that tools look for

__all__ = [
    "AsyncLicenseClient",
    "ConfigurationError",
    "GrantedLease",
    "InvalidLease",
    "Lease",
    "LicenseClient",
    "LicenseError",
    "LicenseInactive",
    "MachineInUse",
    "NoSeats",
    "Offline",
    "RateLimited",
    "Refused",
    "Released",
    "Revoked",
    "SessionGone",
    "Unauthorized",
    "UnknownKey",
    "__version__",
    "fetched_keys",
    "pinned_keys",
    "verify_reply",
]
