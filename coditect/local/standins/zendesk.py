"""Stand-in for Zendesk Support: the ticketing API, and a page where the other side can answer.

    python -m coditect.local.standins.zendesk --port 0 --state DIR [--api-token-file FILE]

https://developer.zendesk.com/api-reference/ticketing/tickets/tickets/: create, show, list and update tickets, comments,
users. `/` is the agent's desk.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Sequence
from pathlib import Path

from coditect.graph.values import Json, JsonObject, items, lookup, members, text
from coditect.local.standins import zendesk_desk
from coditect.local.standins.serving import Request, Response, Route, StandIn, arguments, as_json, log_as_json
from coditect.local.standins.zendesk_shapes import comment_shape, ticket_shape, user_shape
from coditect.local.standins.zendesk_store import Desk, Ticket, User

PRIORITIES = ("urgent", "high", "normal", "low")
TYPES = ("problem", "incident", "question", "task")
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_MOST_A_PAGE = 100


class Refused(Exception):  # noqa: N818 - an answer to the caller, not a failure of ours
    """status, told: the answer."""

    def __init__(self, status: int, told: JsonObject) -> None:
        super().__init__(str(told))
        self.status = status
        self.told = told


def _invalid(field: str, description: str, error: str = "InvalidValue") -> Refused:
    detail: Json = {field: [{"description": description, "error": error}]}
    return Refused(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": detail})


def _not_found() -> Refused:
    return Refused(404, {"error": "RecordNotFound", "description": "Not found"})


class Zendesk:
    """api_token: the only one that is let in; None lets in any."""

    def __init__(self, desk: Desk, *, api_token: str | None = None) -> None:
        self._desk = desk
        self._api_token = api_token

    def routes(self) -> list[Route]:
        api: list[tuple[str, str, Callable[[Request], Response]]] = [
            ("POST", "/tickets", self.create_ticket),
            ("GET", "/tickets", self.list_tickets),
            ("GET", "/tickets/(?P<id>[0-9]+)", self.show_ticket),
            ("PUT", "/tickets/(?P<id>[0-9]+)", self.update_ticket),
            ("GET", "/tickets/(?P<id>[0-9]+)/comments", self.list_comments),
            ("POST", "/users/create_or_update", self.create_or_update_user),
            ("GET", "/users/me", self.show_me),
            ("GET", "/users/(?P<id>[0-9]+)", self.show_user),
            ("GET", "/users/(?P<id>[0-9]+)/tickets/requested", self.list_requested),
        ]
        return [
            *(
                Route(method=method, path=rf"/api/v2{path}(?:\.json)?", answer=self._answered(answer))
                for method, path, answer in api
            ),
            *zendesk_desk.routes(self._desk),
        ]

    def _answered(self, answer: Callable[[Request], Response]) -> Callable[[Request], Response]:
        def answered(request: Request) -> Response:
            if not self._is_known(request.headers.get("authorization", "")):
                return as_json(
                    {"error": "Couldn't authenticate you"},
                    status=401,
                    headers={"WWW-Authenticate": 'Basic realm="Web Password"'},
                )
            with self._desk.lock:
                try:
                    return answer(request)
                except Refused as error:
                    return as_json(error.told, status=error.status)

        return answered

    def _is_known(self, authorization: str) -> bool:
        kind, _, encoded = authorization.partition(" ")
        try:
            login, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return False
        if kind.lower() != "basic" or not login.endswith("/token") or "@" not in login or not token:
            return False
        return self._api_token is None or hmac.compare_digest(token.encode(), self._api_token.encode())

    def create_ticket(self, request: Request) -> Response:
        key = request.headers.get("idempotency-key")
        fingerprint = hashlib.sha256(request.body).hexdigest()
        if key is not None and key in self._desk.keys:
            known, ticket_id = self._desk.keys[key]
            ticket = self._desk.ticket(ticket_id)
            if known != fingerprint or ticket is None:
                told = "A request with the same idempotency key but different parameters was previously made"
                raise Refused(400, {"error": "IdempotentRequestError", "description": told})
            return self._created(request, ticket, lookup_header="hit")
        given = _object(request, "ticket")
        ticket = self._new_ticket(given)
        if key is not None:
            self._desk.keys[key] = (fingerprint, ticket.id)
        self._desk.save()
        return self._created(request, ticket, lookup_header="miss" if key is not None else None)

    def _created(self, request: Request, ticket: Ticket, *, lookup_header: str | None) -> Response:
        headers = {"Location": f"{request.base_url()}/api/v2/tickets/{ticket.id}.json"}
        if lookup_header is not None:
            headers["X-Idempotency-Lookup"] = lookup_header
        return as_json(self._told(request, ticket), status=201, headers=headers)

    def _new_ticket(self, given: JsonObject) -> Ticket:
        body = text(given, "comment", "body") or text(given, "comment", "html_body") or text(given, "description")
        if not body:
            raise _invalid("base", "Description: cannot be blank", "BlankValue")
        _check(given)
        requester = self._requester(given)
        ticket = Ticket(
            id=self._desk.new_id(),
            subject=text(given, "subject") or body[:150],
            description=body,
            requester_id=requester.id,
            submitter_id=requester.id,
            status=text(given, "status") or "new",
            priority=text(given, "priority") or None,
            type=text(given, "type") or None,
            external_id=text(given, "external_id") or None,
            tags=sorted({str(tag) for tag in items(given, "tags")}),
            custom_fields=[dict(members(each)) for each in items(given, "custom_fields")],
        )
        self._desk.tickets.append(ticket)
        self._desk.add_comment(ticket, author=requester, body=body, is_public=_is_public(given))
        return ticket

    def _requester(self, given: JsonObject) -> User:
        """The person of the ticket: by id, by address, or made now. The caller's own agent when nobody is named."""
        requester_id = lookup(given, "requester_id")
        if isinstance(requester_id, int):
            if (user := self._desk.user(requester_id)) is None:
                raise _invalid("requester", "Requester: is invalid")
            return user
        email, name = text(given, "requester", "email"), text(given, "requester", "name")
        if not members(given, "requester"):
            return self._desk.agent
        if "@" not in email:
            raise _invalid("requester", f"Requester: Email:  {email} is not properly formatted")
        if (user := self._desk.user_by_email(email)) is not None:
            return user
        if not name:
            raise _invalid("requester", "Requester: Name: is too short (minimum one characters)", "ValueTooShort")
        return self._desk.add_user(name=name, email=email)

    def update_ticket(self, request: Request) -> Response:
        ticket = self._ticket(request)
        if ticket.status == "closed":
            raise _invalid("status", "Status: closed prevents ticket update")
        given = _object(request, "ticket")
        _check(given)
        if body := text(given, "comment", "body") or text(given, "comment", "html_body"):
            author_id = lookup(given, "comment", "author_id")
            author = self._desk.user(author_id) if isinstance(author_id, int) else self._desk.agent
            if author is None:
                raise _invalid("author", "Author: is invalid")
            self._desk.add_comment(ticket, author=author, body=body, is_public=_is_public(given))
        for name in ("subject", "status", "priority", "type"):
            if value := text(given, name):
                setattr(ticket, name, value)
        if "tags" in given:
            ticket.tags = sorted({str(tag) for tag in items(given, "tags")})
        self._desk.save()
        return as_json(self._told(request, ticket))

    def show_ticket(self, request: Request) -> Response:
        return as_json({"ticket": ticket_shape(self._ticket(request), request.base_url())})

    def list_tickets(self, request: Request) -> Response:
        return self._page(request, "tickets", [ticket_shape(t, request.base_url()) for t in self._desk.tickets])

    def list_requested(self, request: Request) -> Response:
        user = self._user(request)
        mine = [ticket for ticket in self._desk.tickets if ticket.requester_id == user.id]
        return self._page(request, "tickets", [ticket_shape(ticket, request.base_url()) for ticket in mine])

    def list_comments(self, request: Request) -> Response:
        ticket = self._ticket(request)
        return self._page(request, "comments", [comment_shape(comment) for comment in ticket.comments])

    def create_or_update_user(self, request: Request) -> Response:
        given = _object(request, "user")
        email, name = text(given, "email").lower(), text(given, "name")
        external_id = text(given, "external_id") or None
        known = next((u for u in self._desk.users if external_id is not None and u.external_id == external_id), None)
        known = known or (self._desk.user_by_email(email) if email else None)
        if known is None:
            if not name:
                raise _invalid("name", "Name: is too short (minimum one characters)", "ValueTooShort")
            if "@" not in email:
                raise _invalid("email", f"Email: {email} is not properly formatted")
            user = self._desk.add_user(name=name, email=email, external_id=external_id)
            self._desk.save()
            location = f"{request.base_url()}/api/v2/users/{user.id}.json"
            return as_json({"user": user_shape(user, request.base_url())}, status=201, headers={"Location": location})
        known.name, known.external_id = name or known.name, external_id or known.external_id
        self._desk.save()
        return as_json({"user": user_shape(known, request.base_url())})

    def show_me(self, request: Request) -> Response:
        return as_json({"user": user_shape(self._desk.agent, request.base_url())})

    def show_user(self, request: Request) -> Response:
        return as_json({"user": user_shape(self._user(request), request.base_url())})

    def _ticket(self, request: Request) -> Ticket:
        ticket = self._desk.ticket(int(request.path_values["id"]))
        if ticket is None:
            raise _not_found()
        return ticket

    def _user(self, request: Request) -> User:
        user = self._desk.user(int(request.path_values["id"]))
        if user is None:
            raise _not_found()
        return user

    def _told(self, request: Request, ticket: Ticket) -> JsonObject:
        last = ticket.comments[-1]
        audit: JsonObject = {
            "id": last.id,
            "ticket_id": ticket.id,
            "created_at": comment_shape(last)["created_at"],
            "author_id": last.author_id,
            "events": [comment_shape(last)],
        }
        return {"ticket": ticket_shape(ticket, request.base_url()), "audit": audit}

    def _page(self, request: Request, name: str, listed: list[JsonObject]) -> Response:
        number = _positive(request.query.get("page", "1"))
        size = min(_positive(request.query.get("per_page", str(_MOST_A_PAGE))), _MOST_A_PAGE)
        here = f"{request.base_url()}{request.path}"

        def address(page: int) -> str:
            return f"{here}?page={page}&per_page={size}"

        return as_json(
            {
                name: list[Json](listed[(number - 1) * size : number * size]),
                "count": len(listed),
                "next_page": address(number + 1) if number * size < len(listed) else None,
                "previous_page": address(number - 1) if number > 1 else None,
            }
        )


