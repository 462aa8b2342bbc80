"""Serve the stand-ins for signing in.

python -m coditect.local.standins.identity --port 0 --state DIR --project ID [--clients-file FILE]
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from coditect.local.standins.identity.accounts import AccountStore
from coditect.local.standins.identity.consent import Client, Consent, Grants
from coditect.local.standins.identity.github import GitHub
from coditect.local.standins.identity.google import Google
from coditect.local.standins.identity.tokens import TokenKey
from coditect.local.standins.identity.toolkit import Toolkit
from coditect.local.standins.page import page
from coditect.local.standins.serving import Request, Response, Route, StandIn, arguments, as_html, log_as_json

NAME = "identity"
_NOTE = "Accounts here are of this machine alone. No mail is sent: links that would be mailed are listed below."


class _Client(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    client_id: str
    client_secret: SecretStr

    def registered(self) -> Client:
        return Client(client_id=self.client_id, client_secret=self.client_secret.get_secret_value())


class Clients(BaseModel):
    """The OAuth clients registered at each provider. A provider without one lets in any client."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    google: _Client | None = None
    github: _Client | None = None


def stand_in(state: Path, *, project: str, clients: Clients | None = None, port: int = 0) -> StandIn:
    """The server, its state in the directory `state`."""
    clients = clients or Clients()
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    key, store = TokenKey(state / "token-key.pem"), AccountStore(state / "accounts.json")
    google_grants = Grants(code_prefix="4/0", token_prefix="ya29.")  # noqa: S106 - how Google's tokens begin
    github_grants = Grants(code_prefix="", token_prefix="gho_")  # noqa: S106 - how GitHub's tokens begin
    google = Consent(
        provider="Google", grants=google_grants, client=clients.google.registered() if clients.google else None
    )
    github = Consent(
        provider="GitHub", grants=github_grants, client=clients.github.registered() if clients.github else None
    )
    toolkit = Toolkit(
        project,
        store,
        key,
        {"google.com": google_grants, "github.com": github_grants},
        google_client=clients.google.client_id if clients.google else None,
    )
    front = Route(method="GET", path="/", answer=lambda request: _front(request, store))
    routes = [front, *toolkit.routes(), *Google(google, key).routes(), *GitHub(github).routes()]
    return StandIn(NAME, routes, port=port, is_third_party=True)


def _front(_request: Request, store: AccountStore) -> Response:
    with store.lock:
        accounts = "".join(
            f"<tr><td>{escape(a.email)}</td><td>{'verified' if a.email_verified else 'not verified'}</td>"
            f"<td>{escape(', '.join(i.provider_id for i in a.identities) or 'password')}</td></tr>"
            for a in store.accounts
        )
        codes = "".join(
            f"<tr><td>{escape(c.email)}</td><td>{escape(c.kind)}</td><td><code>{escape(c.code)}</code></td></tr>"
            for c in store.codes
        )
    content = "<h2>Accounts</h2>" + _table(("Email", "Address", "Signs in with"), accounts)
    content += "<h2>Codes that would be mailed</h2>" + _table(("Email", "For", "Code"), codes)
    return as_html(page("Accounts", content, stand_in="Google Identity Platform", note=_NOTE, width="wide"))


def _table(heads: tuple[str, ...], rows: str) -> str:
    if not rows:
        return '<p class="soft">None yet.</p>'
    shown = "".join(f"<th>{head}</th>" for head in heads)
    return f"<table><thead><tr>{shown}</tr></thead><tbody>{rows}</tbody></table>"


def main(given: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = arguments(NAME, "Stand-ins for Google's Identity Toolkit, and for signing in with Google and GitHub")
    parser.add_argument("--project", default="coditect-local", help="the Google Cloud project whose accounts these are")
    parser.add_argument("--clients-file", type=Path, help="JSON file with the OAuth clients; any client when absent")
    told = parser.parse_args(given)
    if told.state is None:
        parser.error("--state is missing: without it a restart would forget every account. Name a directory.")
    log_as_json(NAME)
    clients = None if told.clients_file is None else Clients.model_validate_json(told.clients_file.read_bytes())
    stand_in(told.state, project=told.project, clients=clients, port=told.port).serve_until_told()


if __name__ == "__main__":
    main()
