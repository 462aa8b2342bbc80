"""Use cases of licenses: what staff and billing do. Those of seats stand in seats/holding.py."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from apps.domain.accounts.principal import Principal
from apps.domain.audit.models import AuditAction
from apps.domain.audit.services import record
from apps.domain.licensing import errors
from apps.domain.licensing.models import MOST_SEATS, ActiveSession, EndReason, License, LicenseStatus
from apps.domain.licensing.seats import decisions, holding, journal
from apps.domain.licensing.seats.journal import Origin
from apps.domain.licensing.seats.terms import seats_of
from apps.domain.operations.redis import RedisLink, redis_link
from apps.domain.tenancy.scope import platform_scope, tenant_scope

BY_THE_PLATFORM = Origin(request_id="", ip=None, user_agent="")


def provision_license(
    *, tenant_id: UUID, seats_total: int, expires_at: datetime | None = None, by: UUID | None = None
) -> License:
    """A new active license. expires_at: None for a subscription. by: whoever does it, None for the platform."""
    _check_seats(seats_total)
    with tenant_scope(tenant_id):
        made = License.objects.create(tenant_id=tenant_id, seats_total=seats_total, expires_at=expires_at)
        record(
            tenant_id=tenant_id,
            action=AuditAction.PROVISION,
            license_id=made.id,
            user_id=by,
            metadata={"change": "provisioned", "seats_total": seats_total},
        )
    return made


def change_seats(*, tenant_id: UUID, license_id: UUID, seats_total: int, by: UUID | None = None) -> None:
    """Set the number of seats. Fewer than are in use gives no new seats, and throws nobody out."""
    _check_seats(seats_total)
    with tenant_scope(tenant_id):
        changed = _locked(license_id)
        before, changed.seats_total = changed.seats_total, seats_total
        changed.save(update_fields=["seats_total", "updated_at"])
        record(
            tenant_id=tenant_id,
            action=AuditAction.PROVISION,
            license_id=license_id,
            user_id=by,
            metadata={"change": "seats", "seats_total": seats_total, "seats_before": before},
        )


def change_status(*, tenant_id: UUID, license_id: UUID, status: LicenseStatus, by: UUID | None = None) -> None:
    """Set the status. Any but active ends the living sessions: their next beat says so."""
    with tenant_scope(tenant_id):
        changed = _locked(license_id)
        before, changed.status = changed.status, status
        changed.save(update_fields=["status", "updated_at"])
        record(
            tenant_id=tenant_id,
            action=AuditAction.PROVISION,
            license_id=license_id,
            user_id=by,
            metadata={"change": "status", "status": status.value, "status_before": before},
        )
        if status is not LicenseStatus.ACTIVE:
            end_sessions(tenant_id=tenant_id, license_id=license_id, by=by)


def change_end(*, tenant_id: UUID, license_id: UUID, expires_at: datetime | None, by: UUID | None = None) -> None:
    """Set when the license ends; None for a subscription."""
    with tenant_scope(tenant_id):
        changed = _locked(license_id)
        changed.expires_at = expires_at
        changed.save(update_fields=["expires_at", "updated_at"])
        record(
            tenant_id=tenant_id,
            action=AuditAction.PROVISION,
            license_id=license_id,
            user_id=by,
            metadata={"change": "end", "expires_at": expires_at.isoformat() if expires_at else None},
        )


def end_sessions(*, tenant_id: UUID, license_id: UUID, by: UUID | None = None) -> int:
    """End every open session of a license that no longer stands, in the caller's scope. Returns how many."""
    open_rows = ActiveSession.objects.filter(license_id=license_id, released_at__isnull=True)
    ended = []
    for session in open_rows.values_list("session_id", flat=True):
        answer = journal.end_session(
            tenant_id=tenant_id,
            session=session,
            owner=None,
            reason=EndReason.LICENSE_ENDED,
            by=by,
            origin=BY_THE_PLATFORM,
        )
        if answer.ended is not None:
            ended.append(answer.ended)
    # Redis frees what PostgreSQL has committed; should this process die between the two, the sweeper does it.
    transaction.on_commit(lambda: decisions.drop(redis_link(), seats_of(tenant_id, license_id), ended))
    return len(ended)


def revoke_session(link: RedisLink, principal: Principal, *, session: UUID, origin: Origin) -> None:
    """Staff and owners take a seat back; an owner only in their own tenant. Idempotent.

    Raises LicensingError: session_not_found, whoever else's it is.
    """
    tenant_id = principal.tenant_id
    if principal.sees_all_tenants:
        with platform_scope():
            found = ActiveSession.objects.filter(session_id=session).values_list("tenant_id", flat=True).first()
        tenant_id = found
    if tenant_id is None:
        raise errors.session_not_found()
    holding.revoke(
        link, tenant_id=tenant_id, session=session, by=principal.user_id, reason=EndReason.REVOKED, origin=origin
    )


def _locked(license_id: UUID) -> License:
    return License.objects.select_for_update().get(pk=license_id)


def _check_seats(seats_total: int) -> None:
    if not 0 <= seats_total <= MOST_SEATS:
        raise ValueError(f"seats_total is {seats_total}: a license has 0 to {MOST_SEATS} seats. Make several of more.")
