"""From an Authorization header to a principal who may do what a route needs."""

from apps.configuration.logging import log_context
from apps.domain.accounts.errors import InvalidTokenError
from apps.domain.accounts.principal import Principal
from apps.domain.accounts.tokens import TokenCache
from apps.domain.operations.requests import Received

_SCHEME = "bearer "
# Longer than any token of ours; checking a long one costs time.
_LONGEST = 4096
ASK_FOR_TOKEN = "Send an access token: Authorization: Bearer TOKEN. Sign in to get one."  # noqa: S105 - asks for one


def bearer(request: Received) -> Principal:
    """Who sent the request. Raises InvalidTokenError. Revocation is asked of Redis by whoever goes on."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    if header[: len(_SCHEME)].lower() != _SCHEME or len(header) > _LONGEST:
        raise InvalidTokenError(ASK_FOR_TOKEN)
    principal = TokenCache.shared.principal(header[len(_SCHEME) :].strip())
    context = log_context.get(None)
    if context is not None:
        context["user_id"] = str(principal.user_id)
        context["tenant_id"] = str(principal.tenant_id)
    return principal
