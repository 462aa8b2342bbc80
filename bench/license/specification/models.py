"""Tables of the specification's Data Flow chapter, as far as an acquire touches them."""

from __future__ import annotations  # at run time Django's fields take no type arguments

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models


class Tenant(models.Model):
    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4)
    name: models.CharField[str, str] = models.CharField(max_length=255)

    class Meta:
        db_table = "tenants"

    def __str__(self) -> str:
        return self.name


class License(models.Model):
    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4)
    tenant: models.ForeignKey[Tenant, Tenant] = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    seats_total: models.IntegerField[int, int] = models.IntegerField()
    status: models.CharField[str, str] = models.CharField(max_length=20, default="active")
    expires_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    objects: ClassVar[models.Manager[License]] = models.Manager()

    class Meta:
        db_table = "licenses"

    def __str__(self) -> str:
        return str(self.id)


class ActiveSession(models.Model):
    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4)
    license: models.ForeignKey[License, License] = models.ForeignKey(License, on_delete=models.CASCADE)
    user_id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(db_index=True)
    session_id: models.CharField[str, str] = models.CharField(max_length=255, unique=True)
    hardware_id: models.CharField[str, str] = models.CharField(max_length=255)
    hostname: models.CharField[str, str] = models.CharField(max_length=255)
    os: models.CharField[str, str] = models.CharField(max_length=50)
    version: models.CharField[str, str] = models.CharField(max_length=20)
    acquired_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)
    last_heartbeat_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True)
    released_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[ActiveSession]] = models.Manager()

    class Meta:
        db_table = "active_sessions"
        constraints = (models.UniqueConstraint(fields=["license", "hardware_id"], name="one_row_per_machine"),)

    def __str__(self) -> str:
        return self.session_id


class LicenseAuditLog(models.Model):
    tenant: models.ForeignKey[Tenant, Tenant] = models.ForeignKey(Tenant, on_delete=models.CASCADE)
    license: models.ForeignKey[License, License] = models.ForeignKey(License, on_delete=models.CASCADE)
    user_id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField()
    action: models.CharField[str, str] = models.CharField(max_length=50)
    hardware_id: models.CharField[str, str] = models.CharField(max_length=255)
    ip_address: models.GenericIPAddressField[str, str] = models.GenericIPAddressField()
    user_agent: models.TextField[str, str] = models.TextField()
    metadata: models.JSONField[dict[str, str], dict[str, str]] = models.JSONField()
    created_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(auto_now_add=True, db_index=True)

    objects: ClassVar[models.Manager[LicenseAuditLog]] = models.Manager()

    class Meta:
        db_table = "license_audit_log"

    def __str__(self) -> str:
        return f"{self.action} {self.license}"
