"""A browser at the console of a running platform."""

import html
import http.client
import re
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from urllib.parse import quote, urlencode, urlsplit

from coditect.local.control import ask
from coditect.local.process import LOOPBACK
from tests.local.platform import Reply, RunningPlatform

HOST = "console.localhost"
_LIMIT_S = 60.0


class Browser:
    """What a browser does at the console: keeps its cookie, tells its origin, fills in forms."""

    def __init__(self, platform: RunningPlatform) -> None:
        self._platform = platform
        self.cookie = ""
        self.host = urlsplit(self.link()).netloc
        self.origin = f"https://{self.host}"

    def enter(self) -> Reply:
        """With a fresh link, as `coditect open` does."""
        link = urlsplit(self.link())
        return self.get(f"{link.path}?{link.query}")

    def link(self) -> str:
        return str(ask(self._platform.state / "control.sock", "console-link"))

    def get(self, path: str, *, host: str | None = None) -> Reply:
        return self.send("GET", path, host=host)

    def send(
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, str] | None = None,
        host: str | None = None,
        origin: str | None = None,
    ) -> Reply:
        context = ssl.create_default_context(cafile=str(self._platform.authority))
        connection = http.client.HTTPConnection(LOOPBACK, timeout=_LIMIT_S)
        plain = socket.create_connection((LOOPBACK, self._platform.port("https")), timeout=_LIMIT_S)
        connection.sock = context.wrap_socket(plain, server_hostname=HOST)
        headers = {"Host": host or self.host, "Cookie": self.cookie}
        if fields is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": origin or self.origin}
        try:
            connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
            answer = connection.getresponse()
            reply = Reply(status=answer.status, headers=dict(answer.getheaders()), body=answer.read())
        finally:
            connection.close()
        given = {name.lower(): value for name, value in reply.headers.items()}.get("set-cookie", "")
        if given:
            self.cookie = given.partition(";")[0]
        return reply

    def form_token(self, page: str) -> str:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', self.get(page).body.decode())
        assert found, f"{page} has no form"
        return found[1]

    def submit(self, page: str, path: str, **fields: str) -> Reply:
        return self.send("POST", path, fields={"form_token": self.form_token(page), **fields})

    def act(self, command: str, target: str, **fields: str) -> str:
        """Press a button, and return what its page says once it is done."""
        begun = self.submit(
            f"/actions/new?command={command}&target={quote(target)}",
            "/actions",
            command=command,
            target=target,
            **fields,
        )
        assert begun.status == 303, begun.body
        page = begun.headers["location"]
        eventually(lambda: "running" not in main(self.get(page)), f"{command} {target}")
        return main(self.get(page))


def main(reply: Reply) -> str:
    """What stands between the head and the foot of a page, as a person reads it."""
    return html.unescape(reply.body.decode().partition("<main")[2].partition("</main>")[0])


def eventually(holds: Callable[[], bool], what: str) -> None:
    """Return when it holds; fail after a minute."""
    deadline = time.monotonic() + _LIMIT_S
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.2)
