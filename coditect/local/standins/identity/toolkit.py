"""Google's Identity Toolkit and Secure Token Service, as web and server clients call them.

https://docs.cloud.google.com/identity-platform/docs/use-rest-api. A sign-in is answered alike whether an address has an
account or not, as in projects with e-mail enumeration protection.
"""

import secrets
import time
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from coditect.graph.values import Json, JsonObject, items, lookup, text
from coditect.local.standins.identity import google
from coditect.local.standins.identity.accounts import Account, AccountStore, Identity
from coditect.local.standins.identity.consent import Grants
from coditect.local.standins.identity.people import Person, person
from coditect.local.standins.identity.tokens import LIFETIME_S, InvalidTokenError, TokenKey
from coditect.local.standins.serving import Request, Response, Route, as_json

_KIND = "identitytoolkit#"
_SHORTEST_PASSWORD = 6
_SIGNER = "securetoken@system.gserviceaccount.com"


class Refused(Exception):  # noqa: N818 - an answer to the caller, not a failure of ours
    """The message is Google's own code, such as EMAIL_EXISTS."""


class Toolkit:
    """One project's accounts. providers: where tokens of Google and GitHub are known, by provider id.

    google_client: whose ID tokens of Google are taken; None takes any client's.
    """

    def __init__(
        self,
        project: str,
        store: AccountStore,
        key: TokenKey,
        providers: dict[str, Grants],
        *,
        google_client: str | None = None,
    ) -> None:
        self._google_client = google_client
        self._project = project
        self._store = store
        self._key = key
        self._providers = providers
        self._issuer = f"https://securetoken.google.com/{project}"

    def routes(self) -> list[Route]:
        methods = {
            "signUp": self.sign_up,
            "signInWithPassword": self.sign_in_with_password,
            "signInWithIdp": self.sign_in_with_idp,
            "lookup": self.look_up,
            "update": self.update,
            "sendOobCode": self.send_code,
            "resetPassword": self.reset_password,
        }
        return [
            *(
                Route(method="POST", path=f"/v1/accounts:{name}", answer=self._answered(method))
                for name, method in methods.items()
            ),
            Route(method="POST", path="/v1/token", answer=self.refresh),
            Route(method="GET", path=f"/service_accounts/v1/jwk/{_SIGNER}", answer=lambda _: as_json(self._key.jwks())),
            Route(
                method="GET",
                path=f"/robot/v1/metadata/x509/{_SIGNER}",
                answer=lambda _: as_json(self._key.certificates(), headers={"Cache-Control": "public, max-age=3600"}),
            ),
            Route(method="GET", path=f"/{self._project}/.well-known/openid-configuration", answer=self.discovery),
        ]

    def _answered(self, method: Callable[[JsonObject], JsonObject]) -> Callable[[Request], Response]:
        def answer(request: Request) -> Response:
            if not request.query.get("key") and not request.headers.get("authorization"):
                return _error("The request is missing a valid API key.", status=403, reason="forbidden")
            try:
                given = request.json()
            except ValueError:
                given = None
            if not isinstance(given, dict):
                return _error("Invalid JSON payload received.", reason="badRequest")
            with self._store.lock:
                try:
                    told = method(given)
                except Refused as error:
                    return _error(str(error))
                self._store.save()
            return as_json(told)

        return answer

    def sign_up(self, given: JsonObject) -> JsonObject:
        email, password = text(given, "email").lower(), text(given, "password")
        if not email:
            raise Refused("MISSING_EMAIL")
        if person(email) is None:
            raise Refused("INVALID_EMAIL")
        if not password:
            raise Refused("MISSING_PASSWORD")
        _check_password(password)
        if self._store.by_email(email) is not None:
            raise Refused("EMAIL_EXISTS")
        account = self._store.create(email=email)
        account.display_name = text(given, "displayName")
        account.set_password(password)
        return {"kind": f"{_KIND}SignupNewUserResponse", "email": email, **self._signed_in(account, "password")}

    def sign_in_with_password(self, given: JsonObject) -> JsonObject:
        account = self._store.by_email(text(given, "email"))
        if account is None or not account.has_password(text(given, "password")):
            raise Refused("INVALID_LOGIN_CREDENTIALS")
        return {
            "kind": f"{_KIND}VerifyPasswordResponse",
            "email": account.email,
            "displayName": account.display_name,
            "registered": True,
            **self._signed_in(account, "password"),
        }

    def sign_in_with_idp(self, given: JsonObject) -> JsonObject:
        body = dict(parse_qsl(text(given, "postBody")))
        provider = body.get("providerId", "")
        if provider not in self._providers:
            raise Refused("OPERATION_NOT_ALLOWED")
        who = self._vouched_for(provider, body)
        raw_id = who.google_id if provider == "google.com" else str(who.github_id)
        told: JsonObject = {
            "kind": f"{_KIND}VerifyAssertionResponse",
            "federatedId": f"https://accounts.google.com/{raw_id}" if provider == "google.com" else raw_id,
            "providerId": provider,
            "email": who.email,
            "emailVerified": provider == "google.com",
            "fullName": who.name,
            "displayName": who.name,
            "photoUrl": who.picture,
            "rawUserInfo": "{}",
            "oauthAccessToken": body.get("access_token", ""),
        }
        account = self._store.by_identity(provider, raw_id)
        is_new = False
        if account is None:
            account = self._store.by_email(who.email)
            if account is not None and provider != "google.com":
                # Only Google's word for an address is enough to let someone into an account that is there already.
                known = [each.provider_id for each in account.identities] + (["password"] if account.password else [])
                return told | {"needConfirmation": True, "verifiedProvider": list[Json](known)}
            if account is None:
                account, is_new = self._store.create(email=who.email), True
            elif not account.email_verified:
                account.password = None  # whoever chose it never showed that the address is theirs
                account.refresh_tokens.clear()
            account.identities.append(
                Identity(
                    provider_id=provider,
                    raw_id=raw_id,
                    email=who.email,
                    display_name=who.name,
                    photo_url=who.picture,
                )
            )
        account.email_verified = account.email_verified or provider == "google.com"
        account.display_name = account.display_name or who.name
        account.photo_url = account.photo_url or who.picture
        return told | {"isNewUser": is_new, **self._signed_in(account, provider)}

    def _vouched_for(self, provider: str, body: dict[str, str]) -> Person:
        """Whose token it is. Raises Refused."""
        if grant := self._providers[provider].of_token(body.get("access_token", "")):
            return grant.person
        if provider == "google.com" and body.get("id_token"):
            try:
                claims = self._key.verify(body["id_token"], issuer=google.ISSUER, audience=self._google_client)
            except InvalidTokenError as error:
                raise Refused(f"INVALID_IDP_RESPONSE : {error}") from None
            if who := person(text(claims, "email")):
                return who
        raise Refused("INVALID_IDP_RESPONSE : The supplied auth credential is malformed or has expired.")

    def look_up(self, given: JsonObject) -> JsonObject:
        """By the caller's own token, or (servers) by ids and addresses."""
        if text(given, "idToken"):
            found = [self._of_id_token(given)]
        else:
            wanted = {str(value) for name in ("localId", "email") for value in items(given, name)}
            found = [each for each in self._store.accounts if {each.local_id, each.email} & wanted]
        told: JsonObject = {"kind": f"{_KIND}GetAccountInfoResponse"}
        return told | {"users": [_shown(account) for account in found]} if found else told

    def update(self, given: JsonObject) -> JsonObject:
        """A mailed verification code, or changes of one's own account."""
        if code := text(given, "oobCode"):
            taken = self._store.take_code(code, "VERIFY_EMAIL")
            account = None if taken is None else self._store.by_email(taken.email)
            if account is None:
                raise Refused("INVALID_OOB_CODE")
            account.email_verified = True
            return {"kind": f"{_KIND}SetAccountInfoResponse", **_profile(account)}
        account = self._of_id_token(given)
        if password := text(given, "password"):
            _check_password(password)
            account.set_password(password)
        account.display_name = text(given, "displayName") or account.display_name
        return {"kind": f"{_KIND}SetAccountInfoResponse", **_profile(account)}

    def send_code(self, given: JsonObject) -> JsonObject:
        """Makes a code. Nothing is mailed: the stand-in's front page has the link."""
        kind = text(given, "requestType")
        if kind == "VERIFY_EMAIL":
            email = self._of_id_token(given).email
        elif kind in ("PASSWORD_RESET", "EMAIL_SIGNIN"):
            email = text(given, "email").lower()
            if not email:
                raise Refused("MISSING_EMAIL")
        else:
            raise Refused("MISSING_REQ_TYPE" if not kind else "INVALID_REQ_TYPE")
        told: JsonObject = {"kind": f"{_KIND}GetOobConfirmationCodeResponse", "email": email}
        if kind != "PASSWORD_RESET" or self._store.by_email(email) is not None:
            code = self._store.add_code(kind=kind, email=email)
            if lookup(given, "returnOobLink") is True:
                values = {"mode": kind, "oobCode": code.code}
                told |= {"oobCode": code.code, "oobLink": f"{text(given, 'continueUrl')}?{urlencode(values)}"}
        return told

    def reset_password(self, given: JsonObject) -> JsonObject:
        password = text(given, "newPassword")
        if password:
            _check_password(password)
        taken = self._store.take_code(text(given, "oobCode"), "PASSWORD_RESET")
        account = None if taken is None else self._store.by_email(taken.email)
        if account is None or not password:
            raise Refused("INVALID_OOB_CODE")
        account.set_password(password)
        account.email_verified = True  # the code came to that address
        return {"kind": f"{_KIND}ResetPasswordResponse", "email": account.email, "requestType": "PASSWORD_RESET"}

    def refresh(self, request: Request) -> Response:
        """The Secure Token Service: new tokens for a refresh token."""
        form = request.form()
        if form.get("grant_type") != "refresh_token":
            return _error("INVALID_GRANT_TYPE")
        with self._store.lock:
            account = self._store.by_refresh_token(form.get("refresh_token", ""))
            if account is None:
                return _error("INVALID_REFRESH_TOKEN")
            if account.disabled:
                return _error("USER_DISABLED")
            token = self._id_token(account, "refresh")
        return as_json(
            {
                "access_token": token,
                "expires_in": str(LIFETIME_S),
                "token_type": "Bearer",
                "refresh_token": form["refresh_token"],
                "id_token": token,
                "user_id": account.local_id,
                "project_id": self._project,
            }
        )

    def discovery(self, request: Request) -> Response:
        return as_json(
            {
                "issuer": self._issuer,
                "jwks_uri": f"{request.base_url()}/service_accounts/v1/jwk/{_SIGNER}",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    def _of_id_token(self, given: JsonObject) -> Account:
        try:
            claims = self._key.verify(text(given, "idToken"), issuer=self._issuer, audience=self._project)
        except InvalidTokenError:
            raise Refused("INVALID_ID_TOKEN") from None
        account = self._store.by_id(text(claims, "sub"))
        if account is None:
            raise Refused("USER_NOT_FOUND")
        return account

    def _signed_in(self, account: Account, provider: str) -> JsonObject:
        if account.disabled:
            raise Refused("USER_DISABLED")
        account.last_login_at = int(time.time() * 1000)
        refresh_token = secrets.token_urlsafe(48)
        account.refresh_tokens.append(refresh_token)
        return {
            "localId": account.local_id,
            "idToken": self._id_token(account, provider),
            "refreshToken": refresh_token,
            "expiresIn": str(LIFETIME_S),
        }

    def _id_token(self, account: Account, provider: str) -> str:
        identities: dict[str, Json] = {each.provider_id: [each.raw_id] for each in account.identities}
        if provider == "refresh":
            provider = account.identities[0].provider_id if account.identities else "password"
        claims: dict[str, Json] = {
            "iss": self._issuer,
            "aud": self._project,
            "auth_time": account.last_login_at // 1000,
            "user_id": account.local_id,
            "sub": account.local_id,
            "email": account.email,
            "email_verified": account.email_verified,
            "firebase": {"identities": {**identities, "email": [account.email]}, "sign_in_provider": provider},
        }
        if account.display_name:
            claims["name"] = account.display_name
        if account.photo_url:
            claims["picture"] = account.photo_url
        return self._key.sign(claims)


def _check_password(password: str) -> None:
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused(f"WEAK_PASSWORD : Password should be at least {_SHORTEST_PASSWORD} characters")


def _profile(account: Account) -> JsonObject:
    return {
        "localId": account.local_id,
        "email": account.email,
        "emailVerified": account.email_verified,
        "displayName": account.display_name,
    }


def _shown(account: Account) -> JsonObject:
    providers: list[Json] = [
        {
            "providerId": each.provider_id,
            "rawId": each.raw_id,
            "federatedId": each.raw_id,
            "email": each.email,
            "displayName": each.display_name,
            "photoUrl": each.photo_url,
        }
        for each in account.identities
    ]
    if account.password:
        providers.append({"providerId": "password", "rawId": account.email, "federatedId": account.email})
    return {
        **_profile(account),
        "photoUrl": account.photo_url,
        "providerUserInfo": providers,
        "disabled": account.disabled,
        "createdAt": str(account.created_at),
        "lastLoginAt": str(account.last_login_at),
    }


def _error(message: str, *, status: int = 400, reason: str = "invalid") -> Response:
    one: Json = {"message": message, "domain": "global", "reason": reason}
    return as_json({"error": {"code": status, "message": message, "errors": [one]}}, status=status)
