"""What a shell or a program needs to reach the running platform: addresses, the authority, a person's token."""

import http.client
import json
import shlex
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from coditect.graph.values import Json, items, members, text
from coditect.local.command import current
from coditect.local.control import ask
from coditect.local.layout import Layout
from coditect.local.process import LOOPBACK
from explained import ExplainedError

_SERVICE = "gateway-backend"
"""Signs people in. As every service of ours it is told the public addresses."""

_TIMEOUT_S = 15.0


class NoAccess(ExplainedError):  # noqa: N818 - reads as what it is
    """Nobody of that name can sign in here, or the sign-in did not work."""


def variables(layout: Layout, *, person: str | None = None) -> dict[str, str]:
    """Addresses and authority by the names that `coditect-license` and its library read; a token if a person is named.

    None of the names means anything to other programs: a shell that has them reaches every other site as before.
    Raises NotRunning, and what `token` raises.
    """
    environment = members(ask(layout.control, "surroundings", service=_SERVICE), "environment")
    told = {f"CODITECT_{name}": str(environment[name]) for name in ("API_URL", "SITE_URL", "DASHBOARD_URL")}
    told["CODITECT_CA_FILE"] = text(current(layout), "authority")
    return told | ({"CODITECT_TOKEN": token(layout, person)} if person is not None else {})


def exports(told: Mapping[str, str]) -> str:
    """Lines for a shell's `eval`."""
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in told.items())


def token(layout: Layout, person: str) -> str:
    """An access token of a demonstration's person, signed in as people are. person: mail address, or what is before @.

    Raises NotRunning, or NoAccess with the names there are.
    """
    told = current(layout)
    emails = [text(one, "email") for one in items(told, "people")]
    email = next((known for known in emails if person.lower() in (known, known.partition("@")[0])), None)
    if email is None:
        raise NoAccess(
            f"{person} is nobody of the demonstration. There are: {', '.join(emails) or 'none yet'}."
        ).of_usage()
    password = Path(text(told, "password_file")).read_text().strip()
    site = variables(layout)["CODITECT_SITE_URL"]
    answer = _post(f"{site}/api/auth/login", {"email": email, "password": password}, Path(text(told, "authority")))
    return text(answer, "access_token")


def _post(url: str, body: Mapping[str, str], authority: Path) -> Json:
    """Through the edge, to this machine whatever the resolver says: not every one knows `*.localhost`."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    context = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPSConnection(host, port, context=context)
    try:
        plain = socket.create_connection((LOOPBACK, port), timeout=_TIMEOUT_S)
        connection.sock = context.wrap_socket(plain, server_hostname=host)
        connection.request("POST", parts.path, body=json.dumps(body), headers={"Content-Type": "application/json"})
        reply = connection.getresponse()
        content = reply.read()
    except (OSError, http.client.HTTPException) as error:
        raise NoAccess(f"{host} does not answer ({error}). See `coditect status` and `coditect logs edge`.") from error
    finally:
        connection.close()
    if reply.status != 200:
        raise NoAccess(f"Signing in answered {reply.status}. See `coditect logs {_SERVICE}`.")
    answer: Json = json.loads(content)
    return answer
