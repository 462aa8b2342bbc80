"""Who takes part: tenants with one license each, their users, and the tokens they sign in with."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

import jwt
from pydantic import BaseModel, ConfigDict

from apps.domain.accounts.permissions import PERMISSIONS, Role


class Member(BaseModel):
    """A user of a tenant."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    role: Role = Role.USER

    @property
    def email(self) -> str:
        return f"{self.id}@example.com"


class Customer(BaseModel):
    """A tenant with one license of `seats` seats. The first member owns it."""

    model_config = ConfigDict(frozen=True)

    tenant_id: UUID
    license_id: UUID
    seats: int
    members: tuple[Member, ...]

    @property
    def owner(self) -> Member:
        return self.members[0]

    @property
    def users(self) -> tuple[Member, ...]:
        return self.members[1:]


def customer(*, seats: int, users: int) -> Customer:
    """A customer with an owner and `users` users."""
    members = (Member(id=uuid4(), role=Role.OWNER), *(Member(id=uuid4()) for _ in range(users)))
    return Customer(tenant_id=uuid4(), license_id=uuid4(), seats=seats, members=members)


@dataclass(frozen=True, kw_only=True)
class TokenMaker:
    """Makes access tokens as the service does, and, for the tests of forged ones, as it never would.

    keys: HMAC secrets by key id; signing: the one that signs.
    """

    keys: Mapping[str, str] = field(default_factory=lambda: {"2025-11": uuid4().hex + uuid4().hex})
    signing: str = "2025-11"

    def token(
        self,
        member: Member,
        of: Customer,
        *,
        lifetime_s: int = 86_400,
        kid: str | None = None,
        secret: str | None = None,
        algorithm: str = "HS256",
    ) -> str:
        now = int(time.time())
        claims = {
            "sub": str(member.id),
            "email": member.email,
            "name": "A Name",
            "tenant_id": str(of.tenant_id),
            "role": member.role.value,
            "permissions": sorted(PERMISSIONS[member.role]),
            "iat": min(now, now + lifetime_s - 60),
            "exp": now + lifetime_s,
            "jti": str(uuid4()),
        }
        key = "" if algorithm == "none" else secret or self.keys[self.signing]
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid or self.signing})
