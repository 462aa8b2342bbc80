"""Appending to the audit log."""

from uuid import UUID

from django.utils import timezone

from apps.domain.audit.models import AuditAction, LicenseAuditLog


def record(
    *,
    tenant_id: UUID,
    action: AuditAction,
    license_id: UUID | None = None,
    user_id: UUID | None = None,
    metadata: dict[str, str | int | None] | None = None,
) -> None:
    """Append one row, in the transaction and the scope of what it records."""
    LicenseAuditLog.objects.create(
        tenant_id=tenant_id,
        action=action,
        license_id=license_id,
        user_id=user_id,
        metadata=metadata or {},
        created_at=timezone.now(),
    )
