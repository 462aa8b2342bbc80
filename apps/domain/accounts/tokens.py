"""Access tokens: JWT, HS256, 24 hours, the claims of the specification, and `jti` so that one can be taken back.

Verified tokens are remembered until they expire: a client beats with the same one all day, and checking the HMAC and
the claims again costs more than everything else a beat does in this process. Revocation is not remembered here; it is
asked of Redis with every request.
"""

import threading
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, ClassVar
from uuid import UUID, uuid4

import jwt
from django.conf import settings

from apps.configuration.environment import JwtKeys
from apps.domain.accounts.errors import InvalidTokenError
from apps.domain.accounts.permissions import PERMISSIONS, Role
from apps.domain.accounts.principal import Principal

ALGORITHM = "HS256"
# tenant_id is required too, but null for staff, which PyJWT takes for missing.
_REQUIRED = ["sub", "email", "name", "role", "iat", "exp", "jti"]
# Clocks of two of our machines may differ by this much, in seconds.
_LEEWAY_S = 5
_REMEMBERED = 50_000


def issue_token(
    *, user_id: UUID, email: str, name: str, tenant_id: UUID | None, role: Role, keys: JwtKeys | None = None
) -> str:
    """A new access token, signed with the key that signs now, valid from now on for JWT_LIFETIME."""
    keys = keys or settings.JWT_KEYS
    now = int(time.time())
    claims = {
        "sub": str(user_id),
        "email": email,
        "name": name,
        "tenant_id": str(tenant_id) if tenant_id else None,
        "role": role.value,
        "permissions": sorted(PERMISSIONS[role]),
        "iat": now,
        "exp": now + int(settings.JWT_LIFETIME.total_seconds()),
        "jti": str(uuid4()),
    }
    return jwt.encode(claims, keys.keys[keys.signing], algorithm=ALGORITHM, headers={"kid": keys.signing})


def verify_token(token: str, *, keys: JwtKeys | None = None) -> Principal:
    """The bearer. Raises InvalidTokenError. Says nothing about revocation."""
    keys = keys or settings.JWT_KEYS
    try:
        kid = _key_named_by(token.partition(".")[0])
        secret = keys.keys.get(kid) if isinstance(kid, str) else None
        if secret is None:
            raise InvalidTokenError("The token names no key of ours.")
        # The algorithm is ours to say, never the token's.
        claims = jwt.decode(
            token, secret, algorithms=[ALGORITHM], leeway=_LEEWAY_S, options={"require": _REQUIRED, "verify_aud": False}
        )
    except jwt.ExpiredSignatureError:
        raise InvalidTokenError("The token has expired. Refresh it or sign in again.") from None
    except jwt.InvalidTokenError:
        raise InvalidTokenError("The token is not valid.") from None
    return _principal(claims)


@lru_cache(maxsize=64)
def _key_named_by(header: str) -> object:
    """A token's `kid`. All tokens of a key begin alike, and reading that costs half as much as verifying the token."""
    # With an empty payload and signature, for PyJWT takes no header alone.
    return jwt.get_unverified_header(f"{header}.e30.").get("kid")


def _principal(claims: Mapping[str, Any]) -> Principal:
    try:
        tenant_id = claims["tenant_id"]
        return Principal(
            user_id=UUID(claims["sub"]),
            email=str(claims["email"]),
            name=str(claims["name"]),
            tenant_id=UUID(tenant_id) if tenant_id is not None else None,
            role=Role(claims["role"]),
            token_id=UUID(claims["jti"]),
            token_expires_at=int(claims["exp"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError):
        raise InvalidTokenError("The token's claims are not of the form they must have.") from None


class TokenCache:
    """Principals of verified tokens, until they expire. Bounded: at its limit it starts anew."""

    shared: ClassVar["TokenCache"]

    def __init__(self) -> None:
        self._principals: dict[str, Principal] = {}
        self._adding = threading.Lock()

    def principal(self, token: str) -> Principal:
        """As `verify_token`. Raises InvalidTokenError."""
        known = self._principals.get(token)
        if known is not None:
            if time.time() < known.token_expires_at:
                return known
            self._principals.pop(token, None)
        verified = verify_token(token)
        with self._adding:
            if len(self._principals) >= _REMEMBERED:
                self._principals.clear()
            self._principals[token] = verified
        return verified


TokenCache.shared = TokenCache()
