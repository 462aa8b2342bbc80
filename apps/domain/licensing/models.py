"""Licenses and the sessions that hold their seats. Seats are decided in `seats/`, never by writing these rows."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.domain.tenancy.managers import TenantScopedManager
from apps.domain.tenancy.models import Tenant

# One license's seats are rebuilt in one Redis script, which holds everyone else up: 100,000 take about 0.2 s.
MOST_SEATS = 100_000


class LicenseStatus(models.TextChoices):
    """Only an active license gives seats."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class EndReason(models.TextChoices):
    """Why a session no longer holds its seat."""

    RELEASED = "released"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNSIGNED = "unsigned"  # granted, but the lease could not be signed: the seat was given back
    VOID = "void"  # refused before it was granted; never anyone's
    LICENSE_ENDED = "license_ended"


class License(models.Model):
    """Floating seats of a tenant. Changed through services alone, which tell the audit log and end sessions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="licenses")
    seats_total = models.PositiveIntegerField()
    status = models.CharField(max_length=20, choices=LicenseStatus.choices, default=LicenseStatus.ACTIVE)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty for a subscription.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantScopedManager()

    class Meta:
        db_table = "licenses"
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=LicenseStatus.values), name="licenses_status_is_known"),
            models.CheckConstraint(condition=Q(seats_total__lte=MOST_SEATS), name="licenses_seats_in_bounds"),
        ]

    def __str__(self) -> str:
        return f"{self.seats_total} seats of {self.tenant_id}"


class SeatEpoch(models.Model):
    """How often a license's seats were rebuilt in Redis. A grant of an earlier epoch is refused."""

    license = models.OneToOneField(License, on_delete=models.CASCADE, primary_key=True, related_name="seat_epoch")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    epoch = models.BigIntegerField()

    objects = TenantScopedManager()

    class Meta:
        db_table = "seat_epochs"

    def __str__(self) -> str:
        return f"epoch {self.epoch} of {self.license_id}"


class ActiveSession(models.Model):
    """One grant of a seat, open until `released_at`. Instants are those of Redis, which decides.

    leases: leases signed or being signed for this grant; a grant whose only lease failed is given back.
    fence: rises over all grants, so also over those of one license.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The license's foreign key says the same; checking this one too would lock the tenant's row for every grant.
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, db_constraint=False, related_name="+")
    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="sessions", db_index=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_id = models.UUIDField(unique=True)
    hardware_id = models.CharField(max_length=255)
    hostname = models.CharField(max_length=255, blank=True)
    os = models.CharField(max_length=50, blank=True)
    version = models.CharField(max_length=20, blank=True)
    fence = models.BigIntegerField()
    leases = models.IntegerField(default=1)
    acquired_at = models.DateTimeField()
    last_heartbeat_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True)

    objects = TenantScopedManager()

    class Meta:
        db_table = "active_sessions"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["license", "hardware_id"],
                condition=Q(released_at__isnull=True),
                name="active_sessions_one_seat_per_machine",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, end_reason="")
                | Q(released_at__isnull=False, end_reason__in=EndReason.values),
                name="active_sessions_end_has_a_reason",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant", "acquired_at"], condition=Q(released_at__isnull=True), name="sessions_open"),
            models.Index(fields=["released_at"], condition=Q(released_at__isnull=False), name="sessions_ended"),
        ]

    def __str__(self) -> str:
        return str(self.session_id)
