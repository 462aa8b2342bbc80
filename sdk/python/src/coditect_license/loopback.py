"""`localhost` and the names below it are the loopback address (RFC 6761), which not every resolver knows."""

from __future__ import annotations

import httpx

_LOOPBACK = "127.0.0.1"


def is_loopback_name(host: str) -> bool:
    """Whether `host`, in lower case, is `localhost` or ends in `.localhost`. The root's dot may follow."""
    return f".{host.removesuffix('.')}".endswith(".localhost")


class LoopbackTransport(httpx.HTTPTransport):
    """Connects to this machine and asks no resolver. Certificate and Host header keep the name."""

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.BaseTransport."""
        return super().handle_request(_here(request))


class AsyncLoopbackTransport(httpx.AsyncHTTPTransport):
    """The same for one event loop."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx.AsyncBaseTransport."""
        return await super().handle_async_request(_here(request))


def _here(request: httpx.Request) -> httpx.Request:
    # The Host header was written when the request was made. A certificate's name has no dot of the root.
    request.extensions = {**request.extensions, "sni_hostname": request.url.host.removesuffix(".")}
    request.url = request.url.copy_with(host=_LOOPBACK)
    return request
