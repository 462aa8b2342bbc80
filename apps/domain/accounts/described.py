"""What endpoints that need a token have in common in the OpenAPI document."""

from apps.domain.accounts.bearer import ASK_FOR_TOKEN
from apps.domain.accounts.errors import token_revoked, too_many_requests
from apps.domain.operations import problems
from apps.domain.operations.described import Refusal
from apps.domain.operations.error_pages import FAILED
from apps.domain.operations.problems import CANNOT_DECIDE

BEARER: dict[str, list[str]] = {"bearer": []}
LIMITED = too_many_requests(42)
UNAVAILABLE = problems.unavailable(CANNOT_DECIDE)
SIGNED_IN: tuple[Refusal, ...] = (problems.unauthorized(ASK_FOR_TOKEN), token_revoked(), LIMITED, UNAVAILABLE, FAILED)
"""How each of them may refuse."""
