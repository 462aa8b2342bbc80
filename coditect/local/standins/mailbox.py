"""Stand-in for SendGrid: takes mails as its v3 API does, delivers none, and shows every one.

    python -m coditect.local.standins.mailbox --port 0 --state DIR [--api-key-file FILE]

`POST /v3/mail/send` is SendGrid's; `/` lists the mails, `/api/mails` does so as JSON (`?to=ADDRESS`), and
`DELETE /api/mails` empties the mailbox.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from coditect.local.standins.mail_rules import BadMail, check
from coditect.local.standins.mail_store import Mail, MailStore, mails_of
from coditect.local.standins.page import page
from coditect.local.standins.serving import (
    Request,
    Response,
    Route,
    StandIn,
    arguments,
    as_html,
    as_json,
    log_as_json,
    redirect,
)

NOTE = "No mail leaves this machine: what the platform sends is shown here."
_REFUSED = "The provided authorization grant is invalid, expired, or revoked"


@dataclass(frozen=True, kw_only=True)
class Mailbox:
    """api_key: the only one that is let in; None lets in every key that looks like one."""

    store: MailStore
    api_key: str | None = None

    def routes(self) -> list[Route]:
        return [
            Route(method="POST", path="/v3/mail/send", answer=self.send),
            Route(method="GET", path="/", answer=self.list_page),
            Route(method="GET", path="/mails/(?P<id>[A-Za-z0-9_-]+)", answer=self.mail_page),
            Route(method="GET", path="/mails/(?P<id>[A-Za-z0-9_-]+)/html", answer=self.mail_html),
            Route(method="GET", path="/api/mails", answer=self.list_json),
            Route(method="DELETE", path="/api/mails", answer=self.empty),
            Route(method="POST", path="/empty", answer=self.empty_page),
        ]

    def send(self, request: Request) -> Response:
        kind, _, key = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not self._is_known(key):
            return _errors(_REFUSED, None, status=401)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return _errors("Content-Type should be application/json.", None, status=415)
        try:
            given = request.json()
        except ValueError:
            return _errors("Bad Request", None)
        try:
            is_sandboxed = check(given)
        except BadMail as error:
            return _errors(error.message, error.field)
        mails = mails_of(given, at=datetime.now(UTC))
        headers = {"X-Message-Id": mails[0].message_id}
        if is_sandboxed:
            return Response(status=200, headers=headers)
        self.store.add(mails)
        return Response(status=202, headers=headers)

    def _is_known(self, key: str) -> bool:
        if self.api_key is None:
            return key.startswith("SG.")
        return hmac.compare_digest(key.encode(), self.api_key.encode())

    def list_json(self, request: Request) -> Response:
        wanted = request.query.get("to")
        mails = [mail for mail in self.store.newest() if wanted is None or wanted in mail.recipients]
        return as_json([mail.model_dump(mode="json") for mail in mails])

    def empty(self, _request: Request) -> Response:
        self.store.empty()
        return Response(status=204)

    def empty_page(self, _request: Request) -> Response:
        self.store.empty()
        return redirect("/")

    def list_page(self, _request: Request) -> Response:
        rows = "".join(
            f"<tr><td>{mail.sent_at:%d %b %H:%M:%S}</td><td>{escape(', '.join(mail.recipients))}</td>"
            f'<td><a href="/mails/{escape(mail.id)}">{escape(mail.subject or "(no subject)")}</a></td></tr>'
            for mail in self.store.newest()
        )
        if not rows:
            content = '<p class="soft">Nothing was sent yet.</p>'
        else:
            content = (
                "<table><thead><tr><th>Sent (UTC)</th><th>To</th><th>Subject</th></tr></thead>"
                f'<tbody>{rows}</tbody></table><form method="post" action="/empty">'
                '<button class="quiet">Empty the mailbox</button></form>'
            )
        return as_html(page("Mailbox", content, stand_in="SendGrid", note=NOTE, width="wide"))

    def mail_page(self, request: Request) -> Response:
        mail = self.store.find(request.path_values["id"])
        if mail is None:
            gone = '<p>There is no such mail.</p><a href="/">All mails</a>'
            return as_html(page("Not found", gone, stand_in="SendGrid", note=NOTE), status=404)
        return as_html(page(mail.subject or "(no subject)", _shown(mail), stand_in="SendGrid", note=NOTE, width="wide"))

    def mail_html(self, request: Request) -> Response:
        """The mail's own markup: no script, nothing loaded, no access to this page; links open in a new tab."""
        mail = self.store.find(request.path_values["id"])
        if mail is None or mail.html is None:
            return Response(status=404)
        policy = (
            "sandbox allow-popups allow-popups-to-escape-sandbox; "
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
        )
        return Response(
            body=f'<base target="_blank">{mail.html}'.encode(),
            content_type="text/html; charset=utf-8",
            headers={
                "Content-Security-Policy": policy,
                "Cache-Control": "no-store",
                "X-Content-Type-Options": "nosniff",
            },
        )


def _shown(mail: Mail) -> str:
    rows = [
        ("From", mail.sender),
        ("To", ", ".join(mail.to)),
        ("Cc", ", ".join(mail.cc)),
        ("Bcc", ", ".join(mail.bcc)),
        ("Reply to", mail.reply_to or ""),
        ("Sent", f"{mail.sent_at:%Y-%m-%d %H:%M:%S} UTC"),
        ("Template", mail.template_id or ""),
        ("Categories", ", ".join(mail.categories)),
        ("Attachments", ", ".join(mail.attachments)),
        ("Message", mail.message_id),
    ]
    head = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows if value)
    parts = [f'<div class="box"><dl>{head}</dl></div>']
    if mail.html is not None:
        frame = 'sandbox="allow-popups allow-popups-to-escape-sandbox" title="The mail as HTML"'
        parts.append(f'<iframe {frame} src="/mails/{escape(mail.id)}/html"></iframe>')
    if mail.text is not None:
        parts.append(f'<h2>As plain text</h2><div class="box"><pre>{escape(mail.text)}</pre></div>')
    parts.append('<a href="/">All mails</a>')
    return "".join(parts)


def _errors(message: str, field: str | None, *, status: int = 400) -> Response:
    return as_json({"errors": [{"message": message, "field": field, "help": None}]}, status=status)


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = arguments("mailbox", "Stand-in for SendGrid that shows every mail")
    parser.add_argument(
        "--api-key-file", type=Path, help="file with the only API key to let in; any SG.... when absent"
    )
    told = parser.parse_args(given)
    if told.state is None:
        parser.error("--state is missing: without it a restart would forget every mail. Name a directory.")
    log_as_json("sendgrid")
    key = None if told.api_key_file is None else told.api_key_file.read_text().strip()
    mailbox = Mailbox(store=MailStore(told.state / "mails"), api_key=key)
    StandIn("sendgrid", mailbox.routes(), port=told.port, is_third_party=True).serve_until_told()


if __name__ == "__main__":
    main()
