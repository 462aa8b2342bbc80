"""The agent's side of the desk: every ticket, and a form that answers it."""

from html import escape

from coditect.local.standins.page import definitions, page
from coditect.local.standins.serving import Request, Response, Route, as_html, redirect
from coditect.local.standins.zendesk_store import Desk, Ticket

_NOTE = "No ticket leaves this machine. Answer here as an agent would."
_ANSWERED = ("open", "pending", "solved")


def routes(desk: Desk) -> list[Route]:
    """The pages of one desk."""
    return [
        Route(method="GET", path="/", answer=lambda _: _list(desk)),
        Route(method="GET", path="/tickets/(?P<id>[0-9]+)", answer=lambda request: _show(desk, request)),
        Route(method="POST", path="/tickets/(?P<id>[0-9]+)", answer=lambda request: _reply(desk, request)),
    ]


def _list(desk: Desk) -> Response:
    with desk.lock:
        rows = "".join(
            f'<tr><td>{t.id}</td><td><a href="/tickets/{t.id}">{escape(t.subject)}</a></td>'
            f"<td>{escape(_name(desk, t.requester_id))}</td><td>{escape(t.status)}</td></tr>"
            for t in reversed(desk.tickets)
        )
    head = "<thead><tr><th>Ticket</th><th>Subject</th><th>From</th><th>State</th></tr></thead>"
    content = f"<table>{head}<tbody>{rows}</tbody></table>" if rows else '<p class="soft">No ticket yet.</p>'
    return as_html(page("Support desk", content, stand_in="Zendesk", note=_NOTE, width="wide"))


def _show(desk: Desk, request: Request) -> Response:
    with desk.lock:
        ticket = desk.ticket(int(request.path_values["id"]))
        if ticket is None:
            gone = '<p>There is no such ticket.</p><a href="/">All tickets</a>'
            return as_html(page("Not found", gone, stand_in="Zendesk", note=_NOTE), status=404)
        return as_html(page(ticket.subject, _content(desk, ticket), stand_in="Zendesk", note=_NOTE))


def _reply(desk: Desk, request: Request) -> Response:
    form = request.form()
    with desk.lock:
        ticket = desk.ticket(int(request.path_values["id"]))
        if ticket is not None and form.get("status") in _ANSWERED:
            if body := form.get("body", "").strip():
                desk.add_comment(ticket, author=desk.agent, body=body, is_public=True)
            ticket.status = form["status"]
            desk.save()
    return redirect(request.path)


def _content(desk: Desk, ticket: Ticket) -> str:
    facts = definitions(
        [
            ("State", ticket.status),
            ("From", _name(desk, ticket.requester_id)),
            ("Priority", ticket.priority or ""),
            ("Tags", ", ".join(ticket.tags)),
        ]
    )
    comments = "".join(
        f'<section class="box"><p class="soft">{escape(_name(desk, c.author_id))}, {c.created_at:%d %B %H:%M} UTC'
        f"{'' if c.public else ', internal'}</p><pre>{escape(c.body)}</pre></section>"
        for c in ticket.comments
    )
    options = "".join(f"<option>{status}</option>" for status in _ANSWERED)
    form = (
        '<form method="post"><label for="body">Answer</label><textarea id="body" name="body" rows="5"></textarea>'
        f'<label for="status">State</label><select id="status" name="status">{options}</select>'
        "<button>Send</button></form>"
    )
    return f'{facts}{comments}{form}<p><a href="/">All tickets</a></p>'


def _name(desk: Desk, user_id: int) -> str:
    user = desk.user(user_id)
    return f"{user.name} <{user.email}>" if user else "nobody"
