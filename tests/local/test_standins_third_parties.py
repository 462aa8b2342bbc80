"""Starting the stand-ins of third parties with the platform's own secrets, and a webhook over TLS."""

import http.server
import json
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import stripe
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from coditect.local.standins.third_parties import THIRD_PARTIES, WEBHOOK_PATH, ThirdParty
from infra.catalog import CATALOG

HOST = "coditect.com.localhost"


@pytest.fixture
def secret_files(tmp_path: Path) -> dict[str, Path]:
    files = {name: tmp_path / name for party in THIRD_PARTIES for name in party.secrets.values()}
    for name, file in files.items():
        file.write_text(f"the-{name}\n")
    return files


@contextmanager
def running(command: tuple[str, ...]) -> Iterator[str]:
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["endpoint"]
    finally:
        process.terminate()
        process.communicate(timeout=10)


def test_every_secret_is_one_of_the_catalogues() -> None:
    known = {secret.name for secret in CATALOG.secrets}
    assert {name for party in THIRD_PARTIES for name in party.secrets.values()} <= known


@pytest.mark.parametrize("party", THIRD_PARTIES, ids=lambda party: party.name)
def test_each_starts_with_the_platforms_secrets_and_lets_in_nobody_else(
    party: ThirdParty, tmp_path: Path, secret_files: dict[str, Path]
) -> None:
    command = party.command(port=0, state=tmp_path / "state", secret_files=secret_files, webhook="http://127.0.0.1:9")
    assert not any("the-" in part for part in command), "a secret's value stands in the process list"
    with running(command) as endpoint:
        assert httpx.get(f"{endpoint}/health").status_code == 200
        port = httpx.URL(endpoint).port
        for host in ("localhost", f"localhost:{port}", f"[::1]:{port}", "127.0.0.1"):
            assert httpx.get(f"{endpoint}/health", headers={"Host": host}).status_code == 200, host
        for host in ("evil.example", f"127.0.0.1.evil.example:{port}", f"localhost.evil.example:{port}"):
            assert httpx.get(f"{endpoint}/", headers={"Host": host}).status_code == 421, host
        if party.name == "stripe":
            for key, status in (("the-stripe-secret-key", 200), ("sk_test_other", 401)):
                answer = httpx.get(f"{endpoint}/v1/prices", headers={"Authorization": f"Bearer {key}"})
                assert answer.status_code == status


def test_without_a_webhook_nothing_is_sent(tmp_path: Path, secret_files: dict[str, Path]) -> None:
    (party,) = [each for each in THIRD_PARTIES if each.takes_webhook]
    command = party.command(port=0, state=tmp_path / "state", secret_files=secret_files)
    assert not any(part.startswith("--webhook") for part in command)
    with running(command) as endpoint:
        assert httpx.get(f"{endpoint}/health").status_code == 200


def certificate(directory: Path) -> tuple[Path, Path]:
    """A certificate of the site's host that vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = directory / "ca.pem", directory / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return public, private


def test_an_event_travels_over_tls_to_a_host_below_localhost(tmp_path: Path, secret_files: dict[str, Path]) -> None:
    authority, key = certificate(tmp_path)
    got: list[tuple[str, str, bytes, str]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.path, self.headers["Host"], body, self.headers["Stripe-Signature"]))
            self.send_response(200)
            self.end_headers()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site = f"{HOST}:{server.server_address[1]}"
    (party,) = [each for each in THIRD_PARTIES if each.takes_webhook]
    command = party.command(
        port=0, state=tmp_path / "state", secret_files=secret_files, webhook=f"https://{site}", authority=authority
    )
    with running(command) as endpoint:
        client = stripe.StripeClient("the-stripe-secret-key", base_addresses={"api": endpoint})
        customer = client.v1.customers.create({"email": "alice@acme.example"})
        deadline = time.monotonic() + 10
        while not got:
            assert time.monotonic() < deadline, "the event never came"
            time.sleep(0.05)
    server.shutdown()
    server.server_close()
    path, host, body, signature = got[0]
    assert (path, host) == (WEBHOOK_PATH, site)
    event = stripe.Webhook.construct_event(body, signature, "the-stripe-webhook-secret")
    assert event.data.object["id"] == customer.id
