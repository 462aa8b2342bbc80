"""What the OpenAPI document says of the gateway's endpoints, which are plain Django views."""

from rest_framework import serializers

from apps.domain.accounts.described import BEARER, LIMITED, SIGNED_IN, UNAVAILABLE
from apps.domain.billing.signature import NO_SIGNATURE
from apps.domain.operations import problems
from apps.domain.operations.api_document import probes
from apps.domain.operations.described import Endpoint, described, plain
from apps.domain.operations.error_pages import FAILED
from apps.gateway.views.sign_in import wrong_credentials
from apps.gateway.views.stripe_webhook import invalid_signature


class LoginSerializer(serializers.Serializer[object]):
    email = serializers.RegexField(r"^[^\x00-\x1f\x7f]+$", min_length=3, max_length=254)
    password = serializers.CharField(max_length=1024, trim_whitespace=False)


class UserSerializer(serializers.Serializer[object]):
    id = serializers.UUIDField()
    email = serializers.EmailField()
    name = serializers.CharField()


class SignedInSerializer(serializers.Serializer[object]):
    access_token = serializers.CharField(help_text="A JWT for 24 hours. Send it as `Authorization: Bearer TOKEN`.")
    user = UserSerializer()


class SignedOutSerializer(serializers.Serializer[object]):
    status = serializers.ChoiceField(["signed_out"])


class EventSerializer(serializers.Serializer[object]):
    """What is read of an event; the rest is kept as it came."""

    id = serializers.RegexField(r"^evt_[A-Za-z0-9_]{1,250}$")
    type = serializers.RegexField(r"^[a-z0-9_.]{1,100}$")


class ReceivedSerializer(serializers.Serializer[object]):
    received = serializers.BooleanField()


_SIGNED_IN_EXAMPLE = {
    "access_token": "HEADER.CLAIMS.SIGNATURE",
    "user": {"id": "5b8d7c6e-1a2b-4c3d-8e9f-0a1b2c3d4e5f", "email": "alice@acme.example", "name": "Alice"},
}

LOGIN = described(
    "auth_login",
    tag="sign-in",
    summary="Sign in with email and password",
    description=(
        "Answers an access token for your oldest organisation. An unknown account, a wrong password and a closed "
        "account are answered alike, after the same work. Ten tries for an account and a hundred from an address in "
        "five minutes; then 429 until `Retry-After`. Each call answers a token of its own; earlier ones stay valid."
    ),
    request=LoginSerializer,
    asked={"Alice": {"email": "alice@acme.example", "password": "correct horse battery staple"}},
    answer=SignedInSerializer,
    example=_SIGNED_IN_EXAMPLE,
    refusals=(
        problems.invalid_request("email: Field required."),
        wrong_credentials(),
        LIMITED,
        UNAVAILABLE,
        FAILED,
    ),
)

REFRESH = described(
    "auth_refresh",
    tag="sign-in",
    summary="Stay signed in: a new token for the one you hold",
    description=(
        "The new token lives for 24 hours from now and carries the role you have now. The old one stays valid until it "
        "expires, so a lost answer does no harm: send the request again. 401 also when the account was closed or is no "
        "longer a member of the organisation."
    ),
    security=[BEARER],
    answer=SignedInSerializer,
    example=_SIGNED_IN_EXAMPLE,
    refusals=SIGNED_IN,
)

LOGOUT = described(
    "auth_logout",
    tag="sign-in",
    summary="Take this token back",
    description=(
        "From this answer on the token is refused everywhere, with `token_revoked`; so is a second logout with it. "
        "Other tokens of yours stay valid. Seats you hold are not given back: release them first."
    ),
    security=[BEARER],
    answer=SignedOutSerializer,
    example={"status": "signed_out"},
    refusals=SIGNED_IN,
)

STRIPE = described(
    "stripe_webhook",
    tag="webhooks",
    summary="Stripe tells of a payment",
    description=(
        "For Stripe alone, which signs each event. 200 says that the event is kept for good; what follows from it is "
        "done later. Idempotent by the event's id: one that was kept already is answered 200 again and done once. "
        "After 503 Stripe sends it again."
    ),
    security=[{"stripeSignature": []}],
    request=EventSerializer,
    asked={"A checkout": {"id": "evt_1PqX", "type": "checkout.session.completed"}},
    answer=ReceivedSerializer,
    example={"received": True},
    refusals=(
        invalid_signature(NO_SIGNATURE),
        problems.invalid_request("The body is no event of Stripe."),
        UNAVAILABLE,
        FAILED,
    ),
)


def add_plain_views(endpoints: list[Endpoint]) -> list[Endpoint]:
    """drf-spectacular's preprocessing hook."""
    return [
        *endpoints,
        plain("/api/auth/login", "POST", LOGIN),
        plain("/api/auth/refresh", "POST", REFRESH),
        plain("/api/auth/logout", "POST", LOGOUT),
        plain("/api/stripe/webhook", "POST", STRIPE),
        *probes("database", "cache", health={"health": "/health", "api_health": "/api/health"}),
    ]
