"""Requests through the edge, as any client's: by name, over TLS that the local authority vouches for, signed in."""

import json
import shlex
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from coditect.graph.values import Json, text
from coditect.local.console.masking import MASK, names_a_secret
from coditect.local.control import ControlError
from coditect.local.local_names import LocalNames

_TIMEOUT = aiohttp.ClientTimeout(total=30)
_MOST_BYTES = 512 * 1024
_LOGIN = "/api/auth/login"
_DOCUMENT = {"Accept": "application/vnd.oai.openapi+json"}
# Tokens live longer; a fresh one costs one request.
_TOKEN_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, with nothing secret in it. headers: by name, in their order.

    request_id: its spans have it; "" where only the edge answered.
    """

    status: int
    reason: str
    duration_ms: float
    headers: tuple[tuple[str, str], ...]
    body: str
    is_cut: bool
    request_id: str


class EdgeClient:
    """authority: the local authority's certificate. password_file: of everyone in the demonstration."""

    def __init__(self, *, authority: Path, password_file: Path) -> None:
        self._authority = authority
        self._password_file = password_file
        self._tokens: dict[str, tuple[float, str]] = {}

    async def document(self, url: str) -> Json:
        """An OpenAPI document; None where there is none."""
        async with self._session() as client:
            try:
                async with client.get(url, headers=_DOCUMENT, allow_redirects=False) as answer:
                    if answer.status != 200:
                        return None
                    found: Json = json.loads(await answer.text())
                    return found
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
                return None

    async def token(self, site: str, email: str) -> str:
        """An access token of that person, kept in memory for two minutes. Raises ControlError."""
        until, token = self._tokens.get(email, (0.0, ""))
        if time.monotonic() < until:
            return token
        body = {"email": email, "password": self._password_file.read_text()}
        try:
            async with (
                self._session() as client,
                # A password goes nowhere else.
                client.post(f"{site}{_LOGIN}", json=body, allow_redirects=False) as answer,
            ):
                token = text(json.loads(await answer.text()), "access_token") if answer.status == 200 else ""
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ControlError(f"{email} could not sign in at {site}: {str(error) or type(error).__name__}.") from None
        if not token:
            raise ControlError(f"{email} could not sign in: {site}{_LOGIN} answered {status}.")
        self._tokens[email] = (time.monotonic() + _TOKEN_S, token)
        return token

    async def send(self, method: str, url: str, *, headers: Mapping[str, str], body: str | None) -> Answer:
        """One request; redirects are shown and not followed. Raises ControlError where nothing answers."""
        begun = time.monotonic()
        try:
            async with (
                self._session() as client,
                client.request(method, url, headers=headers, data=body, allow_redirects=False) as answer,
            ):
                content = await answer.content.read(_MOST_BYTES + 1)
                while len(content) <= _MOST_BYTES and (more := await answer.content.read(_MOST_BYTES)):
                    content += more
                return Answer(
                    status=answer.status,
                    reason=answer.reason or "",
                    duration_ms=(time.monotonic() - begun) * 1000,
                    headers=tuple(
                        (name, MASK if names_a_secret(name) else value) for name, value in answer.headers.items()
                    ),
                    body=_shown(content[:_MOST_BYTES].decode(errors="replace")),
                    is_cut=len(content) > _MOST_BYTES,
                    request_id=answer.headers.get("X-Request-Id", ""),
                )
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise ControlError(f"{url} did not answer: {str(error) or type(error).__name__}.") from None

    def _session(self) -> aiohttp.ClientSession:
        tls = ssl.create_default_context(cafile=str(self._authority))
        return aiohttp.ClientSession(
            timeout=_TIMEOUT, connector=aiohttp.TCPConnector(ssl=tls, resolver=LocalNames()), auto_decompress=True
        )


def curl(
    method: str, url: str, *, authority: Path, has_token: bool, headers: Mapping[str, str], body: str | None
) -> str:
    """The same request for a terminal. The token is asked of the shell, as `coditect env --person` sets it."""
    parts = [f"curl --cacert {shlex.quote(str(authority))}"]
    if method != "GET":
        parts.append(f"-X {method}")
    parts.append(shlex.quote(url))
    if has_token:
        parts.append('--oauth2-bearer "$CODITECT_TOKEN"')
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    if body is not None:
        parts.append(f"--data {shlex.quote(body)}")
    return " \\\n  ".join(parts)


def _shown(body: str) -> str:
    """JSON indented and with its secrets masked; anything else as it is."""
    try:
        found: Json = json.loads(body)
    except ValueError:
        return body
    return json.dumps(_masked(found), indent=2, ensure_ascii=False)


def _masked(value: Json) -> Json:
    if isinstance(value, dict):
        return {
            name: MASK if names_a_secret(name) and isinstance(member, str) else _masked(member)
            for name, member in value.items()
        }
    return [_masked(member) for member in value] if isinstance(value, list) else value
