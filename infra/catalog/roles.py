"""Roles of the product (the specification's RBAC table). The applications' permission table is tested against it."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    ADMIN = "admin"
    STAFF = "staff"
    OWNER = "owner"
    USER = "user"
    GUEST = "guest"


@dataclass(frozen=True, kw_only=True)
class RoleEntry:
    """One row of the table. is_internal: of CODITECT itself rather than of a tenant."""

    role: Role
    permissions: str
    access: str
    is_internal: bool


ROLES: tuple[RoleEntry, ...] = (
    RoleEntry(
        role=Role.ADMIN, permissions="Full system access", access="All endpoints, Django Admin", is_internal=True
    ),
    RoleEntry(
        role=Role.STAFF, permissions="Internal operations", access="Django Admin, read all tenants", is_internal=True
    ),
    RoleEntry(
        role=Role.OWNER,
        permissions="Tenant management",
        access="All tenant data, billing, team management",
        is_internal=False,
    ),
    RoleEntry(
        role=Role.USER,
        permissions="Standard access",
        access="Own data, tenant dashboard, license acquisition",
        is_internal=False,
    ),
    RoleEntry(role=Role.GUEST, permissions="Read-only", access="View only", is_internal=False),
)