def _object(request: Request, name: str) -> JsonObject:
    """The member of the body that the call is about. Raises Refused."""
    try:
        given = request.json()
    except ValueError:
        told = "The syntax of the given JSON is invalid"
        raise Refused(422, {"error": "Unprocessable Entity", "message": told}) from None
    found = lookup(given, name)
    if not isinstance(found, dict):
        told = f"Parameter {name} is required"
        raise Refused(400, {"error": {"title": "Invalid attribute", "message": told}})
    return found


def _check(given: JsonObject) -> None:
    for name, allowed in (("priority", PRIORITIES), ("type", TYPES), ("status", STATUSES)):
        value = lookup(given, name)
        if value is not None and value not in allowed:
            raise _invalid(name, f"{name.title()}: {value} is not valid")


def _is_public(given: JsonObject) -> bool:
    return lookup(given, "comment", "public") is not False


def _positive(value: str) -> int:
    if not value.isascii() or not value.isdecimal() or len(value) > 6 or int(value) < 1:
        raise Refused(400, {"error": "InvalidPaginationParameter", "description": f"{value} is no page."})
    return int(value)


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = arguments("zendesk", "Stand-in for Zendesk Support")
    parser.add_argument("--api-token-file", type=Path, help="file with the only API token to let in; any when absent")
    told = parser.parse_args(given)
    if told.state is None:
        parser.error("--state is missing: without it a restart would forget every ticket. Name a directory.")
    log_as_json("zendesk")
    token = None if told.api_token_file is None else told.api_token_file.read_text().strip()
    zendesk = Zendesk(Desk(told.state / "desk.json"), api_token=token)
    StandIn("zendesk", zendesk.routes(), port=told.port, is_third_party=True).serve_until_told()


if __name__ == "__main__":
    main()
