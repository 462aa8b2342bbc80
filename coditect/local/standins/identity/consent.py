"""The consent page that both providers share, and what it hands out: codes once, and access tokens."""

import base64
import hashlib
import hmac
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import urlencode, urlsplit

from coditect.local.standins.identity.people import PEOPLE, Person, person
from coditect.local.standins.page import page
from coditect.local.standins.serving import Request, Response, as_html, redirect

_CODE_S = 600
_TOKEN_S = 3600


@dataclass(frozen=True, kw_only=True)
class Client:
    """An OAuth client as it was registered at a provider."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Grant:
    """What a person allowed whom. challenge: of PKCE (S256), empty without. ends_at: Unix time."""

    person: Person
    client_id: str
    redirect_uri: str
    scope: str
    nonce: str
    challenge: str
    ends_at: float


class Grants:
    """Codes and access tokens of one provider, forgotten when the process ends. Safe for several threads."""

    def __init__(self, *, code_prefix: str, token_prefix: str) -> None:
        self._prefixes = (code_prefix, token_prefix)
        self._codes: dict[str, Grant] = {}
        self._tokens: dict[str, Grant] = {}
        self._lock = threading.Lock()

    def issue_code(self, grant: Grant) -> str:
        code = self._prefixes[0] + secrets.token_urlsafe(24)
        with self._lock:
            self._codes[code] = grant
        return code

    def redeem(self, code: str, *, client_id: str, redirect_uri: str, verifier: str) -> tuple[str, Grant] | None:
        """An access token for a code; None when it is unknown, used, too old, or another's."""
        with self._lock:
            grant = self._codes.pop(code, None)
            if grant is None or grant.ends_at < time.time() or grant.client_id != client_id:
                return None
            if redirect_uri and grant.redirect_uri != redirect_uri:
                return None
            if grant.challenge and not hmac.compare_digest(_s256(verifier), grant.challenge):
                return None
            token = self._prefixes[1] + secrets.token_urlsafe(30)
            self._tokens[token] = grant
            return token, grant

    def of_token(self, token: str) -> Grant | None:
        with self._lock:
            grant = self._tokens.get(token)
        return None if grant is None or grant.ends_at + _TOKEN_S < time.time() else grant


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, kw_only=True)
class Consent:
    """The page of one provider. client: the only one that may ask; None lets in any."""

    provider: str
    grants: Grants
    client: Client | None

    @property
    def note(self) -> str:
        return f"Nobody is signed in at {self.provider}, and no password is asked for."

    def ask(self, request: Request) -> Response:
        """The page, or why there is none. A bad address is never redirected to."""
        if problem := self._problem(request.query):
            return self._refused(problem)
        return as_html(self._page(request.query))

    def decide(self, request: Request) -> Response:
        """Back to the application, with a code or a refusal."""
        if problem := self._problem(request.query):
            return self._refused(problem)
        asked, form = request.query, request.form()
        back = {"state": asked["state"]} if "state" in asked else {}
        if form.get("decision") == "deny":
            return _return(asked["redirect_uri"], {"error": "access_denied", **back})
        who = person(form.get("email") or form.get("other", ""))
        if who is None:
            return as_html(self._page(asked, problem="Write an email address."), status=400)
        code = self.grants.issue_code(
            Grant(
                person=who,
                client_id=asked["client_id"],
                redirect_uri=asked["redirect_uri"],
                scope=asked.get("scope", ""),
                nonce=asked.get("nonce", ""),
                challenge=asked.get("code_challenge", ""),
                ends_at=time.time() + _CODE_S,
            )
        )
        return _return(asked["redirect_uri"], {"code": code, **back})

    def is_client(self, client_id: str, client_secret: str) -> bool:
        """Whether this is the registered client; without one, whoever names itself and a secret."""
        if self.client is None:
            return bool(client_id and client_secret)
        return client_id == self.client.client_id and hmac.compare_digest(
            client_secret.encode(), self.client.client_secret.encode()
        )

    def _refused(self, problem: str) -> Response:
        content = f'<p class="wrong" role="alert">{escape(problem)}</p>'
        shown = page("This request is not valid", content, stand_in=self.provider, note=self.note, width="narrow")
        return as_html(shown, status=400)

    def _problem(self, asked: Mapping[str, str]) -> str:
        if not asked.get("client_id"):
            return "client_id is missing."
        if self.client is not None and asked["client_id"] != self.client.client_id:
            return f"There is no client {asked['client_id']}."
        if urlsplit(asked.get("redirect_uri", "")).scheme not in ("http", "https"):
            return "redirect_uri is missing or no address."
        if asked.get("response_type", "code") != "code":
            return "This stand-in knows response_type=code alone."
        if asked.get("code_challenge") and asked.get("code_challenge_method") != "S256":
            return "This stand-in knows code_challenge_method=S256 alone."
        return ""

    def _page(self, asked: Mapping[str, str], problem: str = "") -> str:
        host = urlsplit(asked["redirect_uri"]).netloc
        people = "".join(
            f'<button class="quiet" name="email" value="{escape(each.email)}">'
            f"{escape(each.name)} ({escape(each.email)})</button>"
            for each in PEOPLE
        )
        wrong = f'<p class="wrong" role="alert">{escape(problem)}</p>' if problem else ""
        scope = escape(asked.get("scope") or "your name")
        content = (
            f"<p><strong>{escape(host)}</strong> asks for: <code>{scope}</code></p>"
            # Two forms: Enter in the field would press the first button of its own.
            f'{wrong}<form method="post">{people}</form>'
            '<form method="post"><label for="other">Somebody else</label>'
            '<input id="other" name="other" type="email" autocomplete="off" placeholder="dora@initech.example">'
            '<button name="decision" value="allow">Continue</button>'
            '<button class="quiet" name="decision" value="deny" formnovalidate>Refuse</button></form>'
        )
        return page(f"Sign in with {self.provider}", content, stand_in=self.provider, note=self.note, width="narrow")


def _return(address: str, values: Mapping[str, str]) -> Response:
    joined = "&" if urlsplit(address).query else "?"
    return redirect(f"{address}{joined}{urlencode(values)}")
