"""Names below `.localhost` for aiohttp."""

import socket

from aiohttp.abc import ResolveResult
from aiohttp.resolver import ThreadedResolver

from coditect.local.process import LOOPBACK


class LocalNames(ThreadedResolver):
    """`*.localhost` is this machine (RFC 6761), also where the system's resolver does not know."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        name = LOOPBACK if host.endswith(".localhost") else host
        return await super().resolve(name, port, socket.AF_INET if name == LOOPBACK else family)
