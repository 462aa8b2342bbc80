"""The asyncio client drives the same steps; here is what is its own (the service is a stand-in)."""

from __future__ import annotations

import asyncio
from typing import Callable

import pytest
from service_stand_in import Server

from coditect_license import AsyncLicenseClient, NoSeats, Released

MakeClient = Callable[..., AsyncLicenseClient]
BEAT = "/api/v1/licenses/heartbeat"


def test_an_async_with_block_takes_keeps_and_gives_back_a_seat(service: Server, make_async_client: MakeClient) -> None:
    service.rules.heartbeat_interval = 1

    async def work() -> None:
        async with make_async_client() as lease:
            while service.asked(BEAT) < 2:
                await asyncio.sleep(0.05)
            lease.check()
        with pytest.raises(Released):
            lease.check()

    asyncio.run(asyncio.wait_for(work(), 30))
    assert service.sessions == {}


def test_cancelling_the_task_gives_the_seat_back(service: Server, make_async_client: MakeClient) -> None:
    async def work() -> None:
        async with make_async_client():
            await asyncio.sleep(3600)

    async def main() -> None:
        task = asyncio.create_task(work())
        while not service.sessions:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(asyncio.wait_for(main(), 30))
    assert service.sessions == {}


def test_waiting_for_a_seat_can_be_cancelled(service: Server, make_async_client: MakeClient) -> None:
    service.sessions["another-machine"] = "sess-carol"

    async def work() -> None:
        async with make_async_client(wait=3600):
            pytest.fail("there was no seat")

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(work(), 0.5)

    asyncio.run(main())
    assert service.sessions == {"another-machine": "sess-carol"}


def test_no_seat_raises_in_the_caller(service: Server, make_async_client: MakeClient) -> None:
    service.sessions["another-machine"] = "sess-carol"

    async def work() -> None:
        async with make_async_client():
            pytest.fail("there was no seat")

    with pytest.raises(NoSeats):
        asyncio.run(work())


def test_a_program_that_forgets_to_release_gives_back_when_its_loop_is_gone(
    service: Server, make_async_client: MakeClient
) -> None:
    client = make_async_client()

    async def forgetful() -> None:
        await client.acquire()

    asyncio.run(forgetful())
    assert len(service.sessions) == 1
    asyncio.run(client.release())
    assert service.sessions == {}
