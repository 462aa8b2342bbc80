"""Use cases of tenants."""

from uuid import UUID, uuid4

from apps.domain.accounts.models import User
from apps.domain.tenancy.models import Membership, Tenant, TenantRole, Tier
from apps.domain.tenancy.scope import tenant_scope


def create_tenant(*, name: str, owner: User, tier: Tier = Tier.FREE) -> Tenant:
    """A new organisation, which `owner` owns."""
    tenant_id = uuid4()
    with tenant_scope(tenant_id):
        tenant = Tenant.objects.create(id=tenant_id, name=name, owner=owner, tier=tier)
        Membership.objects.create(tenant=tenant, user=owner, role=TenantRole.OWNER)
    return tenant


def add_member(*, tenant_id: UUID, user: User, role: TenantRole) -> Membership:
    """Make `user` a member, or change the role of one."""
    with tenant_scope(tenant_id):
        membership, _ = Membership.objects.update_or_create(tenant_id=tenant_id, user=user, defaults={"role": role})
    return membership
