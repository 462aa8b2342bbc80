"""`*.localhost` is this machine, whatever the resolver says; an authority of one's own may sign its certificate."""

from __future__ import annotations

import asyncio
import datetime
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from service_stand_in import Rules, Server, SigningKey

from coditect_license import AsyncLicenseClient, ConfigurationError, LicenseClient, Offline
from coditect_license.cli import main

HOST = "api.coditect.localhost"
MakeClient = Callable[..., LicenseClient]
MakeAsyncClient = Callable[..., AsyncLicenseClient]

_SIGNS_CERTIFICATES = x509.KeyUsage(
    digital_signature=False,
    content_commitment=False,
    key_encipherment=False,
    data_encipherment=False,
    key_agreement=False,
    key_cert_sign=True,
    crl_sign=True,
    encipher_only=False,
    decipher_only=False,
)


class Authority:
    """Signs a certificate for HOST. `certificate` is its own, `server` what the server shows."""

    def __init__(self, directory: Path) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "An authority of this test")])
        self.certificate = directory / "ca.pem"
        self.server = directory / "server.pem"
        basics = [x509.BasicConstraints(ca=True, path_length=0), _SIGNS_CERTIFICATES]
        self.certificate.write_bytes(_signed(name, key, name, key, basics).public_bytes(serialization.Encoding.PEM))
        own = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
        leaf = _signed(subject, own, name, key, [x509.SubjectAlternativeName([x509.DNSName(HOST)])])
        private = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.server.write_bytes(leaf.public_bytes(serialization.Encoding.PEM) + private)


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    extensions: Sequence[x509.ExtensionType],
) -> x509.Certificate:
    """With what Python 3.13 insists on: whose key it is, and who signed it."""
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
    )
    for extension in extensions:
        is_critical = isinstance(extension, (x509.BasicConstraints, x509.KeyUsage))
        certificate = certificate.add_extension(extension, critical=is_critical)
    return certificate.sign(by, hashes.SHA256())


@pytest.fixture(autouse=True)
def resolver_that_knows_no_localhost(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a system without nss-myhostname."""
    asked = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:  # noqa: ANN401 - handed through as given
        if str(host).rstrip(".").endswith("localhost"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return asked(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("CODITECT_CA_FILE", raising=False)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def shown() -> list[str | None]:
    """The names that clients asked a certificate for."""
    return []


@pytest.fixture
def secure(key: SigningKey, authority: Authority, shown: list[str | None]) -> Iterator[Server]:
    server = Server(Rules(key=key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.server)

    def note(_socket: ssl.SSLObject | ssl.SSLSocket, name: str | None, _context: ssl.SSLContext) -> None:
        shown.append(name)

    context.sni_callback = note
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url_of(server: Server, *, scheme: str = "https", host: str = HOST) -> str:
    return f"{scheme}://{host}:{server.server_address[1]}"


def test_a_name_below_localhost_is_reached_without_a_resolver_and_its_certificate_is_checked_by_name(
    secure: Server, authority: Authority, shown: list[str | None], make_client: MakeClient
) -> None:
    with make_client(api_url=url_of(secure), ca_file=authority.certificate) as lease:
        lease.check()
    assert secure.sessions == {}
    assert set(shown) == {HOST}
    assert secure.hosts == {f"{HOST}:{secure.server_address[1]}"}


def test_the_asyncio_client_reaches_it_too(
    secure: Server, authority: Authority, shown: list[str | None], make_async_client: MakeAsyncClient
) -> None:
    async def work() -> None:
        async with make_async_client(api_url=url_of(secure), ca_file=authority.certificate) as lease:
            lease.check()

    asyncio.run(work())
    assert secure.sessions == {}
    assert set(shown) == {HOST}


@pytest.mark.parametrize("variable", ["CODITECT_CA_FILE", "SSL_CERT_FILE"])
def test_the_environment_can_name_the_authority(
    variable: str, secure: Server, authority: Authority, make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(authority.certificate))
    with make_client(api_url=url_of(secure)) as lease:
        lease.check()


def test_a_certificate_of_an_unknown_authority_is_refused(secure: Server, make_client: MakeClient) -> None:
    with pytest.raises(Offline, match="certificate verify failed"):
        make_client(api_url=url_of(secure)).acquire()
    assert secure.requests == []


def test_a_certificate_for_another_name_is_refused(
    secure: Server, authority: Authority, make_client: MakeClient
) -> None:
    with pytest.raises(Offline, match="certificate verify failed"):
        make_client(api_url=url_of(secure, host="other.localhost"), ca_file=authority.certificate).acquire()


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path, make_client: MakeClient) -> None:
    (tmp_path / "empty.pem").write_text("not a certificate")
    for wrong in ("missing.pem", "empty.pem"):
        with pytest.raises(ConfigurationError, match=rf"{wrong} cannot be used: .* CODITECT_CA_FILE"):
            make_client(ca_file=tmp_path / wrong)


def test_the_dot_of_the_root_behind_the_name_changes_nothing(
    secure: Server, authority: Authority, shown: list[str | None], make_client: MakeClient
) -> None:
    with make_client(api_url=url_of(secure, host=f"{HOST}."), ca_file=authority.certificate) as lease:
        lease.check()
    assert set(shown) == {HOST}


@pytest.mark.parametrize("host", ["localhost", HOST, "localhost."])
def test_plain_http_to_this_machine_needs_no_resolver_either(
    host: str, service: Server, make_client: MakeClient
) -> None:
    with make_client(api_url=url_of(service, scheme="http", host=host)) as lease:
        lease.check()


@pytest.mark.parametrize("host", ["localhost.example", "notlocalhost", "api.localhost.example"])
def test_plain_http_to_a_name_that_only_looks_like_this_machine_is_refused(host: str, make_client: MakeClient) -> None:
    with pytest.raises(ConfigurationError, match="not encrypted"):
        make_client(api_url=f"http://{host}:1")


def test_the_command_takes_the_authority_as_an_option(
    secure: Server,
    authority: Authority,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("CODITECT_TOKEN", "token-of-bob")
    common = ["--api-url", url_of(secure), "--cache-dir", str(tmp_path / "cache")]
    assert main(["acquire", *common, "--ca-file", str(authority.certificate)]) == 0
    assert main(["release", *common, "--ca-file", str(authority.certificate)]) == 0
    assert main(["acquire", *common]) == 69
    assert "certificate verify failed" in capsys.readouterr().err
