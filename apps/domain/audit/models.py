"""The audit log: appended in the transaction of what it records, sealed into a hash chain, never changed."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from apps.domain.tenancy.managers import TenantScopedManager
from apps.domain.tenancy.models import Tenant


class AuditAction(models.TextChoices):
    """What happened to a license or one of its seats."""

    ACQUIRE = "acquire"
    HEARTBEAT = "heartbeat"
    RELEASE = "release"
    EXPIRE = "expire"
    PROVISION = "provision"
    REVOKE = "revoke"


class LicenseAuditLog(models.Model):
    """One event. Partitioned by month of `created_at`; the database key is (id, created_at).

    No foreign keys in the database: a record outlives what it is about, and checking them would lock one hot row, the
    tenant's, for every request.
    """

    id = models.BigAutoField(primary_key=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    license_id = models.UUIDField(null=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+"
    )
    action = models.CharField(max_length=50, choices=AuditAction.choices)
    hardware_id = models.CharField(max_length=255, blank=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(blank=True)
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    objects = TenantScopedManager()

    class Meta:
        db_table = "license_audit_log"
        managed = False

    def __str__(self) -> str:
        return f"{self.action} {self.created_at:%Y-%m-%dT%H:%M:%SZ}"


class AuditSeal(models.Model):
    """One link of a tenant's chain: a Merkle root over a batch of rows, bound to the root before.

    row_ids, leaves: ids in order, and their SHA-256 leaf hashes (32 bytes each) in the same order.
    root: SHA-256 of the batch's Merkle root and `previous_root`; empty before the first.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    number = models.BigIntegerField()
    row_ids = ArrayField(models.BigIntegerField())
    leaves = models.BinaryField()
    previous_root = models.BinaryField()
    root = models.BinaryField()
    first_created_at = models.DateTimeField()
    last_created_at = models.DateTimeField()
    sealed_at = models.DateTimeField()

    objects = TenantScopedManager()

    class Meta:
        db_table = "audit_seals"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "number"], name="audit_seals_one_chain"),
        ]

    def __str__(self) -> str:
        return f"seal {self.number} of {self.tenant_id}"
