"""Signing in, staying signed in, signing out."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils import timezone

from apps.domain.accounts.errors import InvalidCredentialsError, InvalidTokenError
from apps.domain.accounts.models import RevokedToken, User
from apps.domain.accounts.permissions import Role
from apps.domain.accounts.principal import Principal
from apps.domain.accounts.tokens import issue_token
from apps.domain.operations.redis import RedisLink
from apps.domain.tenancy.models import Membership
from apps.domain.tenancy.scope import platform_scope


@dataclass(frozen=True, kw_only=True)
class SignedIn:
    """A user with a fresh access token."""

    user: User
    access_token: str


def sign_in(*, email: str, password: str, request: HttpRequest | None = None) -> SignedIn:
    """Check a password. Raises InvalidCredentialsError, after the same work whether or not the account exists."""
    user = authenticate(request, username=email.lower(), password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    User.objects.filter(pk=user.pk).update(last_login=timezone.now())
    return SignedIn(user=user, access_token=token_for(user))


def signed_in_since(at: datetime) -> int:
    """How many users signed in since then."""
    return User.objects.filter(last_login__gte=at).count()


def token_for(user: User, *, tenant_id: UUID | None = None) -> str:
    """An access token for the tenant that was asked for, or the user's oldest membership.

    Raises InvalidTokenError when the user is not a member of the tenant asked for.
    """
    with platform_scope():
        memberships = Membership.objects.filter(user=user).order_by("created_at", "id")
        if tenant_id is not None:
            memberships = memberships.filter(tenant_id=tenant_id)
        membership = memberships.first()
    if tenant_id is not None and membership is None:
        raise InvalidTokenError("You are no longer a member of this organisation. Sign in again.")
    if user.is_superuser:
        role = Role.ADMIN
    elif user.is_staff:
        role = Role.STAFF
    else:
        role = Role(membership.role) if membership else Role.GUEST
    return issue_token(
        user_id=user.id,
        email=user.email,
        name=user.display_name,
        tenant_id=membership.tenant_id if membership else None,
        role=role,
    )


def refresh(principal: Principal) -> SignedIn:
    """A new token, 24 hours from now, with the role the user has now. Raises InvalidTokenError."""
    user = User.objects.filter(pk=principal.user_id, is_active=True).first()
    if user is None:
        raise InvalidTokenError("The account is closed.")
    return SignedIn(user=user, access_token=token_for(user, tenant_id=principal.tenant_id))


def sign_out(principal: Principal, link: RedisLink) -> None:
    """Take the token back: first for good in PostgreSQL, then in Redis, which every request asks. Idempotent.

    Raises CacheUnavailableError.
    """
    expires_at = datetime.fromtimestamp(principal.token_expires_at, UTC)
    RevokedToken.objects.get_or_create(
        jti=principal.token_id, defaults={"user_id": principal.user_id, "expires_at": expires_at}
    )
    link.ask(b"SET", b"revoked:" + principal.token_id.bytes, b"1", b"PXAT", principal.token_expires_at * 1000)


def forget_expired_revocations() -> int:
    """Delete revocations of tokens that have expired. Returns how many."""
    deleted, _ = RevokedToken.objects.filter(expires_at__lt=timezone.now()).delete()
    return deleted
