"""What the OpenAPI document says of each endpoint. Views of REST framework wear it; plain ones are added by a hook."""

from collections.abc import Callable, Mapping
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from apps.domain.accounts.described import BEARER, SIGNED_IN
from apps.domain.licensing import errors
from apps.domain.licensing.selectors import PAGE
from apps.domain.operations import problems
from apps.domain.operations.api_document import probes
from apps.domain.operations.described import Body, Endpoint, described, plain
from apps.domain.operations.error_pages import FAILED
from apps.license_api.serializers import (
    AcquireSerializer,
    BeatenSerializer,
    KeysSerializer,
    LeaseSerializer,
    LicensesSerializer,
    NoSeatsSerializer,
    SessionIdSerializer,
    SessionsSerializer,
    StatusSerializer,
)

_LICENSE, _TENANT = "9a0c6a1e-5a54-4f7c-8b0b-0d4f1f6f9c11", "3f1e0b52-9d2c-4b7e-8f5e-5f0d2b7f8a10"
_SESSION, _USER = "c2c9a8f0-7f0e-4f5d-9d6e-2a1b3c4d5e6f", "5b8d7c6e-1a2b-4c3d-8e9f-0a1b2c3d4e5f"
_INSTANT, _LATER = "2026-03-01T09:00:00Z", "2026-03-01T09:06:00Z"
_KEY_ID = "5f1c" * 16
_BAD_BODY = problems.invalid_request("hardware_id: Field required.")
_BAD_SESSION = problems.invalid_request("session_id: Field required.")
_NOT_A_USER = problems.forbidden("The role guest may not do licenses:write.")
_NO_LICENSE = errors.license_refuses("unknown")
_ASKED = {"By its id": {"session_id": _SESSION}}

ACQUIRE = described(
    "licenses_acquire",
    tag="licenses",
    summary="Take a seat on this machine, or find the one you hold",
    description=(
        "Answers a signed lease, which proves the seat without asking us again (see `GET /api/v1/keys`). The seat is "
        "yours until `expires_at`, six minutes from now; a heartbeat every `heartbeat_interval` seconds keeps it.\n\n"
        "Idempotent: while you hold a seat on this machine, asking again answers the same `session_id` and the same "
        "`fence` with a new lease, and takes no second seat. So a request whose answer was lost is sent again as it "
        "was. After the seat has ended, asking again takes a new one, with a higher `fence`.\n\n"
        "A seat is told only after it was written down for good: a 503 has granted nothing that would stay taken."
    ),
    security=[BEARER],
    request=AcquireSerializer,
    asked={
        "A machine": {"hardware_id": "abc123", "hostname": "macbook-pro", "os": "darwin", "version": "1.0.0"},
        "A seat of one license": {"hardware_id": "abc123", "license_id": _LICENSE},
    },
    answer=LeaseSerializer,
    example={
        "license_id": _LICENSE,
        "session_id": _SESSION,
        "seats_used": 1,
        "seats_total": 3,
        "expires_at": _LATER,
        "heartbeat_interval": 300,
        "tenant_id": _TENANT,
        "user_id": _USER,
        "hardware_id": "abc123",
        "fence": 42,
        "tier": "pro",
        "issued_at": _INSTANT,
        "license_expires_at": None,
        "key_id": _KEY_ID,
        "signature_version": 1,
        "signature": "8c41" * 256,
        "proof": None,
    },
    refusals=(
        _BAD_BODY,
        _NOT_A_USER,
        _NO_LICENSE,
        *(errors.license_refuses(state) for state in ("suspended", "cancelled", "expired")),
        errors.machine_in_use(retry_after_s=180),
        errors.no_seats(used=3, total=3, retry_after_s=42),
        *SIGNED_IN,
    ),
    problem_of={429: NoSeatsSerializer},
)

HEARTBEAT = described(
    "licenses_heartbeat",
    tag="licenses",
    summary="Keep your seat for another six minutes",
    description=(
        "Send one every five minutes. Repeating it does no harm: each counts from the moment it comes. 410 says why a "
        "seat has ended; acquire again unless it was revoked. 503 says that nothing is decided now, and your seat is "
        "kept meanwhile."
    ),
    security=[BEARER],
    request=SessionIdSerializer,
    asked=_ASKED,
    answer=BeatenSerializer,
    example={"status": "ok", "expires_in": 360},
    refusals=(
        _BAD_SESSION,
        _NOT_A_USER,
        _NO_LICENSE,
        errors.session_not_found(),
        *(errors.session_ended(reason) for reason in ("expired", "released", "revoked")),
        *SIGNED_IN,
    ),
)

