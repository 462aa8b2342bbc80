"""GitHub's OAuth endpoints, and the two of its API that signing in needs."""

from collections.abc import Mapping
from urllib.parse import urlencode

from coditect.graph.values import Json
from coditect.local.standins.identity.consent import Consent, Grant
from coditect.local.standins.serving import Request, Response, Route, as_json

_DOCUMENTATION = "https://docs.github.com/rest"
_BAD_CODE = "The code passed is incorrect or expired."
_BAD_CLIENT = "The client_id and/or client_secret passed are incorrect."


class GitHub:
    """Real paths of github.com and api.github.com."""

    def __init__(self, consent: Consent) -> None:
        self._consent = consent

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/login/oauth/authorize", answer=self._consent.ask),
            Route(method="POST", path="/login/oauth/authorize", answer=self._consent.decide),
            Route(method="POST", path="/login/oauth/access_token", answer=self.access_token),
            Route(method="GET", path="/user", answer=self.user),
            Route(method="GET", path="/user/emails", answer=self.emails),
        ]

    def access_token(self, request: Request) -> Response:
        """As a form, or as JSON to whoever asks for it. Errors have status 200, as GitHub's do."""
        given = _given(request)
        client_id = given.get("client_id", "")
        if not self._consent.is_client(client_id, given.get("client_secret", "")):
            return _told(request, {"error": "incorrect_client_credentials", "error_description": _BAD_CLIENT})
        redeemed = self._consent.grants.redeem(
            given.get("code", ""),
            client_id=client_id,
            redirect_uri=given.get("redirect_uri", ""),
            verifier=given.get("code_verifier", ""),
        )
        if redeemed is None:
            return _told(request, {"error": "bad_verification_code", "error_description": _BAD_CODE})
        token, grant = redeemed
        scope = ",".join(grant.scope.replace(",", " ").split())
        return _told(request, {"access_token": token, "scope": scope, "token_type": "bearer"})

    def user(self, request: Request) -> Response:
        grant = self._grant(request)
        if grant is None:
            return _bad_credentials()
        who = grant.person
        return as_json(
            {
                "login": who.login,
                "id": who.github_id,
                "avatar_url": who.picture,
                "html_url": f"https://github.com/{who.login}",
                "type": "User",
                "site_admin": False,
                "name": who.name,
                "company": None,
                "email": who.email if who.has_public_email else None,
                "created_at": "2020-01-01T00:00:00Z",
                "updated_at": "2020-01-01T00:00:00Z",
            }
        )

    def emails(self, request: Request) -> Response:
        grant = self._grant(request)
        if grant is None:
            return _bad_credentials()
        if not {"user", "user:email"} & set(grant.scope.replace(",", " ").split()):
            return as_json({"message": "Not Found", "documentation_url": _DOCUMENTATION, "status": "404"}, status=404)
        who = grant.person
        visibility: Json = "public" if who.has_public_email else "private"
        hidden = f"{who.github_id}+{who.login}@users.noreply.github.com"
        return as_json(
            [
                {"email": who.email, "primary": True, "verified": True, "visibility": visibility},
                {"email": hidden, "primary": False, "verified": True, "visibility": None},
            ]
        )

    def _grant(self, request: Request) -> Grant | None:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        return self._consent.grants.of_token(token) if kind.lower() in ("bearer", "token") else None


def _given(request: Request) -> Mapping[str, str]:
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            value = request.json()
        except ValueError:
            return {}
        return {name: str(each) for name, each in value.items()} if isinstance(value, dict) else {}
    return {**request.query, **request.form()}


def _told(request: Request, values: dict[str, Json]) -> Response:
    if "application/json" in request.headers.get("accept", ""):
        return as_json(values)
    return Response(
        body=urlencode({name: str(value) for name, value in values.items()}).encode(),
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )


def _bad_credentials() -> Response:
    told: dict[str, Json] = {"message": "Bad credentials", "documentation_url": _DOCUMENTATION, "status": "401"}
    return as_json(told, status=401)
