"""Stand-in for Google Cloud KMS: the real service's gRPC methods over keys in files, on this machine only.

    python -m coditect.local.kms --key-dir .local/kms --key projects/p/locations/us/keyRings/r/cryptoKeys/k --port 0

Prints one JSON line, `{"stand_in": "cloud-kms", "endpoint": "127.0.0.1:PORT"}`, once it serves. Asymmetric signing keys
of algorithm RSA_SIGN_PSS_4096_SHA256 only; protection level SOFTWARE, whatever the real key has. A key's versions are
`<key-dir>/<resource name>/<n>.pem`; `<n>.state` holds a state other than ENABLED.

Fault tests write a JSON file (`--faults`, read at every call; see Faults) or pause and kill this process.
"""

import argparse
import json
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import grpc
import proto  # type: ignore[import-untyped]  # proto-plus carries no types
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils
from google.cloud import kms_v1
from google_crc32c import value as crc32c
from pydantic import BaseModel, ConfigDict, Field

from coditect.local.kms_keys import KeyDirectory, State

logger = logging.getLogger(__name__)

_PSS = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
_STAND_IN = (("x-coditect-stand-in", "cloud-kms"),)


_Request = TypeVar("_Request", bound=proto.Message)
_Reply = TypeVar("_Reply", bound=proto.Message)


