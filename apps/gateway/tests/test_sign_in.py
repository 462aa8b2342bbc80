"""Signing in at the gateway: a process of its own, as gateway-backend runs, over real HTTP."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import httpx
import jwt
import pytest

from apps.domain.accounts.models import User
from apps.testing.people import Company, found
from coditect.local.process import free_port

PASSWORD = "correct horse battery staple"
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def gateway(service_environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    yield from serve(service_environment, "apps.gateway.settings.backend", "apps.gateway.wsgi", "/health")


@pytest.fixture(scope="module")
def site(service_environment: Mapping[str, str]) -> Iterator[httpx.Client]:
    yield from serve(service_environment, "apps.gateway.settings.frontend", "apps.gateway.wsgi", "/api/health")


def serve(told: Mapping[str, str], settings: str, module: str, health: str) -> Iterator[httpx.Client]:
    """A granian process with one worker; ends with the fixture."""
    port = free_port()
    command = [
        "granian",
        "--interface",
        "wsgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-ws",
        "--workers-kill-timeout",  # a worker that still imports hears no SIGTERM
        "5",
        f"{module}:application",
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", *command], env=dict(told) | {"DJANGO_SETTINGS_MODULE": settings}, cwd=ROOT
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as client:
            for _ in range(300):
                try:
                    if client.get(health).status_code == 200:
                        break
                except httpx.TransportError:
                    assert process.poll() is None, "granian ended; its output stands above"
                    time.sleep(0.1)
            yield client
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture
def alice(database: None) -> tuple[User, Company]:
    company = found("Acme", owner="alice", seats=1)
    user = company.owner.user
    user.set_password(PASSWORD)
    user.save(update_fields=["password"])
    return user, company


def login(gateway: httpx.Client, email: str, password: str = PASSWORD) -> httpx.Response:
    return gateway.post("/api/auth/login", json={"email": email, "password": password})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_login_answers_as_the_specification_shows(gateway: httpx.Client, alice: tuple[User, Company]) -> None:
    user, company = alice
    answer = login(gateway, user.email.upper())
    assert answer.status_code == 200
    told = answer.json()
    assert set(told) == {"access_token", "user"}
    assert told["user"] == {"id": str(user.id), "email": user.email, "name": "Alice"}
    claims = jwt.decode(told["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["tenant_id"], claims["role"]) == (str(user.id), str(company.tenant_id), "owner")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_wrong_password_and_an_unknown_email_are_answered_alike(
    gateway: httpx.Client, alice: tuple[User, Company]
) -> None:
    wrong = login(gateway, alice[0].email, "wrong")
    unknown = login(gateway, f"nobody-{uuid4().hex}@example.com")
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_credentials")


def test_a_closed_account_cannot_sign_in_or_stay(gateway: httpx.Client, alice: tuple[User, Company]) -> None:
    user, _ = alice
    token = login(gateway, user.email).json()["access_token"]
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert login(gateway, user.email).status_code == 401
    assert gateway.post("/api/auth/refresh", headers=bearer(token)).status_code == 401


def test_a_refresh_gives_a_new_token_and_the_old_one_lives_on(
    gateway: httpx.Client, alice: tuple[User, Company]
) -> None:
    token = login(gateway, alice[0].email).json()["access_token"]
    refreshed = gateway.post("/api/auth/refresh", headers=bearer(token)).json()["access_token"]
    assert refreshed != token
    for one in (token, refreshed):
        assert gateway.post("/api/auth/refresh", headers=bearer(one)).status_code == 200


def test_a_logout_takes_the_token_back_and_no_other(gateway: httpx.Client, alice: tuple[User, Company]) -> None:
    first, second = (login(gateway, alice[0].email).json()["access_token"] for _ in range(2))
    assert gateway.post("/api/auth/logout", headers=bearer(first)).json() == {"status": "signed_out"}
    refused = gateway.post("/api/auth/refresh", headers=bearer(first))
    assert (refused.status_code, refused.json()["error"]) == (401, "token_revoked")
    assert gateway.post("/api/auth/refresh", headers=bearer(second)).status_code == 200


def test_the_eleventh_try_of_an_account_in_five_minutes_waits_even_with_the_right_password(
    gateway: httpx.Client, alice: tuple[User, Company]
) -> None:
    email = alice[0].email
    assert [login(gateway, email, "wrong").status_code for _ in range(10)] == [401] * 10
    refused = login(gateway, email)
    assert (refused.status_code, refused.json()["error"]) == (429, "rate_limited")
    assert 1 <= int(refused.headers["Retry-After"]) <= 300


def test_passwords_are_kept_as_argon2(alice: tuple[User, Company]) -> None:
    assert alice[0].password.startswith("argon2$argon2id$")


@pytest.mark.parametrize("body", ["", "{}", '{"email": "a@b.c"}', '{"email": 1, "password": "x"}'])
def test_a_bad_body_is_a_400(gateway: httpx.Client, body: str) -> None:
    answer = gateway.post("/api/auth/login", content=body)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/health", "/api/health", "/ready"])
def test_the_gateway_is_live_and_ready(gateway: httpx.Client, path: str) -> None:
    assert gateway.get(path).status_code == 200


def test_the_site_has_a_home_page(site: httpx.Client) -> None:
    page = site.get("/")
    assert page.status_code == 200
    assert "Autonomous Development Intelligence" in page.text
    assert site.get("/nothing").status_code == 404
