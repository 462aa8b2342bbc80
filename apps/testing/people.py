"""Alice owns Acme, Bob is a user there and Gina a guest; Carol owns Globex and must never see Acme; Sam is staff, Ada
is an admin.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from apps.domain.accounts.models import User
from apps.domain.accounts.principal import Principal
from apps.domain.accounts.services import token_for
from apps.domain.accounts.tokens import verify_token
from apps.domain.licensing.models import License
from apps.domain.licensing.services import provision_license
from apps.domain.tenancy.models import Tenant, TenantRole, Tier
from apps.domain.tenancy.services import add_member, create_tenant


@dataclass(frozen=True, kw_only=True)
class Person:
    """A user with a token."""

    user: User
    token: str

    @property
    def principal(self) -> Principal:
        return verify_token(self.token)

    @property
    def header(self) -> str:
        return f"Bearer {self.token}"


@dataclass(frozen=True, kw_only=True)
class Company:
    """A tenant with a license, its owner, and its people."""

    tenant: Tenant
    license: License
    owner: Person

    @property
    def tenant_id(self) -> UUID:
        return self.tenant.id

    def hire(self, name: str, role: TenantRole = TenantRole.USER) -> Person:
        """Another member."""
        user = _user(name)
        add_member(tenant_id=self.tenant.id, user=user, role=role)
        return Person(user=user, token=token_for(user))


@dataclass(frozen=True, kw_only=True)
class Cast:
    """Everyone, new for each test."""

    acme: Company
    globex: Company
    alice: Person
    bob: Person
    gina: Person
    carol: Person
    sam: Person
    ada: Person


def found(name: str, *, owner: str, seats: int, tier: Tier = Tier.PRO) -> Company:
    """A company with one license of so many seats."""
    user = _user(owner)
    tenant = create_tenant(name=name, owner=user, tier=tier)
    bought = provision_license(tenant_id=tenant.id, seats_total=seats)
    return Company(tenant=tenant, license=bought, owner=Person(user=user, token=token_for(user)))


def assemble(*, seats: int = 3) -> Cast:
    acme = found("Acme", owner="alice", seats=seats)
    globex = found("Globex", owner="carol", seats=seats)
    return Cast(
        acme=acme,
        globex=globex,
        alice=acme.owner,
        bob=acme.hire("bob"),
        gina=acme.hire("gina", TenantRole.GUEST),
        carol=globex.owner,
        sam=_staff("sam", is_staff=True),
        ada=_staff("ada", is_staff=True, is_superuser=True),
    )


def _user(name: str) -> User:
    # No password: hashing one takes longer than everything else here. Tests of signing in set their own.
    return User.objects.create_user(f"{name}-{uuid4().hex[:8]}@example.com", None, first_name=name.title())


def _staff(name: str, *, is_staff: bool, is_superuser: bool = False) -> Person:
    user = User.objects.create_user(
        f"{name}-{uuid4().hex[:8]}@coditect.com",
        None,
        first_name=name.title(),
        is_staff=is_staff,
        is_superuser=is_superuser,
    )
    return Person(user=user, token=token_for(user))