RELEASE = described(
    "licenses_release",
    tag="licenses",
    summary="Give your seat back",
    description=(
        "The seat is free for others when this is answered. Idempotent: a session that has ended, for whatever reason, "
        "is answered `released` again."
    ),
    security=[BEARER],
    request=SessionIdSerializer,
    asked=_ASKED,
    answer=StatusSerializer,
    example={"status": "released"},
    refusals=(_BAD_SESSION, _NOT_A_USER, _NO_LICENSE, errors.session_not_found(), *SIGNED_IN),
)

_FIRST = OpenApiParameter(
    "first",
    {"type": "integer", "minimum": 0, "maximum": 999_999_999, "default": 0},
    description="Rows to leave out, for the page after this one.",
)
_BAD_PAGE = problems.invalid_request("first: write a whole number from 0 on.")


def _list(
    name: str, *, summary: str, description: str, answer: Body, example: Mapping[str, object]
) -> Callable[[Any], Any]:
    """What staff and owners page through. example: of one row."""
    return described(
        f"{name}_list",
        tag=name,
        summary=summary,
        description=description,
        security=[BEARER],
        parameters=[_FIRST],
        answer=answer,
        example={name: [example]},
        refusals=(
            _BAD_PAGE,
            problems.forbidden("Your role may not do this."),
            _NO_LICENSE,
            *SIGNED_IN,
            problems.not_acceptable(),
        ),
    )


LICENSES = _list(
    "licenses",
    summary="Licenses of your organisation; of every one for CODITECT's staff",
    description=f"At most {PAGE:,} at a time, the oldest first. `seats_used` counts living sessions.",
    answer=LicensesSerializer,
    example={
        "id": _LICENSE,
        "tenant_id": _TENANT,
        "seats_total": 3,
        "seats_used": 1,
        "status": "active",
        "expires_at": None,
        "created_at": _INSTANT,
    },
)

SESSIONS = _list(
    "sessions",
    summary="Living sessions of your organisation; of every one for CODITECT's staff",
    description=f"At most {PAGE:,} at a time: who holds a seat, on which machine, and when they last said so.",
    answer=SessionsSerializer,
    example={
        "id": _SESSION,
        "license_id": _LICENSE,
        "user": {"id": _USER, "email": "bob@acme.example", "name": "Bob"},
        "hardware_id": "abc123",
        "hostname": "macbook-pro",
        "os": "darwin",
        "version": "1.0.0",
        "acquired_at": _INSTANT,
        "last_heartbeat_at": _INSTANT,
    },
)

REVOKE = described(
    "sessions_revoke",
    tag="sessions",
    summary="Take a seat back",
    description=(
        "For owners of the organisation, and CODITECT's staff. The seat is free when this is answered, and the "
        "session's next heartbeat is told `session_revoked`. Idempotent: a session that has ended is answered the same."
    ),
    security=[BEARER],
    parameters=[OpenApiParameter("session_id", str, OpenApiParameter.PATH, description="As `GET /api/v1/sessions`.")],
    answer=StatusSerializer,
    example={"status": "revoked"},
    refusals=(
        problems.forbidden("Your role may not do this."),
        errors.session_not_found(),
        problems.not_acceptable(),
        *SIGNED_IN,
    ),
)

KEYS = described(
    "keys_list",
    tag="licenses",
    summary="Public keys that leases verify with, by key id",
    description=(
        "Public, for whoever holds a lease may verify it. Oldest first. A key that signs no more stays here until the "
        "last lease it signed has ended; `not_after` says when that is. Keep what you were answered: leases verify "
        "without a connection."
    ),
    answer=KeysSerializer,
    example={
        "keys": [
            {
                "key_id": _KEY_ID,
                "algorithm": "RSA_SIGN_PSS_4096_SHA256",
                "pem": "-----BEGIN PUBLIC KEY-----\n…\n-----END PUBLIC KEY-----\n",
                "not_after": None,
            }
        ]
    },
    refusals=(problems.not_acceptable(), errors.try_again("The signing key cannot be read now."), FAILED),
)


def add_plain_views(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's preprocessing hook."""
    return [
        *endpoints,
        plain("/api/v1/licenses/acquire", "POST", ACQUIRE),
        plain("/api/v1/licenses/heartbeat", "POST", HEARTBEAT),
        plain("/api/v1/licenses/release", "POST", RELEASE),
        *probes("database", "cache", "signer", health={"health": "/health"}),
    ]
