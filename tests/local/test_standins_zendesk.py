"""The stand-in for Zendesk: tickets, comments, people, and what is refused."""

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from coditect.local.standins.serving import StandIn
from coditect.local.standins.zendesk import Zendesk
from coditect.local.standins.zendesk_store import Desk

TOKEN = "of-tests"
ALICE = {"name": "Alice", "email": "alice@acme.example"}


@pytest.fixture
def zendesk(tmp_path: Path) -> Iterator[httpx.Client]:
    server = StandIn("zendesk", Zendesk(Desk(tmp_path / "desk.json"), api_token=TOKEN).routes())
    server.start()
    auth = ("support@coditect.com/token", TOKEN)
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", auth=auth) as client:
        yield client
    server.stop()


def open_ticket(zendesk: httpx.Client, **changes: object) -> httpx.Response:
    ticket = {"subject": "No seats", "comment": {"body": "All <b>taken</b>"}, "requester": ALICE, "priority": "high"}
    return zendesk.post("/api/v2/tickets.json", json={"ticket": ticket | changes})


def test_a_ticket_is_opened_shown_and_listed(zendesk: httpx.Client) -> None:
    opened = open_ticket(zendesk, tags=["seats", "pro"], external_id="x-1")
    assert opened.status_code == 201
    ticket = opened.json()["ticket"]
    assert (ticket["status"], ticket["priority"], ticket["tags"]) == ("new", "high", ["pro", "seats"])
    assert opened.json()["audit"]["ticket_id"] == ticket["id"]
    assert zendesk.get(opened.headers["Location"]).json()["ticket"] == ticket
    assert zendesk.get(f"/api/v2/tickets/{ticket['id']}").json()["ticket"]["subject"] == "No seats"
    listed = zendesk.get("/api/v2/tickets.json").json()
    assert (listed["count"], listed["next_page"], listed["tickets"][0]["id"]) == (1, None, ticket["id"])
    requester = zendesk.get(f"/api/v2/users/{ticket['requester_id']}.json").json()["user"]
    assert (requester["email"], requester["role"]) == ("alice@acme.example", "end-user")


def test_the_same_person_opens_several_tickets_and_sees_only_theirs(zendesk: httpx.Client) -> None:
    first, second = open_ticket(zendesk).json()["ticket"], open_ticket(zendesk).json()["ticket"]
    carol = open_ticket(zendesk, requester={"name": "Carol", "email": "carol@globex.example"}).json()["ticket"]
    assert first["requester_id"] == second["requester_id"] != carol["requester_id"]
    mine = zendesk.get(f"/api/v2/users/{first['requester_id']}/tickets/requested.json").json()
    assert [ticket["id"] for ticket in mine["tickets"]] == [first["id"], second["id"]]


def test_an_agents_answer_on_the_page_is_a_comment(zendesk: httpx.Client) -> None:
    ticket = open_ticket(zendesk).json()["ticket"]
    page = zendesk.get(f"/tickets/{ticket['id']}").text
    assert "Stand-in for Zendesk" in page
    assert "All &lt;b&gt;taken&lt;/b&gt;" in page
    zendesk.post(f"/tickets/{ticket['id']}", data={"body": "We add some", "status": "solved"})
    comments = zendesk.get(f"/api/v2/tickets/{ticket['id']}/comments.json").json()["comments"]
    assert [comment["body"] for comment in comments] == ["All <b>taken</b>", "We add some"]
    assert zendesk.get(f"/api/v2/tickets/{ticket['id']}.json").json()["ticket"]["status"] == "solved"


def test_a_ticket_is_answered_and_closed_through_the_api(zendesk: httpx.Client) -> None:
    ticket = open_ticket(zendesk).json()["ticket"]
    path = f"/api/v2/tickets/{ticket['id']}.json"
    reply = {"comment": {"body": "Thanks", "author_id": ticket["requester_id"], "public": False}, "status": "closed"}
    assert zendesk.put(path, json={"ticket": reply}).json()["ticket"]["status"] == "closed"
    last = zendesk.get(f"/api/v2/tickets/{ticket['id']}/comments.json").json()["comments"][-1]
    assert (last["author_id"], last["public"]) == (ticket["requester_id"], False)
    assert zendesk.put(path, json={"ticket": {"status": "open"}}).status_code == 422


