"""Who may do what: one table from role to actions. Every route names the action it needs."""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """Admin and Staff are CODITECT's own; the others are of a tenant."""

    ADMIN = "admin"
    STAFF = "staff"
    OWNER = "owner"
    USER = "user"
    GUEST = "guest"


class Action(StrEnum):
    """What a request wants to do, as it stands in a token's `permissions`."""

    LICENSES_READ = "licenses:read"
    LICENSES_WRITE = "licenses:write"  # acquire, heartbeat, release: one's own seat
    TEAM_READ = "team:read"
    TEAM_WRITE = "team:write"
    SESSIONS_REVOKE = "sessions:revoke"
    BILLING_READ = "billing:read"
    BILLING_WRITE = "billing:write"
    TENANTS_READ_ALL = "tenants:read_all"
    ADMIN_SITE = "admin:access"


_READ = frozenset({Action.LICENSES_READ, Action.TEAM_READ})
_USE = _READ | {Action.LICENSES_WRITE}

PERMISSIONS: Mapping[Role, frozenset[Action]] = {
    Role.GUEST: _READ,
    Role.USER: _USE,
    Role.OWNER: _USE | {Action.TEAM_WRITE, Action.SESSIONS_REVOKE, Action.BILLING_READ, Action.BILLING_WRITE},
    Role.STAFF: _READ | {Action.SESSIONS_REVOKE, Action.BILLING_READ, Action.TENANTS_READ_ALL, Action.ADMIN_SITE},
    Role.ADMIN: frozenset(Action),
}


def may(role: Role, action: Action) -> bool:
    """Whether the table allows it."""
    return action in PERMISSIONS[role]
