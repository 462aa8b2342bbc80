"""Bearer token (HS256), the blacklist of revoked tokens, and 100 requests a minute and user: a round trip each."""

from dataclasses import dataclass

import jwt
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from bench.license.specification.seats import REDIS
from bench.license.specification.settings import PARTS

_PER_MINUTE = 100


@dataclass(frozen=True, kw_only=True)
class TokenUser:
    """The claims a view needs."""

    id: str
    tenant_id: str
    is_authenticated: bool = True


class TokenAuthentication(BaseAuthentication):
    """Verifies the token at every request, as the specification has it."""

    def authenticate(self, request: Request) -> tuple[TokenUser, None] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            return None
        try:
            claims = jwt.decode(token, PARTS.jwt_secret, algorithms=["HS256"], options={"require": ["exp", "sub"]})
        except jwt.InvalidTokenError as error:
            raise AuthenticationFailed(str(error)) from error
        if REDIS.get(f"blacklist:{claims['jti']}"):
            raise AuthenticationFailed("revoked")
        counter = f"ratelimit:{claims['sub']}:{request.path}"
        pipeline = REDIS.pipeline(transaction=False)
        pipeline.set(counter, 0, ex=60, nx=True)
        pipeline.incr(counter)
        if int(pipeline.execute()[1]) > _PER_MINUTE:
            raise Throttled
        return TokenUser(id=claims["sub"], tenant_id=claims["tenant_id"]), None

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
