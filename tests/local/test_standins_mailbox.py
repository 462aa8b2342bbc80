"""The stand-in for SendGrid: what it takes, what it refuses, and what it shows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from coditect.local.standins.mail_store import MailStore
from coditect.local.standins.mailbox import Mailbox
from coditect.local.standins.serving import StandIn

KEY = "SG.of-tests"
MAIL: dict[str, Any] = {
    "personalizations": [{"to": [{"email": "alice@example.com", "name": "Alice"}]}],
    "from": {"email": "hello@coditect.com", "name": "CODITECT"},
    "subject": "Welcome <b>Alice</b>",
    "content": [
        {"type": "text/plain", "value": "Hello, Alice"},
        {"type": "text/html", "value": '<h1>Hello</h1><script>alert(1)</script><a href="https://x.example">go</a>'},
    ],
}


@pytest.fixture
def mailbox(tmp_path: Path) -> Iterator[httpx.Client]:
    server = StandIn("sendgrid", Mailbox(store=MailStore(tmp_path), api_key=KEY).routes())
    server.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", headers={"Authorization": f"Bearer {KEY}"}) as client:
        yield client
    server.stop()


def send(mailbox: httpx.Client, **changes: object) -> httpx.Response:
    return mailbox.post("/v3/mail/send", json=MAIL | changes)


def test_a_mail_is_taken_as_sendgrid_takes_it_and_shown(mailbox: httpx.Client) -> None:
    answer = send(mailbox)
    assert (answer.status_code, answer.content) == (202, b"")
    (kept,) = mailbox.get("/api/mails").json()
    assert kept["message_id"] == answer.headers["X-Message-Id"]
    assert (kept["to"], kept["sender"]) == (["alice@example.com"], "CODITECT <hello@coditect.com>")
    listed = mailbox.get("/").text
    assert "Stand-in for SendGrid" in listed
    assert "Welcome &lt;b&gt;Alice&lt;/b&gt;" in listed
    shown = mailbox.get(f"/mails/{kept['id']}").text
    assert "Hello, Alice" in shown
    assert "<script>" not in shown


def test_a_mails_markup_is_shut_in(mailbox: httpx.Client) -> None:
    send(mailbox)
    (kept,) = mailbox.get("/api/mails").json()
    page = mailbox.get(f"/mails/{kept['id']}").text
    assert f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML" src="/mails/{kept["id"]}/html">' in page  # fmt: skip  # noqa: E501 - one tag
    framed = mailbox.get(f"/mails/{kept['id']}/html")
    policy = framed.headers["Content-Security-Policy"]
    assert policy.startswith("sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'")
    assert "allow-scripts" not in policy


def test_every_personalization_is_a_mail_and_can_be_looked_for(mailbox: httpx.Client) -> None:
    send(
        mailbox,
        personalizations=[
            {"to": [{"email": "alice@example.com"}], "subject": "For -name-", "substitutions": {"-name-": "Alice"}},
            {"to": [{"email": "bob@example.com"}], "bcc": [{"email": "audit@example.com"}]},
        ],
    )
    assert len(mailbox.get("/api/mails").json()) == 2
    (alices,) = mailbox.get("/api/mails", params={"to": "alice@example.com"}).json()
    assert alices["subject"] == "For Alice"
    (audited,) = mailbox.get("/api/mails", params={"to": "audit@example.com"}).json()
    assert audited["to"] == ["bob@example.com"]


def test_a_template_needs_neither_subject_nor_content(mailbox: httpx.Client) -> None:
    personal = [{"to": [{"email": "a@example.com"}], "dynamic_template_data": {"seats": 3}}]
    assert send(mailbox, template_id="d-1", personalizations=personal, subject="", content=[]).status_code == 202
    (kept,) = mailbox.get("/api/mails").json()
    assert (kept["template_id"], kept["template_data"]) == ("d-1", {"seats": 3})


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"personalizations": []}, "personalizations"),
        ({"personalizations": [{"to": []}]}, "personalizations.0.to"),
        ({"personalizations": [{"to": [{"email": "nobody"}]}]}, "personalizations.0.to.0.email"),
        ({"personalizations": [{"to": [{"email": "a@b.c"}], "cc": [{"email": "A@b.c"}]}]}, "personalizations.0"),
        ({"from": {}}, "from"),
        ({"subject": ""}, "subject"),
        ({"content": []}, "content"),
        ({"content": [{"type": "text/plain", "value": ""}]}, "content.0.value"),
        ({"content": MAIL["content"][::-1]}, "content"),
    ],
)
def test_what_sendgrid_refuses_is_refused_with_its_field(
    mailbox: httpx.Client, changes: dict[str, object], field: str
) -> None:
    answer = send(mailbox, **changes)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], sorted(error)) == (field, ["field", "help", "message"])
    assert mailbox.get("/api/mails").json() == []


@pytest.mark.parametrize("authorization", ["", "Bearer SG.other", f"Basic {KEY}", "Bearer é"])
def test_without_the_key_nothing_is_taken(mailbox: httpx.Client, authorization: str) -> None:
    answer = mailbox.post("/v3/mail/send", json=MAIL, headers={b"Authorization": authorization.encode("latin-1")})
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["message"].startswith("The provided authorization grant is invalid")


def test_what_is_no_json_is_refused(mailbox: httpx.Client) -> None:
    assert mailbox.post("/v3/mail/send", content="{", headers={"Content-Type": "application/json"}).status_code == 400
    assert mailbox.post("/v3/mail/send", data={"a": "b"}).status_code == 415


def test_a_mail_that_is_only_checked_is_not_kept(mailbox: httpx.Client) -> None:
    assert send(mailbox, mail_settings={"sandbox_mode": {"enable": True}}).status_code == 200
    assert mailbox.get("/api/mails").json() == []


def test_mails_outlive_a_restart_until_the_mailbox_is_emptied(tmp_path: Path, mailbox: httpx.Client) -> None:
    send(mailbox)
    assert len(MailStore(tmp_path).newest()) == 1
    assert mailbox.delete("/api/mails").status_code == 204
    assert MailStore(tmp_path).newest() == []


def test_no_path_leaves_the_mailbox(tmp_path: Path, mailbox: httpx.Client) -> None:
    (tmp_path.parent / "outside.json").write_text("{}")
    assert mailbox.get("/mails/..%2Foutside").status_code == 404
    assert MailStore(tmp_path).find("../outside") is None
