"""The client for programs on asyncio."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

from coditect_license import shutdown
from coditect_license.client import give_back
from coditect_license.handle import Lease
from coditect_license.settings import DEFAULT_API_URL, DEFAULT_CACHE_DIR, Token, build
from coditect_license.transport import AsyncTransport, drive_async


class AsyncLicenseClient:
    """LicenseClient for asyncio, with the same arguments: `async with AsyncLicenseClient(token) as lease:`.

    The beats are a task of the running loop; a loop that is blocked for minutes beats late.
    """

    def __init__(
        self,
        token: Token,
        *,
        api_url: str = DEFAULT_API_URL,
        ca_file: Path | str | None = None,
        cache_dir: Path | str = DEFAULT_CACHE_DIR,
        public_keys: Iterable[str] | None = None,
        hardware_id: str | None = None,
        version: str = "0",
        wait: float = 0.0,
    ) -> None:
        self._parts = build(
            api_url=api_url,
            token=token,
            ca_file=ca_file,
            cache_dir=cache_dir,
            public_keys=public_keys,
            chosen_hardware_id=hardware_id,
            version=version,
        )
        self._wait = wait
        self._keeper: asyncio.Task[None] | None = None
        self._lease = Lease(self._parts.seat)

    async def __aenter__(self) -> Lease:
        """See `acquire`."""
        return await self.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `release`."""
        await self.release()

    async def acquire(self) -> Lease:
        """See LicenseClient.acquire."""
        if self._keeper is not None:
            return self._lease
        loop = asyncio.get_running_loop()
        transport = AsyncTransport(self._parts.api_url, self._parts.token, trust=self._parts.trust)
        # May wait for another process that is giving the seat back.
        await loop.run_in_executor(None, self._parts.lock.join)
        try:
            await drive_async(self._parts.seat.acquire(wait=self._wait), transport, abandon=self._parts.seat.abandon)
        except BaseException:
            self._parts.lock.leave()
            await transport.close()
            raise
        shutdown.register(self, self._release_now)
        self._keeper = loop.create_task(self._keep(transport))
        return self._lease

    async def release(self) -> None:
        """See LicenseClient.release. Cancelling the caller does not stop it."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        giving = asyncio.get_running_loop().run_in_executor(None, self._release_now)
        await asyncio.shield(giving)

    def _release_now(self) -> None:
        give_back(self._parts)
        shutdown.unregister(self)

    async def _keep(self, transport: AsyncTransport) -> None:
        try:
            await drive_async(self._parts.seat.keep(), transport, abandon=self._parts.seat.abandon)
        finally:
            await transport.close()
