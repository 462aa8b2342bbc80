"""What is not hot: licenses, sessions, public keys."""

from typing import ClassVar
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.domain.accounts.permissions import Action
from apps.domain.licensing import errors, selectors, services
from apps.domain.operations.redis import redis_link
from apps.domain.signing import SigningError, public_keys
from apps.license_api import schema
from apps.license_api.authentication import BearerAuthentication, MayDoAction, principal_of
from apps.license_api.serializers import LicensesSerializer, SessionsSerializer
from apps.license_api.views.seats import origin_of


class PrincipalView(APIView):
    """A view for signed-in users. actions: what each method needs, by method."""

    authentication_classes = (BearerAuthentication,)
    permission_classes = (MayDoAction,)
    actions: ClassVar[dict[str, Action]]

    def tenant_in_view(self, request: Request) -> UUID | None:
        """Whose rows the request sees: its own tenant's; None, which is everyone's, for staff."""
        principal = principal_of(request)
        if principal.sees_all_tenants:
            return None
        if principal.tenant_id is None:
            raise errors.license_refuses("unknown")
        return principal.tenant_id


class LicensesView(PrincipalView):
    actions: ClassVar = {"GET": Action.LICENSES_READ}

    @schema.LICENSES
    def get(self, request: Request) -> Response:
        found = selectors.list_licenses(redis_link(), tenant_id=self.tenant_in_view(request), first=_first(request))
        return Response(LicensesSerializer({"licenses": found}).data)


class SessionsView(PrincipalView):
    actions: ClassVar = {"GET": Action.TEAM_READ}

    @schema.SESSIONS
    def get(self, request: Request) -> Response:
        found = selectors.list_sessions(redis_link(), tenant_id=self.tenant_in_view(request), first=_first(request))
        return Response(SessionsSerializer({"sessions": found}).data)


class SessionView(PrincipalView):
    actions: ClassVar = {"DELETE": Action.SESSIONS_REVOKE}

    @schema.REVOKE
    def delete(self, request: Request, session_id: str) -> Response:
        try:
            session = UUID(session_id)
        except ValueError:
            raise errors.session_not_found() from None
        services.revoke_session(
            redis_link(),
            principal_of(request),
            session=session,
            origin=origin_of(request._request),
        )
        return Response({"status": "revoked"})


class KeysView(APIView):
    """Public: whoever holds a lease may verify it."""

    authentication_classes = ()
    permission_classes = ()

    @schema.KEYS
    def get(self, request: Request) -> Response:
        try:
            keys = public_keys()
        except SigningError:
            raise errors.try_again("The signing key cannot be read now.") from None
        return Response({"keys": keys})


def _first(request: Request) -> int:
    given = request.query_params.get("first", "0")
    # Nine digits are more rows than there are, and no number that PostgreSQL refuses.
    if not given.isdecimal() or not given.isascii() or len(given) > 9:
        raise serializers.ValidationError("first: write a whole number from 0 on.")
    return int(given)
