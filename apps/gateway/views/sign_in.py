"""Signing in with email and password, staying signed in, signing out."""

from typing import Annotated

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import BaseModel, ConfigDict, StringConstraints

from apps.domain.accounts import services
from apps.domain.accounts.admission import admit, throttle_sign_in
from apps.domain.accounts.bearer import bearer
from apps.domain.accounts.endpoint import body_of, post_only
from apps.domain.accounts.errors import InvalidCredentialsError
from apps.domain.accounts.services import SignedIn
from apps.domain.operations.problems import ProblemError
from apps.domain.operations.redis import redis_link
from apps.domain.operations.requests import client_ip


class LoginBody(BaseModel):
    """No rules for a password here: whatever was set once must be let in."""

    model_config = ConfigDict(frozen=True)

    email: Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^\x00-\x1f\x7f]+$")]
    password: Annotated[str, StringConstraints(min_length=1, max_length=1024)]


@post_only
def login(request: HttpRequest) -> HttpResponse:
    body = body_of(request, LoginBody)
    throttle_sign_in(redis_link(), email=body.email, ip=client_ip(request))
    try:
        signed_in = services.sign_in(email=body.email, password=body.password, request=request)
    except InvalidCredentialsError:
        raise wrong_credentials() from None
    return _answer(signed_in)


@post_only
def refresh(request: HttpRequest) -> HttpResponse:
    principal = bearer(request)
    admit(redis_link(), principal)
    return _answer(services.refresh(principal))


@post_only
def logout(request: HttpRequest) -> HttpResponse:
    principal = bearer(request)
    link = redis_link()
    admit(link, principal)
    services.sign_out(principal, link)
    return JsonResponse({"status": "signed_out"})


def wrong_credentials() -> ProblemError:
    return ProblemError(
        code="invalid_credentials",
        status=401,
        title="Email or password is wrong",
        detail="Check both, or reset the password.",
    )


def _answer(signed_in: SignedIn) -> HttpResponse:
    user = signed_in.user
    return JsonResponse(
        {
            "access_token": signed_in.access_token,
            "user": {"id": str(user.id), "email": user.email, "name": user.display_name},
        },
        headers={"Cache-Control": "no-store"},
    )
