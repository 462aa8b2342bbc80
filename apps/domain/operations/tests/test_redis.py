"""The link to Redis, on servers of its own: what breaks, what changes hands, what comes late."""

import os
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from apps.domain.operations import redis_connection
from apps.domain.operations.redis import CacheUnavailableError, RedisLink, Script
from coditect.local.redis import RedisServer

ECHO = Script(name="echo", source="return {ARGV[1], ARGV[2]}")


@pytest.fixture
def server(state_directory: Path) -> Iterator[RedisServer]:
    with RedisServer(state_directory / "link", password="of-this-test") as running:
        yield running
    running.remove()


@pytest.fixture
def link(server: RedisServer) -> RedisLink:
    return RedisLink(url=server.url, password=server.password, ca_file=None)


def test_a_script_is_told_the_instance_it_runs_on(link: RedisLink) -> None:
    assert link.run(ECHO, [], ["hello"]) == [link.instance(), b"hello"]
    link.ask(b"SCRIPT", b"FLUSH")
    assert link.run(ECHO, [], ["again"]) == [link.instance(), b"again"]


def test_a_reply_larger_than_any_buffer_arrives_whole(link: RedisLink) -> None:
    link.ask(b"SET", b"large", b"x" * 1_000_000)
    assert link.ask(b"GET", b"large") == b"x" * 1_000_000


def test_an_error_reply_is_a_cache_that_cannot_be_used(link: RedisLink) -> None:
    with pytest.raises(CacheUnavailableError, match="unknown command"):
        link.ask(b"NONSENSE")
    assert link.ask(b"ECHO", b"still here") == b"still here"


def test_a_restarted_redis_is_another_instance(server: RedisServer, link: RedisLink) -> None:
    before = link.instance()
    server.kill()
    with pytest.raises(CacheUnavailableError):
        link.run(ECHO, [], [1])
    server.start()
    assert link.run(ECHO, [], [1]) == [link.instance(), b"1"]
    assert link.instance() != before


def test_a_primary_that_was_a_replica_meanwhile_is_another_instance(
    server: RedisServer, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "TRUSTED_S", 0.0)
    before = link.instance()
    with server.client() as operator:
        operator.replicaof("127.0.0.1", 1)  # of nobody who answers
        with pytest.raises(CacheUnavailableError, match="'slave'"):
            link.run(ECHO, [], [1])
        operator.replicaof("NO", "ONE")
    instance, _ = link.run(ECHO, [], [1])  # type: ignore[misc]  # what the script gives
    assert instance == link.instance() != before


def test_a_connection_that_idled_through_a_fail_over_there_and_back_knows_of_it(
    server: RedisServer, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "TRUSTED_S", 0.0)
    before = link.instance()
    with server.client() as operator:
        operator.replicaof("127.0.0.1", 1)
        operator.replicaof("NO", "ONE")
    assert link.instance() != before


def test_a_replica_is_not_asked_twice_for_what_it_refused(server: RedisServer, link: RedisLink) -> None:
    before = link.instance()
    with server.client() as operator:
        operator.replicaof("127.0.0.1", 1)
        with pytest.raises(CacheUnavailableError, match="READONLY"):
            link.ask(b"SET", b"key", b"value")
        operator.replicaof("NO", "ONE")
    # The error alone tells that the instance is in doubt, however short ago it was asked for.
    assert link.instance() != before


def test_an_evicting_redis_is_refused(state_directory: Path) -> None:
    with RedisServer(state_directory / "evicting", policy="allkeys-lru") as server:
        link = RedisLink(url=server.url, password=None, ca_file=None)
        with pytest.raises(CacheUnavailableError, match="noeviction"):
            link.instance()
    server.remove()


def test_a_reply_that_comes_too_late_is_not_taken_for_the_next_ones(
    server: RedisServer, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_connection, "TIMEOUT_S", 0.2)
    link.ask(b"PING")
    os.kill(server.pid, signal.SIGSTOP)
    try:
        with pytest.raises(CacheUnavailableError):
            link.ask(b"ECHO", b"late")
    finally:
        os.kill(server.pid, signal.SIGCONT)
    assert link.ask(b"ECHO", b"next") == b"next"


def test_a_thread_that_is_interrupted_leaves_no_reply_to_the_next_command(
    server: RedisServer, link: RedisLink, monkeypatch: pytest.MonkeyPatch
) -> None:
    link.ask(b"PING")

    class Interrupted(BaseException):
        """As Celery's time limit comes: anywhere."""

    def interrupt(_number: int, _frame: object) -> None:
        raise Interrupted

    before = signal.signal(signal.SIGALRM, interrupt)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        with pytest.raises(Interrupted):
            link.ask(b"ECHO", b"interrupted")
    finally:
        os.kill(server.pid, signal.SIGCONT)
        signal.signal(signal.SIGALRM, before)
    try:
        assert link.ask(b"ECHO", b"next") == b"next"
    except CacheUnavailableError:
        assert link.ask(b"ECHO", b"next") == b"next"


def test_with_tls_the_servers_certificate_must_be_of_the_authority(server: RedisServer, tmp_path: Path) -> None:
    certificate, foreign = _certificate(tmp_path / "server.pem"), _certificate(tmp_path / "foreign.pem")
    with _tls_in_front_of(server.port, certificate) as port:
        url = f"rediss://127.0.0.1:{port}/0"
        trusting = RedisLink(url=url, password=server.password, ca_file=certificate)
        assert trusting.run(ECHO, [], [1]) == [trusting.instance(), b"1"]
        with pytest.raises(CacheUnavailableError, match="CERTIFICATE_VERIFY_FAILED"):
            RedisLink(url=url, password=server.password, ca_file=foreign).instance()


class _tls_in_front_of:  # noqa: N801 - reads as a function where it is used
    """A port that takes TLS off and passes everything on to `port`."""

    def __init__(self, port: int, certificate: Path) -> None:
        self._behind = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))

    def __enter__(self) -> int:
        threading.Thread(target=self._serve, daemon=True).start()
        port: int = self._listening.getsockname()[1]
        return port

    def __exit__(self, *_: object) -> None:
        self._listening.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._listening.accept()
                outside = self._context.wrap_socket(plain, server_side=True)
            except ssl.SSLError:
                continue  # a client that does not trust us
            except OSError:
                return
            inside = socket.create_connection(("127.0.0.1", self._behind))
            for one, other in ((outside, inside), (inside, outside)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    try:
        while received := one.recv(65536):
            other.sendall(received)
    except OSError:
        return


def _certificate(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "redis")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pkcs8 = serialization.PrivateFormat.PKCS8
    path.touch(mode=0o600)
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return path
