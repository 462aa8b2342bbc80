"""Carries out the steps of a seat over HTTP, for threads and for asyncio."""

from __future__ import annotations

import asyncio
import platform
import ssl
import threading
from typing import Any, Callable

import httpx

from coditect_license.errors import LicenseError, Offline, Released
from coditect_license.loopback import AsyncLoopbackTransport, LoopbackTransport, is_loopback_name
from coditect_license.protocol import Answer, Call
from coditect_license.seat import Pause, Result, Steps
from coditect_license.settings import Token, read_token
from coditect_license.version import VERSION

_USER_AGENT = f"coditect-license/{VERSION} python/{platform.python_version()}"


class SyncTransport:
    """One service, one connection pool, for one thread. trust: None for the authorities of the system."""

    def __init__(self, api_url: str, token: Token, *, trust: ssl.SSLContext | None = None) -> None:
        self._token = token
        verify = True if trust is None else trust
        # Only for this machine: a transport of one's own switches off the proxies that the environment names.
        transport = LoopbackTransport(verify=verify) if _is_here(api_url) else None
        self._http = httpx.Client(
            base_url=api_url, headers={"User-Agent": _USER_AGENT}, verify=verify, transport=transport
        )

    def send(self, call: Call) -> Answer:
        """Raises Offline when the service is out of reach, ConfigurationError when there is no token."""
        try:
            return _answer(self._http.request(**_request(call, self._token)))
        except httpx.HTTPError as error:
            raise _offline(self._http.base_url, error) from error

    def close(self) -> None:
        """Close the connections."""
        self._http.close()


class AsyncTransport:
    """The same for one event loop."""

    def __init__(self, api_url: str, token: Token, *, trust: ssl.SSLContext | None = None) -> None:
        self._token = token
        verify = True if trust is None else trust
        transport = AsyncLoopbackTransport(verify=verify) if _is_here(api_url) else None
        self._http = httpx.AsyncClient(
            base_url=api_url, headers={"User-Agent": _USER_AGENT}, verify=verify, transport=transport
        )

    async def send(self, call: Call) -> Answer:
        """See SyncTransport."""
        try:
            return _answer(await self._http.request(**_request(call, self._token)))
        except httpx.HTTPError as error:
            raise _offline(self._http.base_url, error) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def drive(steps: Steps[Result], transport: SyncTransport, stop: threading.Event) -> Result:
    """Do what `steps` asks for until it is done. Raises what it raises, and Released when `stop` ends a pause."""
    do = _resume(steps, None)
    try:
        while True:
            wanted = do()
            if isinstance(wanted, Pause):
                do = _resume(steps, None)
                if stop.wait(wanted.seconds):
                    raise Released("The seat was given back.")
                continue
            try:
                do = _resume(steps, transport.send(wanted))
            except LicenseError as error:
                do = _resume(steps, error)
    except StopIteration as done:
        result: Result = done.value
        return result
    finally:
        steps.close()


async def drive_async(steps: Steps[Result], transport: AsyncTransport, *, abandon: Callable[[], None]) -> Result:
    """The same on an event loop. Cancelling the task ends it, but not in the middle of a request.

    abandon: called once when cancelled during a request. Its answer may be a seat, which the steps then give back.
    """
    do = _resume(steps, None)
    is_cancelled = False
    try:
        while True:
            wanted = do()
            if isinstance(wanted, Pause):
                if is_cancelled:
                    raise asyncio.CancelledError
                do = _resume(steps, None)
                await asyncio.sleep(wanted.seconds)
                continue
            sending = asyncio.ensure_future(transport.send(wanted))
            try:
                try:
                    answer = await asyncio.shield(sending)
                except asyncio.CancelledError:
                    is_cancelled = True
                    abandon()
                    answer = await sending
                do = _resume(steps, answer)
            except LicenseError as error:
                do = _resume(steps, error)
    except StopIteration as done:
        if is_cancelled:
            raise asyncio.CancelledError from None
        result: Result = done.value
        return result
    finally:
        steps.close()


def _is_here(api_url: str) -> bool:
    return is_loopback_name(httpx.URL(api_url).host)


def _resume(steps: Steps[Any], outcome: Answer | LicenseError | None) -> Callable[[], Call | Pause]:
    if isinstance(outcome, LicenseError):
        return lambda: steps.throw(outcome)
    return lambda: steps.send(outcome)


def _request(call: Call, token: Token) -> dict[str, Any]:
    return {
        "method": call.method,
        "url": call.path,
        "json": call.body,
        "timeout": call.timeout,
        "headers": {"Authorization": f"Bearer {read_token(token)}"},
    }


def _answer(response: httpx.Response) -> Answer:
    return Answer(
        status=response.status_code,
        body=response.content,
        headers={name.lower(): value for name, value in response.headers.items()},
    )


def _offline(url: httpx.URL, error: httpx.HTTPError) -> Offline:
    return Offline(f"The license service at {url.host} cannot be reached: {str(error) or type(error).__name__}.")
