"""Who a request comes from."""

from dataclasses import dataclass
from uuid import UUID

from apps.domain.accounts.permissions import PERMISSIONS, Action, Role


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """The bearer of a verified token.

    tenant_id: None for staff who belong to no tenant.
    token_expires_at: Unix time in seconds.
    """

    user_id: UUID
    email: str
    name: str
    tenant_id: UUID | None
    role: Role
    token_id: UUID
    token_expires_at: int

    def may(self, action: Action) -> bool:
        return action in PERMISSIONS[self.role]

    @property
    def sees_all_tenants(self) -> bool:
        return self.may(Action.TENANTS_READ_ALL)
