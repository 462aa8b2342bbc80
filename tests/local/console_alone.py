"""The console beside a supervisor that tells what a test says: its pages without the platform."""

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientSession
from aiohttp.test_utils import TestServer

from coditect.graph.values import Json, JsonObject
from coditect.local.console.__main__ import site_of
from coditect.local.console.application import application
from coditect.local.console.signing_in import COOKIE
from coditect.local.console.site import Site
from coditect.local.control import ControlServer
from coditect.local.layout import Layout, write_private
from coditect.local.process import free_port

HOST = "console.localhost"


@dataclass(frozen=True, kw_only=True)
class ConsoleAlone:
    """site: what the console's pages have at hand; its layout says where its files are."""

    site: Site

    def ask(self, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
        """The status and the page that somebody gets who is signed in. What is posted is a form of the console's."""
        return asyncio.run(self._ask(method, path, headers))

    async def _ask(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[int, str]:
        port = free_port()
        cookie = self.site.signatures.cookie()
        sent = {"Host": HOST, "Cookie": f"{COOKIE}={cookie}", **headers}
        form = {"form_token": self.site.signatures.form_token(cookie)} if method == "POST" else None
        async with (
            TestServer(application(self.site, port=port), port=port) as server,
            ClientSession() as client,
            client.request(method, server.make_url(path), headers=sent, data=form, allow_redirects=False) as answer,
        ):
            return answer.status, await answer.text()


@contextmanager
def console_alone(overview: Json) -> Iterator[ConsoleAlone]:
    """overview: what the supervisor tells of the platform; None where none runs."""

    def told(_asked: JsonObject) -> Json:
        return overview

    # Not a test's own directory: a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="console-") as directory:
        layout = Layout(root=Path(directory))
        layout.prepare()
        write_private(layout.console_key, "k" * 43)
        server = ControlServer(layout.control, {"overview": told}) if overview is not None else None
        if server:
            server.begin()
        try:
            yield ConsoleAlone(site=site_of(layout, https_port=443, stack="local"))
        finally:
            if server:
                server.end()
