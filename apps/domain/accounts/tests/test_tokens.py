"""Access tokens: whose are believed, and whose are not."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from django.conf import settings

from apps.domain.accounts.errors import InvalidTokenError
from apps.domain.accounts.permissions import PERMISSIONS, Role
from apps.domain.accounts.tokens import TokenCache, issue_token, verify_token


def claims(**changes: object) -> dict[str, Any]:
    now = int(time.time())
    return {
        "sub": str(uuid4()),
        "email": "bob@example.com",
        "name": "Bob",
        "tenant_id": str(uuid4()),
        "role": "user",
        "permissions": [],
        "iat": now,
        "exp": now + 60,
        "jti": str(uuid4()),
    } | changes


def signed(payload: dict[str, Any], *, kid: object = "new", secret: str = "n" * 40, algorithm: str = "HS256") -> str:
    return jwt.encode(payload, secret, algorithm=algorithm, headers={"kid": kid})


def test_a_token_carries_the_specifications_claims_for_24_hours() -> None:
    user, tenant = uuid4(), uuid4()
    token = issue_token(user_id=user, email="b@example.com", name="Bob", tenant_id=tenant, role=Role.USER)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT", "kid": "new"}
    payload = jwt.decode(token, options={"verify_signature": False})
    assert payload["exp"] - payload["iat"] == 86_400
    assert payload["permissions"] == ["licenses:read", "licenses:write", "team:read"]
    assert {name: payload[name] for name in ("sub", "email", "name", "tenant_id", "role")} == {
        "sub": str(user),
        "email": "b@example.com",
        "name": "Bob",
        "tenant_id": str(tenant),
        "role": "user",
    }


def test_a_token_of_an_earlier_key_is_believed_until_the_key_is_gone() -> None:
    assert verify_token(signed(claims(), kid="old", secret="o" * 40)).role is Role.USER


@pytest.mark.parametrize(
    ("name", "token"),
    [
        ("a key id we do not have", lambda: signed(claims(), kid="foreign")),
        ("no key id", lambda: jwt.encode(claims(), "n" * 40, algorithm="HS256")),
        ("a key id that is no text", lambda: _assembled({"alg": "HS256", "kid": ["new"]}, claims())),
        ("someone else's secret", lambda: signed(claims(), secret="x" * 40)),
        ("another key of ours than it names", lambda: signed(claims(), kid="old")),
        ("another algorithm", lambda: signed(claims(), secret="n" * 80, algorithm="HS512")),
        ("no algorithm", lambda: _assembled({"alg": "none", "kid": "new"}, claims())),
        ("an expired life", lambda: signed(claims(exp=int(time.time()) - 60))),
        ("no expiry", lambda: signed({k: v for k, v in claims().items() if k != "exp"})),
        ("no id", lambda: signed({k: v for k, v in claims().items() if k != "jti"})),
        ("no tenant", lambda: signed({k: v for k, v in claims().items() if k != "tenant_id"})),
        ("a role we do not have", lambda: signed(claims(role="root"))),
        ("a user who is no id", lambda: signed(claims(sub="bob"))),
        ("an issue in the future", lambda: signed(claims(iat=int(time.time()) + 3600))),
        ("no form at all", lambda: "nonsense"),
        ("nothing", lambda: ""),
    ],
)
def test_a_token_is_refused_that_has(name: str, token: Callable[[], str]) -> None:
    made = token()
    with pytest.raises(InvalidTokenError):
        verify_token(made)


def test_a_changed_payload_is_refused() -> None:
    header, _, signature = signed(claims()).split(".")
    forged = base64.urlsafe_b64encode(json.dumps(claims(role="admin")).encode()).rstrip(b"=").decode()
    with pytest.raises(InvalidTokenError):
        verify_token(f"{header}.{forged}.{signature}")


def test_a_token_is_remembered() -> None:
    cache, token = TokenCache(), signed(claims())
    assert cache.principal(token) is cache.principal(token)


def test_a_token_past_its_expiry_is_not_answered_from_memory() -> None:
    # Two seconds past: within what clocks may differ, so it is still checked and still believed.
    cache, token = TokenCache(), signed(claims(exp=int(time.time()) - 2))
    assert cache.principal(token) is not cache.principal(token)


def test_a_token_that_was_refused_is_not_remembered() -> None:
    cache = TokenCache()
    with pytest.raises(InvalidTokenError):
        cache.principal("nonsense")
    assert cache._principals == {}


def test_every_role_has_a_row_and_guests_change_nothing() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert all(action.value.endswith(":read") for action in PERMISSIONS[Role.GUEST])


def _assembled(header: dict[str, object], payload: dict[str, Any]) -> str:
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, payload)]
    return ".".join([*parts, ""])


def test_the_settings_lifetime_is_the_specifications() -> None:
    assert settings.JWT_LIFETIME.total_seconds() == 86_400
