"""What every endpoint does before and after its own work, without DRF, which alone costs more than a heartbeat."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from pydantic import BaseModel, ValidationError

from apps.domain.accounts.bearer import bearer
from apps.domain.accounts.errors import InvalidTokenError
from apps.domain.accounts.permissions import Action
from apps.domain.accounts.principal import Principal
from apps.domain.operations import problems
from apps.domain.operations.database import DatabaseUnavailableError
from apps.domain.operations.problems import ProblemError
from apps.domain.operations.redis import CacheUnavailableError
from apps.domain.operations.requests import Received

Body = TypeVar("Body", bound=BaseModel)
_LARGEST_BODY = 16 * 1024


class InvalidBodyError(Exception):
    """The body is not what it must be. The message names the field and says why."""


def post_only(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """A view of POST whose errors are answered as problem details."""

    @csrf_exempt  # a token stands in a header, which no other site can make a browser send
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return problems.problem(
                code="method_not_allowed",
                status=405,
                title="Method not allowed",
                detail="Use POST.",
                headers={"Allow": "POST"},
            )
        try:
            return view(request)
        except Exception as error:
            answer = problem_for(error)
            if answer is None:
                raise
            return answer

    return answered


def authorized(request: Received, action: Action) -> Principal:
    """Who sent the request, if their role may do `action`. Raises InvalidTokenError, ProblemError."""
    principal = bearer(request)
    if not principal.may(action):
        raise ProblemError(
            code="forbidden",
            status=403,
            title="Your role does not allow this",
            detail=f"The role {principal.role} may not do {action}.",
        )
    return principal


def body_of(request: Received, model: type[Body]) -> Body:
    """The JSON body. Raises InvalidBodyError."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > _LARGEST_BODY:
        raise InvalidBodyError(f"The body is larger than {_LARGEST_BODY} bytes.")
    try:
        return model.model_validate_json(request.body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise InvalidBodyError(f"{field}: {first['msg']}.") from None


def problem_for(error: Exception) -> HttpResponse | None:
    """The problem that a client is told for one of our errors; None for what nobody expected."""
    match error:
        case ProblemError():
            return problems.answer(error)
        case InvalidTokenError():
            return problems.unauthorized(error.reason)
        case InvalidBodyError():
            return problems.invalid_request(str(error))
        case CacheUnavailableError() | DatabaseUnavailableError():
            return problems.unavailable(problems.CANNOT_DECIDE)
        case _:
            return None
