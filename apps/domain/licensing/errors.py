"""What the license service refuses, with the codes that clients act on."""

from apps.domain.operations.problems import ProblemError


class LicensingError(ProblemError):
    """A refusal of this app."""


def no_seats(*, used: int, total: int, retry_after_s: int) -> LicensingError:
    return LicensingError(
        code="no_seats_available",
        status=429,
        title="No seat is free",
        detail=f"All {total} seats are in use. The next one may become free in {retry_after_s} s.",
        retry_after_s=retry_after_s,
        more={"seats_used": used, "seats_total": total},
    )


def machine_in_use(*, retry_after_s: int) -> LicensingError:
    return LicensingError(
        code="machine_in_use",
        status=409,
        title="Another user holds a seat on this machine",
        detail="A machine holds one seat of a license. The other user must release it, or stop for a while.",
        retry_after_s=retry_after_s,
    )


_LICENSE_STATES = {
    "suspended": "The license is suspended",
    "cancelled": "The license is cancelled",
    "expired": "The license has expired",
}


def license_refuses(state: str) -> LicensingError:
    """suspended, cancelled, expired; or unknown for a tenant that has no such license."""
    if state not in _LICENSE_STATES:
        return LicensingError(
            code="no_license",
            status=403,
            title="No license",
            detail="Your organisation has no license that gives seats. Its owner can buy one.",
        )
    return LicensingError(
        code=f"license_{state}",
        status=403,
        title=_LICENSE_STATES[state],
        detail=f"{_LICENSE_STATES[state]}, so it gives no seats. Your organisation's owner can renew it.",
    )


def session_not_found() -> LicensingError:
    return LicensingError(
        code="session_not_found",
        status=404,
        title="No such session",
        detail="You hold no session of this id. Acquire a seat first.",
    )


_ENDED = {
    "expired": ("session_expired", "No heartbeat came in time, so the seat was given up. Acquire a seat again."),
    "released": ("session_released", "The seat was given back. Acquire a seat again."),
    "unsigned": ("session_released", "The seat was given back. Acquire a seat again."),
    "revoked": ("session_revoked", "The seat was taken back by your organisation's owner or by CODITECT's staff."),
    "license_ended": ("session_revoked", "The license was suspended or cancelled."),
}


def session_ended(reason: str) -> LicensingError:
    """reason: an EndReason."""
    code, detail = _ENDED[reason]
    return LicensingError(code=code, status=410, title="The session has ended", detail=detail)


def try_again(detail: str, *, code: str = "temporarily_unavailable", retry_after_s: int = 1) -> LicensingError:
    return LicensingError(
        code=code,
        status=503,
        title="Temporarily unavailable",
        detail=detail,
        retry_after_s=retry_after_s,
    )
