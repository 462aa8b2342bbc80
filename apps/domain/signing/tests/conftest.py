"""A signing key in a file, and Cloud KMS as its stand-in: a real process that speaks the real gRPC service."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import grpc
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport

from apps.domain.signing import Lease

KEY = "projects/coditect-test/locations/us/keyRings/signing/cryptoKeys/leases"


class MakeLease(Protocol):
    def __call__(self, *, session: str = "sess-1", fence: int = 1) -> Lease: ...


@pytest.fixture
def make_lease() -> MakeLease:
    def make(*, session: str = "sess-1", fence: int = 1) -> Lease:
        issued_at = datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC)
        return Lease(
            license_id="lic-1",
            session_id=session,
            tenant_id="acme",
            user_id="bob",
            hardware_id="f" * 64,
            fence=fence,
            seats_used=46,
            seats_total=100,
            tier="pro",
            issued_at=issued_at,
            expires_at=issued_at + timedelta(seconds=360),
            license_expires_at=None,
            heartbeat_interval=300,
        )

    return make


def write_key(path: Path) -> Path:
    private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
    path.touch(mode=0o600)
    path.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_key(tmp_path_factory.mktemp("key") / "signing-key.pem")


@dataclass(kw_only=True)
class Kms:
    """The running stand-in."""

    endpoint: str
    process: subprocess.Popen[str]
    faults: Path

    def go_wrong(self, **faults: float | str) -> None:
        self.faults.write_text(json.dumps(faults))

    def client(self) -> kms_v1.KeyManagementServiceClient:
        channel = grpc.insecure_channel(self.endpoint)
        return kms_v1.KeyManagementServiceClient(transport=KeyManagementServiceGrpcTransport(channel=channel))


@pytest.fixture
def kms(tmp_path: Path) -> Iterator[Kms]:
    faults = tmp_path / "faults.json"
    command = [sys.executable, "-m", "coditect.local.kms", "--key-dir", str(tmp_path / "keys"), "--key", KEY]
    with subprocess.Popen([*command, "--faults", str(faults)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        started = json.loads(process.stdout.readline())
        assert started["stand_in"] == "cloud-kms"
        try:
            yield Kms(endpoint=started["endpoint"], process=process, faults=faults)
        finally:
            process.kill()
