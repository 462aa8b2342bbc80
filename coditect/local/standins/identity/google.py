"""Google's OAuth and OpenID Connect endpoints."""

import base64
from urllib.parse import unquote

from coditect.graph.values import Json
from coditect.local.standins.identity.consent import Consent, Grant
from coditect.local.standins.identity.tokens import TokenKey
from coditect.local.standins.serving import Request, Response, Route, as_json

ISSUER = "https://accounts.google.com"


class Google:
    """Real paths of accounts.google.com, oauth2.googleapis.com, openidconnect.googleapis.com and www.googleapis.com."""

    def __init__(self, consent: Consent, key: TokenKey) -> None:
        self._consent = consent
        self._key = key

    def routes(self) -> list[Route]:
        return [
            Route(method="GET", path="/o/oauth2/v2/auth", answer=self._consent.ask),
            Route(method="POST", path="/o/oauth2/v2/auth", answer=self._consent.decide),
            Route(method="POST", path="/token", answer=self.token),
            Route(method="GET", path="/v1/userinfo", answer=self.userinfo),
            Route(method="GET", path="/oauth2/v3/userinfo", answer=self.userinfo),
            Route(method="GET", path="/oauth2/v3/certs", answer=lambda _: as_json(self._key.jwks())),
            Route(method="GET", path="/.well-known/openid-configuration", answer=self.discovery),
        ]

    def token(self, request: Request) -> Response:
        form = request.form()
        if form.get("grant_type") != "authorization_code":
            return _error("unsupported_grant_type", f"Invalid grant_type: {form.get('grant_type', '')}")
        client_id, client_secret = _credentials(request)
        if not self._consent.is_client(client_id, client_secret):
            return _error("invalid_client", "Unauthorized", status=401)
        redeemed = self._consent.grants.redeem(
            form.get("code", ""),
            client_id=client_id,
            redirect_uri=form.get("redirect_uri", ""),
            verifier=form.get("code_verifier", ""),
        )
        if redeemed is None or not form.get("redirect_uri"):
            return _error("invalid_grant", "Bad Request")
        access_token, grant = redeemed
        told: dict[str, Json] = {
            "access_token": access_token,
            "expires_in": 3599,
            "scope": grant.scope,
            "token_type": "Bearer",
        }
        if "openid" in grant.scope.split():
            told["id_token"] = self._id_token(grant)
        return as_json(told, headers={"Cache-Control": "no-store"})

    def _id_token(self, grant: Grant) -> str:
        claims: dict[str, Json] = {
            "iss": ISSUER,
            "azp": grant.client_id,
            "aud": grant.client_id,
            **_claims(grant),
        }
        if grant.nonce:
            claims["nonce"] = grant.nonce
        return self._key.sign(claims)

    def userinfo(self, request: Request) -> Response:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._consent.grants.of_token(token) if kind.lower() == "bearer" else None
        if grant is None:
            return _error("invalid_request", "Invalid Credentials", status=401)
        return as_json(_claims(grant))

    def discovery(self, request: Request) -> Response:
        here = request.base_url()
        return as_json(
            {
                "issuer": ISSUER,
                "authorization_endpoint": f"{here}/o/oauth2/v2/auth",
                "token_endpoint": f"{here}/token",
                "userinfo_endpoint": f"{here}/v1/userinfo",
                "jwks_uri": f"{here}/oauth2/v3/certs",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_methods_supported": ["S256"],
                "grant_types_supported": ["authorization_code"],
            }
        )


def _credentials(request: Request) -> tuple[str, str]:
    """Of the client, from the form or from the header."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        form = request.form()
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote(name), unquote(secret)


def _claims(grant: Grant) -> dict[str, Json]:
    """What the scopes allow to know."""
    scopes, who = set(grant.scope.split()), grant.person
    told: dict[str, Json] = {"sub": who.google_id}
    if "email" in scopes:
        told |= {"email": who.email, "email_verified": True}
    if "profile" in scopes:
        told |= {
            "name": who.name,
            "given_name": who.given_name,
            "family_name": who.family_name,
            "picture": who.picture,
        }
    return told


def _error(code: str, description: str, *, status: int = 400) -> Response:
    return as_json({"error": code, "error_description": description}, status=status)