class Faults(BaseModel):
    """What goes wrong on purpose. latency_s: seconds before every answer. error: a gRPC status for every call.
    damage: what is wrong in the reply to a signature: checksum, bytes, name, or the digest's confirmation.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    latency_s: float = Field(default=0, ge=0)
    error: str | None = Field(default=None, pattern="^(UNAVAILABLE|PERMISSION_DENIED|RESOURCE_EXHAUSTED|INTERNAL)$")
    damage: str | None = Field(default=None, pattern="^(checksum|signature|name|digest)$")


class KeyManagementService:
    """The methods of google.cloud.kms.v1.KeyManagementService that signing needs."""

    def __init__(self, keys: KeyDirectory, *, faults: Path | None) -> None:
        self._keys = keys
        self._faults = faults
        self._private: dict[str, rsa.RSAPrivateKey] = {}

    def handlers(self) -> grpc.GenericRpcHandler:
        """The methods as gRPC serves them."""
        return grpc.method_handlers_generic_handler(
            "google.cloud.kms.v1.KeyManagementService",
            {
                "ListCryptoKeyVersions": self._method(
                    self.list_versions, kms_v1.ListCryptoKeyVersionsRequest, kms_v1.ListCryptoKeyVersionsResponse
                ),
                "GetCryptoKeyVersion": self._method(
                    self.get_version, kms_v1.GetCryptoKeyVersionRequest, kms_v1.CryptoKeyVersion
                ),
                "CreateCryptoKeyVersion": self._method(
                    self.create_version, kms_v1.CreateCryptoKeyVersionRequest, kms_v1.CryptoKeyVersion
                ),
                "UpdateCryptoKeyVersion": self._method(
                    self.update_version, kms_v1.UpdateCryptoKeyVersionRequest, kms_v1.CryptoKeyVersion
                ),
                "GetPublicKey": self._method(self.get_public_key, kms_v1.GetPublicKeyRequest, kms_v1.PublicKey),
                "AsymmetricSign": self._method(
                    self.asymmetric_sign, kms_v1.AsymmetricSignRequest, kms_v1.AsymmetricSignResponse
                ),
            },
        )

    def list_versions(
        self, request: kms_v1.ListCryptoKeyVersionsRequest, context: grpc.ServicerContext
    ) -> kms_v1.ListCryptoKeyVersionsResponse:
        """Every version on one page; of filters only `state=ENABLED`."""
        if request.filter not in ("", "state=ENABLED"):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"this stand-in knows no filter {request.filter!r}")
        versions = [
            self._keys.describe(f"{request.parent}/cryptoKeyVersions/{number}")
            for number in self._keys.numbers(request.parent)
        ]
        if request.filter:
            versions = [version for version in versions if version.state == State.ENABLED]
        return kms_v1.ListCryptoKeyVersionsResponse(crypto_key_versions=versions, total_size=len(versions))

    def get_version(
        self, request: kms_v1.GetCryptoKeyVersionRequest, _context: grpc.ServicerContext
    ) -> kms_v1.CryptoKeyVersion:
        """Raises FileNotFoundError, which clients see as NOT_FOUND, like every method here."""
        return self._keys.describe(request.name)

    def create_version(
        self, request: kms_v1.CreateCryptoKeyVersionRequest, _context: grpc.ServicerContext
    ) -> kms_v1.CryptoKeyVersion:
        """The next version, enabled at once (Cloud KMS takes some seconds in hardware)."""
        self._keys.numbers(request.parent)
        return self._keys.describe(f"{request.parent}/cryptoKeyVersions/{self._keys.create_version(request.parent)}")

    def update_version(
        self, request: kms_v1.UpdateCryptoKeyVersionRequest, context: grpc.ServicerContext
    ) -> kms_v1.CryptoKeyVersion:
        """Enable or disable; nothing else of a version can change."""
        wanted = request.crypto_key_version
        if list(request.update_mask.paths) != ["state"] or wanted.state not in (State.ENABLED, State.DISABLED):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "only `state` can change, to ENABLED or DISABLED")
        self._keys.set_state(wanted.name, State(wanted.state))
        return self._keys.describe(wanted.name)

    def get_public_key(self, request: kms_v1.GetPublicKeyRequest, context: grpc.ServicerContext) -> kms_v1.PublicKey:
        """PEM of an enabled version."""
        version = self._enabled(request.name, context)
        pem = (
            self._private_key(version.name)
            .public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        )
        return kms_v1.PublicKey(
            name=version.name,
            pem=pem.decode(),
            pem_crc32c=crc32c(pem),
            algorithm=version.algorithm,
            protection_level=version.protection_level,
        )

    def asymmetric_sign(
        self, request: kms_v1.AsymmetricSignRequest, context: grpc.ServicerContext
    ) -> kms_v1.AsymmetricSignResponse:
        """RSASSA-PSS over the given SHA-256 digest."""
        version = self._enabled(request.name, context)
        digest = request.digest.sha256
        if len(digest) != hashes.SHA256.digest_size:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "digest.sha256 must be 32 bytes")
        confirmed = "digest_crc32c" in request and request.digest_crc32c == crc32c(digest)
        if "digest_crc32c" in request and not confirmed:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "digest_crc32c does not match the digest")
        signature = self._private_key(version.name).sign(digest, _PSS, utils.Prehashed(hashes.SHA256()))
        checksum = crc32c(signature)
        damage = self._read_faults().damage
        if damage == "signature":
            signature = bytes([signature[0] ^ 1]) + signature[1:]
            checksum = crc32c(signature)
        return kms_v1.AsymmetricSignResponse(
            name=version.name + "0" if damage == "name" else version.name,
            signature=signature,
            signature_crc32c=checksum ^ 1 if damage == "checksum" else checksum,
            verified_digest_crc32c=confirmed and damage != "digest",
            protection_level=version.protection_level,
        )

    def _enabled(self, name: str, context: grpc.ServicerContext) -> kms_v1.CryptoKeyVersion:
        version = self._keys.describe(name)
        if version.state != State.ENABLED:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, f"{name} is not enabled, current state is: DISABLED.")
        return version

    def _private_key(self, version: str) -> rsa.RSAPrivateKey:
        if version not in self._private:
            self._private[version] = self._keys.private_key(version)
        return self._private[version]

    def _read_faults(self) -> Faults:
        if self._faults is None or not self._faults.exists():
            return Faults()
        return Faults.model_validate_json(self._faults.read_bytes())

    def _method(
        self, answer: Callable[[_Request, grpc.ServicerContext], _Reply], request: type[_Request], reply: type[_Reply]
    ) -> "grpc.RpcMethodHandler[_Request, _Reply]":
        def call(message: _Request, context: grpc.ServicerContext) -> _Reply:
            context.send_initial_metadata(_STAND_IN)
            faults = self._read_faults()
            time.sleep(faults.latency_s)
            if faults.error:
                context.abort(grpc.StatusCode[faults.error], "told to fail")
            try:
                return answer(message, context)
            except FileNotFoundError as error:
                context.abort(grpc.StatusCode.NOT_FOUND, f"{error.filename or error} not found.")

        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=request.deserialize, response_serializer=reply.serialize
        )


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m coditect.local.kms", description="Stand-in for Google Cloud KMS")
    parser.add_argument("--key-dir", type=Path, required=True, help="where the keys are kept")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        help="full name of a key to make if it is not there; =N after it for N versions of it",
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one (default)")
    parser.add_argument("--faults", type=Path, help="JSON file that tells what goes wrong, read at every call")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")

    keys = KeyDirectory(path=arguments.key_dir)
    for key in arguments.key:
        name, _, versions = key.partition("=")
        try:
            keys.ensure_versions(name, int(versions or 1))
        except (FileNotFoundError, ValueError):
            parser.error(f"--key {key}: write projects/P/locations/L/keyRings/R/cryptoKeys/K or …/K=VERSIONS")

    server = grpc.server(ThreadPoolExecutor(max_workers=32, thread_name_prefix="kms"))
    server.add_generic_rpc_handlers((KeyManagementService(keys, faults=arguments.faults).handlers(),))
    try:
        port = server.add_insecure_port(f"127.0.0.1:{arguments.port}")
    except RuntimeError:
        parser.error(f"--port {arguments.port} is taken: choose another, or 0 for a free one")
    server.start()
    logger.info("Stand-in for Cloud KMS: keys are files in %s, no hardware guards them", arguments.key_dir)
    sys.stdout.write(json.dumps({"stand_in": "cloud-kms", "endpoint": f"127.0.0.1:{port}"}) + "\n")
    sys.stdout.flush()

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    stop.wait()
    server.stop(grace=1).wait()


if __name__ == "__main__":
    main()
