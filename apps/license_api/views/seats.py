"""Acquire, heartbeat, release: the hot endpoints. hot_path.py says how a request comes here."""

import logging
import time
from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from django.conf import settings
from pydantic import BaseModel, ConfigDict, StringConstraints

from apps.configuration.logging import log_context
from apps.domain.accounts.endpoint import authorized, body_of
from apps.domain.accounts.permissions import Action
from apps.domain.accounts.principal import Principal
from apps.domain.licensing import errors
from apps.domain.licensing.seats import holding
from apps.domain.licensing.seats.holding import Seat
from apps.domain.licensing.seats.journal import Machine, Origin
from apps.domain.operations.fault_points import step
from apps.domain.operations.redis import redis_link
from apps.domain.operations.requests import Received, client_ip
from apps.domain.signing import MAX_WAIT_S, Lease, SignedLease, SigningError, signer_from_settings

logger = logging.getLogger(__name__)

# PostgreSQL stores no NUL, and nothing that prints badly belongs into a name.
_PLAIN = r"^[^\x00-\x1f\x7f]*$"
HardwareId = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=_PLAIN)]


class AcquireBody(BaseModel):
    """license_id: of the tenant's licenses; the first one that has a free seat when it is absent."""

    model_config = ConfigDict(frozen=True)

    hardware_id: HardwareId
    hostname: Annotated[str, StringConstraints(max_length=255, pattern=_PLAIN)] = ""
    os: Annotated[str, StringConstraints(max_length=50, pattern=_PLAIN)] = ""
    version: Annotated[str, StringConstraints(max_length=20, pattern=_PLAIN)] = ""
    license_id: UUID | None = None


class SessionBody(BaseModel):
    """session_id: as acquire gave it. Any text that is no id of ours is an unknown session."""

    model_config = ConfigDict(frozen=True)

    session_id: Annotated[str, StringConstraints(min_length=1, max_length=255)]


def acquire(request: Received) -> Mapping[str, object]:
    principal = authorized(request, Action.LICENSES_WRITE)
    body = body_of(request, AcquireBody)
    link = redis_link()
    machine = Machine(hardware_id=body.hardware_id, hostname=body.hostname, os=body.os, version=body.version)
    origin = origin_of(request)
    seat = holding.acquire(link, principal, machine=machine, origin=origin, license_id=body.license_id)
    note_session(seat.session)
    # Slow, down or misconfigured: the seat must not stay taken for a client that was told nothing.
    try:
        signed = _signed(seat, principal, machine)
    except SigningError as unavailable:
        holding.give_back(link, seat, machine=machine, origin=origin)
        logger.warning("A lease could not be signed; its seat was given back", extra={"reason": str(unavailable)})
        raise errors.try_again("The lease could not be signed. The seat was given back.", retry_after_s=2) from None
    step("acquire-signed")
    logger.info("License acquired", extra={"license_id": str(seat.terms.id), "fence": seat.fence})
    return signed.as_json()


def heartbeat(request: Received) -> Mapping[str, object]:
    principal = authorized(request, Action.LICENSES_WRITE)
    body = body_of(request, SessionBody)
    session = session_of(body)
    note_session(session)
    expires_in = holding.beat(redis_link(), principal, session=session)
    return {"status": "ok", "expires_in": expires_in}


def release(request: Received) -> Mapping[str, object]:
    principal = authorized(request, Action.LICENSES_WRITE)
    body = body_of(request, SessionBody)
    session = session_of(body)
    note_session(session)
    holding.release(redis_link(), principal, session=session, origin=origin_of(request))
    return {"status": "released"}


def origin_of(request: Received) -> Origin:
    return Origin(
        request_id=log_context.get({}).get("request_id", ""),
        ip=client_ip(request),
        # NUL cannot be stored; what is longer than this is no browser's name.
        user_agent=request.META.get("HTTP_USER_AGENT", "").replace("\x00", "")[:512],
    )


def session_of(body: SessionBody) -> UUID:
    try:
        return UUID(body.session_id)
    except ValueError:
        raise errors.session_not_found() from None


def note_session(session: UUID) -> None:
    """Name the session in this request's log lines."""
    context = log_context.get(None)
    if context is not None:
        context["session_id"] = str(session)


def _signed(seat: Seat, principal: Principal, machine: Machine) -> SignedLease:
    lease = Lease(
        license_id=str(seat.terms.id),
        session_id=str(seat.session),
        tenant_id=str(seat.terms.tenant_id),
        user_id=str(principal.user_id),
        hardware_id=machine.hardware_id,
        fence=seat.fence,
        seats_used=seat.seats_used,
        seats_total=seat.terms.seats_total,
        tier=seat.tier,
        issued_at=seat.granted_at,
        expires_at=seat.expires_at,
        license_expires_at=seat.license_expires_at,
        heartbeat_interval=int(settings.HEARTBEAT_INTERVAL.total_seconds()),
    )
    return signer_from_settings().sign(lease, deadline=time.monotonic() + MAX_WAIT_S)
