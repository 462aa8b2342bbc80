"""The stand-ins for signing in: Google's Identity Toolkit, and consent at Google and GitHub."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from cryptography import x509

from coditect.local.standins.identity.__main__ import Clients, stand_in

PROJECT, BACK, PASSWORD = "coditect-test", "https://app.example/back", "correct horse"
CLIENTS = Clients.model_validate(
    {
        "google": {"client_id": "g-client", "client_secret": "g-secret"},
        "github": {"client_id": "h-client", "client_secret": "h-secret"},
    }
)
SIGNER = "securetoken@system.gserviceaccount.com"


@pytest.fixture
def identity(tmp_path: Path) -> Iterator[httpx.Client]:
    server = stand_in(tmp_path, project=PROJECT, clients=CLIENTS)
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=10) as client:
        yield client
    server.stop()


def call(identity: httpx.Client, method: str, **given: object) -> httpx.Response:
    return identity.post(f"/v1/accounts:{method}", params={"key": "AIza-test"}, json=given)


def told(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


def refused(answer: httpx.Response) -> str:
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["errors"][0]["message"]) == (400, 400, error["message"])
    return str(error["message"])


def sign_up(identity: httpx.Client, email: str = "alice@acme.example") -> dict[str, Any]:
    return told(call(identity, "signUp", email=email, password=PASSWORD, returnSecureToken=True))


def verified(identity: httpx.Client, token: str, keys: str, audience: str, issuer: str) -> dict[str, Any]:
    """The claims, checked as a relying party does: with the published key."""
    key = jwt.PyJWKSet.from_dict(identity.get(keys).json())[jwt.get_unverified_header(token)["kid"]]
    claims: dict[str, Any] = jwt.decode(token, key, algorithms=["RS256"], audience=audience, issuer=issuer)
    return claims


def consent(identity: httpx.Client, path: str, email: str, **asked: str) -> dict[str, list[str]]:
    """What comes back to the application after the person has chosen."""
    query = {"redirect_uri": BACK, "response_type": "code", "state": "s-1", **asked}
    assert identity.get(path, params=query).status_code == 200
    answer = identity.post(path, params=query, data={"email": email})
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(BACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def google_tokens(identity: httpx.Client, email: str = "alice@acme.example") -> dict[str, Any]:
    asked = {"client_id": "g-client", "scope": "openid email profile", "nonce": "n-1"}
    back = consent(identity, "/o/oauth2/v2/auth", email, **asked)
    return told(redeem(identity, back["code"][0]))


def redeem(identity: httpx.Client, code: str, **changes: str) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "g-client",
        "client_secret": "g-secret",
        "redirect_uri": BACK,
    }
    return identity.post("/token", data=form | changes)


def github_token(identity: httpx.Client, email: str = "bob@acme.example", scope: str = "read:user user:email") -> str:
    code = consent(identity, "/login/oauth/authorize", email, client_id="h-client", scope=scope)["code"][0]
    form = {"client_id": "h-client", "client_secret": "h-secret", "code": code}
    answer = identity.post("/login/oauth/access_token", data=form, headers={"Accept": "application/json"})
    assert told(answer)["token_type"] == "bearer"
    return str(answer.json()["access_token"])


def test_an_id_token_is_verified_with_the_published_key(identity: httpx.Client) -> None:
    signed_in = sign_up(identity)
    issuer = f"https://securetoken.google.com/{PROJECT}"
    claims = verified(
        identity, signed_in["idToken"], f"/service_accounts/v1/jwk/{SIGNER}", audience=PROJECT, issuer=issuer
    )
    assert (claims["sub"], claims["email"], claims["email_verified"]) == (
        signed_in["localId"],
        "alice@acme.example",
        False,
    )
    assert claims["firebase"]["sign_in_provider"] == "password"
    discovery = identity.get(f"/{PROJECT}/.well-known/openid-configuration").json()
    assert (discovery["issuer"], httpx.get(discovery["jwks_uri"]).status_code) == (issuer, 200)
    certificates = identity.get(f"/robot/v1/metadata/x509/{SIGNER}").json()
    pem = certificates[jwt.get_unverified_header(signed_in["idToken"])["kid"]]
    x509.load_pem_x509_certificate(pem.encode())


def test_a_password_signs_in_and_a_wrong_one_is_answered_like_an_unknown_address(identity: httpx.Client) -> None:
    made = sign_up(identity)
    again = told(call(identity, "signInWithPassword", email="Alice@acme.example", password=PASSWORD))
    assert (again["localId"], again["registered"], again["expiresIn"]) == (made["localId"], True, "3600")
    wrong = call(identity, "signInWithPassword", email="alice@acme.example", password="wrong")
    unknown = call(identity, "signInWithPassword", email="nobody@acme.example", password="wrong")
    assert refused(wrong) == refused(unknown) == "INVALID_LOGIN_CREDENTIALS"


def test_what_google_refuses_of_a_new_account_is_refused(identity: httpx.Client) -> None:
    sign_up(identity)
    for given, message in (
        ({"email": "alice@acme.example", "password": PASSWORD}, "EMAIL_EXISTS"),
        ({"email": "nobody", "password": PASSWORD}, "INVALID_EMAIL"),
        ({"email": "a@b.example", "password": "12345"}, "WEAK_PASSWORD : Password should be at least 6 characters"),
        ({"email": "a@b.example"}, "MISSING_PASSWORD"),
        ({"password": PASSWORD}, "MISSING_EMAIL"),
    ):
        assert refused(call(identity, "signUp", **given)) == message
    assert identity.post("/v1/accounts:signUp", json={}).status_code == 403


def test_a_refresh_token_gives_new_tokens_until_the_password_changes(identity: httpx.Client) -> None:
    made = sign_up(identity)
    form = {"grant_type": "refresh_token", "refresh_token": made["refreshToken"]}
    refreshed = told(identity.post("/v1/token", params={"key": "k"}, data=form))
    assert (refreshed["user_id"], refreshed["project_id"], refreshed["token_type"]) == (
        made["localId"],
        PROJECT,
        "Bearer",
    )
    told(call(identity, "update", idToken=refreshed["id_token"], password="another horse"))
    assert refused(identity.post("/v1/token", params={"key": "k"}, data=form)) == "INVALID_REFRESH_TOKEN"


def test_a_mailed_code_verifies_the_address_once(identity: httpx.Client) -> None:
    token = sign_up(identity)["idToken"]
    sent = told(call(identity, "sendOobCode", requestType="VERIFY_EMAIL", idToken=token, returnOobLink=True))
    assert sent["oobCode"] in identity.get("/").text
    assert told(call(identity, "update", oobCode=sent["oobCode"]))["emailVerified"] is True
    assert refused(call(identity, "update", oobCode=sent["oobCode"])) == "INVALID_OOB_CODE"
    (user,) = told(call(identity, "lookup", idToken=token))["users"]
    assert (user["emailVerified"], user["providerUserInfo"][0]["providerId"]) == (True, "password")


def test_a_forgotten_password_is_set_anew_and_strangers_learn_nothing(identity: httpx.Client) -> None:
    sign_up(identity)
    sent = told(
        call(identity, "sendOobCode", requestType="PASSWORD_RESET", email="alice@acme.example", returnOobLink=True)
    )
    told(call(identity, "resetPassword", oobCode=sent["oobCode"], newPassword="another horse"))
    told(call(identity, "signInWithPassword", email="alice@acme.example", password="another horse"))
    unknown = told(call(identity, "sendOobCode", requestType="PASSWORD_RESET", email="nobody@acme.example"))
    assert unknown["email"] == "nobody@acme.example"


def test_google_gives_a_code_once_for_tokens_that_say_who_it_is(identity: httpx.Client) -> None:
    asked = {"client_id": "g-client", "scope": "openid email profile", "nonce": "n-1"}
    back = consent(identity, "/o/oauth2/v2/auth", "alice@acme.example", **asked)
    assert back["state"] == ["s-1"]
    tokens = told(redeem(identity, back["code"][0]))
    claims = verified(identity, tokens["id_token"], "/oauth2/v3/certs", "g-client", "https://accounts.google.com")
    assert (claims["email"], claims["email_verified"], claims["nonce"], claims["name"]) == (
        "alice@acme.example",
        True,
        "n-1",
        "Alice Adams",
    )
    userinfo = identity.get("/v1/userinfo", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json()
    assert userinfo["sub"] == claims["sub"]
    again = redeem(identity, back["code"][0])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert identity.get("/v1/userinfo", headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "other"}, 401, "invalid_client"),
        ({"redirect_uri": "https://evil.example"}, 400, "invalid_grant"),
        ({"redirect_uri": ""}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_google_refuses_a_code_that_was_given_to_another(
    identity: httpx.Client, changes: dict[str, str], status: int, error: str
) -> None:
    code = consent(identity, "/o/oauth2/v2/auth", "alice@acme.example", client_id="g-client")["code"][0]
    answer = redeem(identity, code, **changes)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_code_with_a_challenge_needs_its_verifier(identity: httpx.Client) -> None:
    verifier = "v" * 50
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"client_id": "g-client", "code_challenge": challenge, "code_challenge_method": "S256"}

    def code() -> str:
        return consent(identity, "/o/oauth2/v2/auth", "alice@acme.example", **asked)["code"][0]

    assert redeem(identity, code()).status_code == 400
    assert redeem(identity, code(), code_verifier="other").status_code == 400
    assert redeem(identity, code(), code_verifier=verifier).status_code == 200


def test_a_refusal_comes_back_and_a_bad_address_is_never_followed(identity: httpx.Client) -> None:
    query = {"redirect_uri": BACK, "client_id": "g-client", "state": "s"}
    denied = identity.post("/o/oauth2/v2/auth", params=query, data={"decision": "deny"})
    assert denied.headers["Location"] == f"{BACK}?error=access_denied&state=s"
    for changes in ({"redirect_uri": "javascript:alert(1)"}, {"client_id": "other"}, {"redirect_uri": ""}):
        answer = identity.post("/o/oauth2/v2/auth", params=query | changes, data={"email": "alice@acme.example"})
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
        assert "Stand-in for Google" in answer.text


def test_github_tells_who_it_is_and_hides_a_private_address(identity: httpx.Client) -> None:
    headers = {"Authorization": f"Bearer {github_token(identity)}"}
    user = identity.get("/user", headers=headers).json()
    assert (user["login"], user["email"]) == ("bob-acme", None)
    primary = [each for each in identity.get("/user/emails", headers=headers).json() if each["primary"]]
    assert primary == [{"email": "bob@acme.example", "primary": True, "verified": True, "visibility": "private"}]
    narrow = {"Authorization": f"token {github_token(identity, scope='read:user')}"}
    assert identity.get("/user/emails", headers=narrow).status_code == 404
    assert identity.get("/user", headers={"Authorization": "Bearer x"}).json()["message"] == "Bad credentials"


def test_github_answers_errors_with_200_and_as_a_form_unless_asked(identity: httpx.Client) -> None:
    form = {"client_id": "h-client", "client_secret": "h-secret", "code": "nothing"}
    answer = identity.post("/login/oauth/access_token", data=form)
    assert answer.status_code == 200
    assert parse_qs(answer.text)["error"] == ["bad_verification_code"]
    wrong = identity.post("/login/oauth/access_token", data=form | {"client_secret": "x"}, headers={"Accept": "application/json"})  # fmt: skip  # noqa: E501 - one call
    assert wrong.json()["error"] == "incorrect_client_credentials"


def idp(identity: httpx.Client, provider: str, **body: str) -> httpx.Response:
    post_body = str(httpx.QueryParams({**body, "providerId": provider}))
    return call(identity, "signInWithIdp", postBody=post_body, requestUri=BACK, returnSecureToken=True)


def test_a_provider_signs_in_the_same_account_each_time(identity: httpx.Client) -> None:
    first = told(idp(identity, "google.com", id_token=google_tokens(identity)["id_token"]))
    second = told(idp(identity, "google.com", access_token=google_tokens(identity)["access_token"]))
    assert (first["isNewUser"], second["isNewUser"], first["localId"]) == (True, False, second["localId"])
    github = told(idp(identity, "github.com", access_token=github_token(identity)))
    assert github["localId"] != first["localId"]


def test_google_takes_over_an_account_whose_address_nobody_verified(identity: httpx.Client) -> None:
    squatter = sign_up(identity)
    owner = told(idp(identity, "google.com", id_token=google_tokens(identity)["id_token"]))
    assert owner["localId"] == squatter["localId"]
    again = call(identity, "signInWithPassword", email="alice@acme.example", password=PASSWORD)
    assert refused(again) == "INVALID_LOGIN_CREDENTIALS"


def test_github_does_not_enter_an_account_of_the_same_address(identity: httpx.Client) -> None:
    sign_up(identity, "bob@acme.example")
    answer = told(idp(identity, "github.com", access_token=github_token(identity)))
    assert (answer["needConfirmation"], answer["verifiedProvider"], "idToken" in answer) == (True, ["password"], False)


def test_a_foreign_token_signs_nobody_in(identity: httpx.Client) -> None:
    forged = jwt.encode({"iss": "https://accounts.google.com", "sub": "1", "aud": "g-client"}, "k" * 40, "HS256")
    assert refused(idp(identity, "google.com", id_token=forged)).startswith("INVALID_IDP_RESPONSE")
    assert refused(idp(identity, "github.com", access_token="gho_x")).startswith("INVALID_IDP_RESPONSE")
    assert refused(idp(identity, "evil.example", access_token="x")) == "OPERATION_NOT_ALLOWED"
    assert refused(call(identity, "lookup", idToken=forged)) == "INVALID_ID_TOKEN"


def test_an_id_token_of_another_client_signs_nobody_in(tmp_path: Path, identity: httpx.Client) -> None:
    token = google_tokens(identity)["id_token"]
    other = {"google": {"client_id": "other-client", "client_secret": "x"}}
    server = stand_in(tmp_path, project=PROJECT, clients=Clients.model_validate(other))
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as elsewhere:
        assert refused(idp(elsewhere, "google.com", id_token=token)).startswith("INVALID_IDP_RESPONSE")
    server.stop()


def test_accounts_and_the_key_outlive_a_restart(tmp_path: Path, identity: httpx.Client) -> None:
    made = sign_up(identity)
    server = stand_in(tmp_path, project=PROJECT)
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as again:
        (user,) = told(call(again, "lookup", idToken=made["idToken"]))["users"]
        assert user["localId"] == made["localId"]
    server.stop()
    assert PASSWORD not in (tmp_path / "accounts.json").read_text()
