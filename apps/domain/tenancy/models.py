"""Tenants (organisations) and who belongs to them."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.domain.tenancy.managers import TenantScopedManager


class Tier(models.TextChoices):
    """What a tenant has bought."""

    FREE = "free"
    PRO = "pro"
    ENTERPRISE = "enterprise"


class TenantRole(models.TextChoices):
    """Roles inside a tenant. Admin and Staff are CODITECT's own and stand at the user."""

    OWNER = "owner"
    USER = "user"
    GUEST = "guest"


class Tenant(models.Model):
    """An organisation. Everything that belongs to it carries its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=255)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="owned_tenants")
    tier = models.CharField(max_length=20, choices=Tier.choices, default=Tier.FREE)
    stripe_customer_id = models.CharField(max_length=255, blank=True)
    stripe_subscription_id = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TenantScopedManager(tenant_field="id")

    class Meta:
        db_table = "tenants"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(tier__in=Tier.values), name="tenants_tier_is_known"),
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role in a tenant."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=TenantRole.choices)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantScopedManager()

    class Meta:
        db_table = "memberships"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant", "user"], name="memberships_one_role_per_user"),
            models.CheckConstraint(condition=models.Q(role__in=TenantRole.values), name="memberships_role_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.user_id} of {self.tenant_id}"
