"""The service's HTTP interface: what is asked, and what an answer means. Nothing here sends anything."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from coditect_license.errors import (
    LicenseError,
    LicenseInactive,
    MachineInUse,
    NoSeats,
    Offline,
    RateLimited,
    Refused,
    Revoked,
    SessionGone,
    Unauthorized,
)

_INACTIVE = frozenset({"license_suspended", "license_cancelled", "license_expired", "no_license"})
_REVOKED = "session_revoked"
_NO_SEATS = "no_seats_available"
_MACHINE_IN_USE = "machine_in_use"
# When the service names no time. Of a seat: half a minute is short beside a lease of six minutes.
_DEFAULT_RETRY_S = 30.0


@dataclass(frozen=True)
class Call:
    """One request. path: below the service's address. timeout: seconds."""

    method: str
    path: str
    body: Mapping[str, object] | None = None
    timeout: float = 10.0


@dataclass(frozen=True)
class Answer:
    """One response. Header names are in lower case."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def acquire_call(*, hardware_id: str, hostname: str, os: str, version: str) -> Call:
    """Ask for a seat. Repeatable: this machine and user get the seat they have."""
    # The service keeps 255 characters of a host name; a longer one is no reason to be refused a seat.
    body = {"hardware_id": hardware_id, "hostname": hostname[:255], "os": os, "version": version}
    return Call("POST", "/api/v1/licenses/acquire", body)


def heartbeat_call(session_id: str) -> Call:
    """Say that the seat is in use."""
    return Call("POST", "/api/v1/licenses/heartbeat", {"session_id": session_id})


def release_call(session_id: str) -> Call:
    """Give the seat back. Repeatable. Nobody waits long for it: a seat not given back is free when its time is up."""
    return Call("POST", "/api/v1/licenses/release", {"session_id": session_id}, timeout=3.0)


def keys_call() -> Call:
    """Ask for the public keys."""
    return Call("GET", "/api/v1/keys")


def licenses_call() -> Call:
    """Ask for the licenses of the caller's tenant."""
    return Call("GET", "/api/v1/licenses")


def read(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of a good answer. Raises what any other answer means."""
    body = _object(answer.body)
    if answer.status == 200:
        if body is None:
            raise Offline("The answer is not from the license service: it is no JSON object. Is there a proxy between?")
        return body
    raise _refusal(answer, body or {})


def _refusal(answer: Answer, body: Mapping[str, Any]) -> LicenseError:
    status = answer.status
    code = next((body[name] for name in ("error", "code") if isinstance(body.get(name), str)), None)
    said = next((body[name] for name in ("detail", "message", "title") if isinstance(body.get(name), str)), None)
    message = f"{said or code or 'no reason given'} (HTTP {status})"
    retry_after = _retry_after(answer, body)
    if code == _NO_SEATS:
        return NoSeats(
            f"All {_count(body, 'seats_total')} seats are taken.",
            code=code,
            seats_used=_count(body, "seats_used"),
            seats_total=_count(body, "seats_total"),
            retry_after=_DEFAULT_RETRY_S if retry_after is None else retry_after,
        )
    if code == _MACHINE_IN_USE:
        wait = _DEFAULT_RETRY_S if retry_after is None else retry_after
        return MachineInUse(
            f"This machine is taken: {message}", code=code, seats_used=0, seats_total=0, retry_after=wait
        )
    if code == _REVOKED:
        return Revoked(f"This session was revoked: {message}.", code=code)
    if code in _INACTIVE:
        return LicenseInactive(f"The license cannot be used: {message}.", code=code)
    if status == 401:
        return Unauthorized(f"The access token was not accepted: {message}. Sign in again.", code=code)
    if status == 429:
        return RateLimited(
            f"Too many requests: {message}.",
            code=code,
            retry_after=_DEFAULT_RETRY_S if retry_after is None else retry_after,
        )
    if status in (404, 410):
        return SessionGone(f"The service does not know this: {message}.", code=code)
    if status >= 500:
        return Offline(f"The license service cannot answer now: {message}.", code=code, retry_after=retry_after)
    return Refused(f"The license service refused: {message}.", status=status, code=code)


def _retry_after(answer: Answer, body: Mapping[str, Any]) -> float | None:
    for value in (body.get("retry_after"), answer.headers.get("retry-after")):
        try:
            seconds = float(value)  # type: ignore[arg-type]  # whatever is no number ends in the except
        except (TypeError, ValueError):
            continue
        if 0 <= seconds < float("inf"):
            return seconds
    return None


def _object(body: bytes) -> Mapping[str, Any] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _count(body: Mapping[str, Any], name: str) -> int:
    value = body.get(name)
    return value if isinstance(value, int) else 0
