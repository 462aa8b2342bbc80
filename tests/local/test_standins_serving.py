"""The stand-ins' HTTP server: bodies as proxies send them, and requests that make no sense."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from coditect.local.standins.serving import Request, Response, Route, StandIn, as_json


def _echo(request: Request) -> Response:
    return as_json({"method": request.method, "body": request.body.decode(), "base": request.base_url()})


def _broken(request: Request) -> Response:
    raise RuntimeError(f"broken at {request.path}")


@pytest.fixture
def server() -> Iterator[StandIn]:
    routes = [
        Route(method="POST", path="/echo", answer=_echo),
        Route(method="GET", path="/echo", answer=_echo),
        Route(method="GET", path="/broken", answer=_broken),
    ]
    server = StandIn("toy", routes)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server: StandIn) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=5) as client:
        yield client


def raw(server: StandIn, sent: bytes) -> bytes:
    """What comes back until the server closes or waits."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=2) as connection:
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
        return received


def test_a_body_in_chunks_is_read_and_the_connection_goes_on(client: httpx.Client) -> None:
    answer = client.post("/echo", content=iter([b"one ", b"two"]))
    assert answer.request.headers["Transfer-Encoding"] == "chunked"
    assert answer.json()["body"] == "one two"
    assert client.post("/echo", content=b"three").json()["body"] == "three"


def test_two_requests_in_one_go_are_two_requests(server: StandIn) -> None:
    one = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
    two = b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
    received = raw(server, one + two)
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"X-Stand-In: toy") == 2


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (b"Content-Length: -1", 400),
        (b"Content-Length: ten", 400),
        (b"Content-Length: 99999999999", 413),
        (b"Content-Length: 5000", 400),
        (b"Transfer-Encoding: gzip", 501),
        (b"Transfer-Encoding: chunked", 400),
    ],
)
def test_a_body_without_a_sensible_length_ends_the_connection(server: StandIn, header: bytes, status: int) -> None:
    sent = b"POST /echo HTTP/1.1\r\nHost: a\r\n" + header + b"\r\n\r\nzz\r\nGET /health HTTP/1.1\r\n\r\n"
    received = raw(server, sent)
    assert received.startswith(f"HTTP/1.1 {status} ".encode())
    assert received.count(b"HTTP/1.1 ") == 1


def test_what_breaks_is_answered_and_does_not_end_the_server(client: httpx.Client) -> None:
    assert client.get("/broken").status_code == 500
    assert client.get("/health").status_code == 200


def test_addresses_are_those_that_the_caller_used(client: httpx.Client) -> None:
    headers = {"Host": "mail.coditect.localhost:8443", "X-Forwarded-Proto": "https"}
    assert client.get("/echo", headers=headers).json()["base"] == "https://mail.coditect.localhost:8443"


def test_it_listens_on_this_machine_alone(server: StandIn) -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=2)
