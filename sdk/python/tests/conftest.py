"""A service on this machine (a stand-in, see service_stand_in.py), and clients that talk to it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import pytest

# The tests run on Python 3.9 by themselves too, outside of the repository's own pytest configuration.
sys.path.insert(0, str(Path(__file__).parent))

from service_stand_in import TOKEN, Rules, Server, SigningKey

from coditect_license import AsyncLicenseClient, LicenseClient


@pytest.fixture(scope="session")
def key() -> SigningKey:
    return SigningKey()


@pytest.fixture(scope="session")
def other_key() -> SigningKey:
    return SigningKey()


@pytest.fixture
def service(key: SigningKey) -> Iterator[Server]:
    server = Server(Rules(key=key))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def make_client(service: Server, tmp_path: Path) -> Iterator[Callable[..., LicenseClient]]:
    """Clients of `service`; a keyword replaces one of their arguments. They share one cache unless told otherwise."""
    made = []

    def make(**changed: Any) -> LicenseClient:  # noqa: ANN401 - any argument of the client
        arguments = {"token": TOKEN, "api_url": service.url, "cache_dir": tmp_path / "cache", **changed}
        made.append(LicenseClient(arguments.pop("token"), **arguments))
        return made[-1]

    yield make
    service.rules.is_down = False
    for client in made:
        client.release()


@pytest.fixture
def make_async_client(service: Server, tmp_path: Path) -> Callable[..., AsyncLicenseClient]:
    def make(**changed: Any) -> AsyncLicenseClient:  # noqa: ANN401 - any argument of the client
        arguments = {"token": TOKEN, "api_url": service.url, "cache_dir": tmp_path / "cache", **changed}
        return AsyncLicenseClient(arguments.pop("token"), **arguments)

    return make
