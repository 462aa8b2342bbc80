"""A real Kubernetes API server over a real etcd, on loopback, for asking whether it would take an object."""

import csv
import secrets
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from coditect.graph.values import Json, JsonObject, items, text
from coditect.local.process import LOOPBACK, ServerProcess, free_port
from tools.kubernetes_api import find_api_server, find_etcd


@dataclass(frozen=True)
class Answer:
    """status: of HTTP. message: why it was refused. warnings: what it took with a warning, Pod Security among them."""

    status: int
    message: str
    warnings: tuple[str, ...]


@dataclass
class ApiServer:
    """A client with all rights."""

    client: httpx.Client
    _plurals: dict[str, dict[str, tuple[str, bool]]] = field(default_factory=dict)

    def serves(self, api_version: str, kind: str) -> bool:
        """Whether the server knows that kind by itself; kinds of add-ons it does not."""
        return kind in self._kinds(api_version)

    def create(self, manifest: JsonObject, *, dry_run: bool) -> Answer:
        """dry_run: the server does all but store it. Fields that it does not know are refused, not dropped."""
        plural, is_namespaced = self._kinds(text(manifest, "apiVersion"))[text(manifest, "kind")]
        namespace = f"/namespaces/{text(manifest, 'metadata', 'namespace')}" if is_namespaced else ""
        response = self.client.post(
            f"{_base(text(manifest, 'apiVersion'))}{namespace}/{plural}",
            params={"fieldValidation": "Strict", **({"dryRun": "All"} if dry_run else {})},
            json=manifest,
        )
        message = "" if response.is_success else text(response.json(), "message")
        return Answer(response.status_code, message, tuple(response.headers.get_list("warning")))

    def _kinds(self, api_version: str) -> dict[str, tuple[str, bool]]:
        if api_version not in self._plurals:
            response = self.client.get(_base(api_version))
            found: Json = response.json() if response.is_success else {}
            self._plurals[api_version] = {
                text(r, "kind"): (text(r, "name"), isinstance(r, dict) and r.get("namespaced") is True)
                for r in items(found, "resources")
                if "/" not in text(r, "name")
            }
        return self._plurals[api_version]


@contextmanager
def api_server(directory: Path) -> Iterator[ApiServer]:
    """Starts both in a directory that is theirs alone, and ends both."""
    store, peers, port = free_port(), free_port(), free_port()
    etcd = ServerProcess(
        [
            str(find_etcd()),
            f"--data-dir={directory / 'etcd'}",
            f"--listen-client-urls=http://{LOOPBACK}:{store}",
            f"--advertise-client-urls=http://{LOOPBACK}:{store}",
            f"--listen-peer-urls=http://{LOOPBACK}:{peers}",
            # Nothing here outlives the test, so nothing needs to reach the disk.
            "--unsafe-no-fsync",
        ],
        log=directory / "etcd.log",
    )
    server: ServerProcess | None = None
    try:
        token = _write_credentials(directory)
        server = ServerProcess(
            [
                str(find_api_server()),
                f"--etcd-servers=http://{LOOPBACK}:{store}",
                f"--bind-address={LOOPBACK}",
                f"--secure-port={port}",
                f"--cert-dir={directory}",
                f"--token-auth-file={directory / 'tokens.csv'}",
                "--authorization-mode=RBAC",
                "--service-cluster-ip-range=10.96.0.0/16",
                "--service-account-issuer=https://kubernetes.default.svc",
                f"--service-account-key-file={directory / 'accounts.pub'}",
                f"--service-account-signing-key-file={directory / 'accounts.key'}",
                # No controller makes the default account of a namespace here, and no pod ever runs.
                "--disable-admission-plugins=ServiceAccount",
            ],
            log=directory / "kube-apiserver.log",
        )
        certificate = directory / "apiserver.crt"
        server.wait_ready(certificate.exists, name="kube-apiserver", timeout_s=60)
        with httpx.Client(
            base_url=f"https://{LOOPBACK}:{port}",
            headers={"Authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=str(certificate)),
            timeout=30,
        ) as client:
            server.wait_ready(lambda: _is_ready(client), name="kube-apiserver", timeout_s=120)
            yield ApiServer(client)
    finally:
        if server is not None:
            server.stop()
        etcd.stop()


def _write_credentials(directory: Path) -> str:
    """The server's key for service accounts, and one user who may do everything. Returns that user's token."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (directory / "accounts.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    (directory / "accounts.pub").write_bytes(
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    token = secrets.token_urlsafe()
    with (directory / "tokens.csv").open("w", newline="") as file:
        csv.writer(file).writerow([token, "tests", "tests", "system:masters"])
    return token


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/readyz").is_success
    except httpx.TransportError:
        return False


def _base(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