def test_a_repeated_request_with_its_key_opens_one_ticket(zendesk: httpx.Client) -> None:
    body = {"ticket": {"comment": {"body": "Once"}, "requester": ALICE}}
    answers = [zendesk.post("/api/v2/tickets.json", json=body, headers={"Idempotency-Key": "k"}) for _ in range(2)]
    assert [answer.headers["X-Idempotency-Lookup"] for answer in answers] == ["miss", "hit"]
    assert answers[0].json()["ticket"]["id"] == answers[1].json()["ticket"]["id"]
    other = {"ticket": {"comment": {"body": "Twice"}, "requester": ALICE}}
    assert zendesk.post("/api/v2/tickets.json", json=other, headers={"Idempotency-Key": "k"}).status_code == 400


def test_a_user_is_made_once_and_then_changed(zendesk: httpx.Client) -> None:
    path = "/api/v2/users/create_or_update.json"
    made = zendesk.post(path, json={"user": ALICE | {"external_id": "u-1"}})
    changed = zendesk.post(path, json={"user": {"name": "Alice Adams", "email": "alice@acme.example"}})
    assert (made.status_code, changed.status_code) == (201, 200)
    assert made.json()["user"]["id"] == changed.json()["user"]["id"]
    assert (changed.json()["user"]["name"], changed.json()["user"]["external_id"]) == ("Alice Adams", "u-1")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"comment": {}}, "base"),
        ({"requester": {"email": "new@acme.example"}}, "requester"),
        ({"requester": {"name": "X", "email": "nobody"}}, "requester"),
        ({"requester_id": 1}, "requester"),
        ({"priority": "huge"}, "priority"),
        ({"status": "gone"}, "status"),
    ],
)
def test_what_zendesk_refuses_is_refused_in_its_shape(
    zendesk: httpx.Client, changes: dict[str, Any], field: str
) -> None:
    refused = open_ticket(zendesk, **changes)
    assert (refused.status_code, refused.json()["error"]) == (422, "RecordInvalid")
    assert refused.json()["details"][field][0]["description"]
    assert zendesk.get("/api/v2/tickets.json").json()["count"] == 0


def test_what_is_not_there_is_not_found(zendesk: httpx.Client) -> None:
    missing = zendesk.get("/api/v2/tickets/7.json")
    assert (missing.status_code, missing.json()) == (404, {"error": "RecordNotFound", "description": "Not found"})
    assert zendesk.post("/api/v2/tickets.json", json={}).status_code == 400
    assert zendesk.post("/api/v2/tickets.json", content="{").status_code == 422


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer of-tests",
        "Basic !!!",
        "Basic " + base64.b64encode(b"support@coditect.com:of-tests").decode(),
        "Basic " + base64.b64encode(b"support@coditect.com/token:other").decode(),
    ],
)
def test_without_the_token_nobody_is_let_in(zendesk: httpx.Client, authorization: str) -> None:
    answer = httpx.get(f"{zendesk.base_url}/api/v2/tickets.json", headers={"Authorization": authorization})
    assert (answer.status_code, answer.json()["error"]) == (401, "Couldn't authenticate you")


def test_pages_are_followed_to_the_end(zendesk: httpx.Client) -> None:
    for _ in range(3):
        open_ticket(zendesk)
    first = zendesk.get("/api/v2/tickets.json", params={"per_page": 2}).json()
    rest = zendesk.get(first["next_page"]).json()
    assert (len(first["tickets"]), len(rest["tickets"]), rest["next_page"]) == (2, 1, None)
    assert zendesk.get("/api/v2/tickets.json", params={"page": "0"}).status_code == 400


def test_tickets_outlive_a_restart(tmp_path: Path, zendesk: httpx.Client) -> None:
    ticket = open_ticket(zendesk).json()["ticket"]
    again = Desk(tmp_path / "desk.json")
    assert [each.id for each in again.tickets] == [ticket["id"]]
    assert again.new_id() > ticket["id"]
