"""DRF's view of the same rules that the hot endpoints follow."""

from typing import cast

from django.http import HttpResponse
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.domain.accounts.admission import admit
from apps.domain.accounts.bearer import bearer
from apps.domain.accounts.endpoint import problem_for
from apps.domain.accounts.permissions import Action
from apps.domain.accounts.principal import Principal
from apps.domain.operations import problems
from apps.domain.operations.redis import redis_link


class BearerAuthentication(BaseAuthentication):
    """A verified token that was not taken back, within the rate. `request.user` is the Principal."""

    def authenticate(self, request: Request) -> tuple[Principal, None]:
        principal = bearer(request._request)
        admit(redis_link(), principal)
        return principal, None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="coditect"'


class MayDoAction(BasePermission):
    """The role's row of the permission table holds the view's `actions` entry for this method."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        actions = cast("dict[str, Action]", getattr(view, "actions", {}))
        action = actions.get(request.method or "")
        return action is not None and principal_of(request).may(action)


def principal_of(request: Request) -> Principal:
    return cast("Principal", request.user)


def problem_response(error: Exception, context: dict[str, object]) -> HttpResponse | None:
    """DRF's exception handler: every error as problem details."""
    known = problem_for(error)
    if known is not None:
        return known
    match error:
        case exceptions.MethodNotAllowed():
            view = context.get("view")
            allowed = ", ".join(view.allowed_methods) if isinstance(view, APIView) else ""
            return problems.problem(
                code="method_not_allowed",
                status=405,
                title="Method not allowed",
                detail=f"Use {allowed}.",
                headers={"Allow": allowed},
            )
        case exceptions.PermissionDenied():
            return problems.forbidden("Your role may not do this.")
        case exceptions.NotAcceptable():
            return problems.not_acceptable()
        case exceptions.ValidationError() | exceptions.ParseError():
            return problems.invalid_request(str(error.detail))
        case _:
            return None
