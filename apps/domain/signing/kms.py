"""The signing key in Cloud KMS: the private half never leaves it.

Every reply is checked as Google asks for (checksums both ways, the version's name) and verified with the public key,
so neither a damaged request nor a damaged signature reaches a client.
"""

import ipaddress
import re
from datetime import datetime
from functools import partial
from typing import Any, cast
from urllib.parse import urlsplit

import grpc
from cryptography.hazmat.primitives import hashes, serialization
from google.api_core import exceptions as google_errors
from google.api_core import retry as google_retry
from google.cloud import kms_v1
from google.cloud.kms_v1.services.key_management_service.transports import KeyManagementServiceGrpcTransport
from google_crc32c import value as crc32c

from apps.domain.operations.tracing import tracer
from apps.domain.signing.errors import KeyVersionNotEnabledError, SigningMisconfiguredError, SigningUnavailable
from apps.domain.signing.keys import ALGORITHM, KeyVersion

_KEY = r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+"
KEY_NAME = re.compile(rf"(?P<key>{_KEY})(?:/cryptoKeyVersions/(?P<version>[1-9]\d*))?")

# Left alone, gRPC waits up to 120 s before it tries a lost connection again: leases would fail long after an outage.
_CHANNEL_OPTIONS = [("grpc.max_reconnect_backoff_ms", 1000), ("grpc.keepalive_time_ms", 30_000)]


class _DamagedReply(Exception):  # noqa: N818 - never leaves this module
    """A checksum or a name did not match: the call is worth repeating."""


class KmsKeyStore:
    """The enabled versions of one Cloud KMS key, algorithm RSA_SIGN_PSS_4096_SHA256.

    key: `projects/P/locations/L/keyRings/R/cryptoKeys/K`. endpoint: `HOST:PORT` of a KMS on this machine, over plain
    gRPC without credentials; None for Google's, with the default credentials.
    The caller needs cloudkms.cryptoKeyVersions.list, .viewPublicKey and .useToSign.
    """

    def __init__(self, key: str, *, endpoint: str | None = None) -> None:
        """Connects with the first call. Raises SigningMisconfiguredError for an endpoint off this machine."""
        self._key = key
        self._client = kms_v1.KeyManagementServiceClient(transport=_transport(endpoint))
        self._known: dict[str, KeyVersion] = {}

    def versions(self, *, timeout: float) -> tuple[KeyVersion, ...]:
        """See KeyStore. A public key never changes, so it is asked for once."""
        request = kms_v1.ListCryptoKeyVersionsRequest(parent=self._key, filter="state=ENABLED")
        try:
            with tracer.kms("ListCryptoKeyVersions"):
                listed = list(self._client.list_crypto_key_versions(request=request, retry=None, timeout=timeout))
            found = [self._version(version, timeout) for version in listed]
        except (google_errors.NotFound, google_errors.InvalidArgument) as error:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: Cloud KMS does not know {self._key} ({error.message}): nothing can be signed. "
                "Write the key's full name, projects/P/locations/L/keyRings/R/cryptoKeys/K."
            ) from None
        except (google_errors.GoogleAPIError, _DamagedReply) as error:
            raise SigningUnavailable(f"Cloud KMS did not list the versions of {self._key}: {error}") from error
        if not found:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: {self._key} has no enabled version: nothing can be signed. Enable one, or make one: "
                f"gcloud kms keys versions create --key {self._key}"
            )
        return tuple(sorted(found, key=lambda version: version.number))

    def sign(self, version: KeyVersion, message: bytes, *, timeout: float) -> bytes:
        """See KeyStore. Signing is repeatable, so a lost or damaged reply is asked for again until `timeout`."""
        repeat = google_retry.Retry(
            predicate=google_retry.if_exception_type(google_errors.ServiceUnavailable, _DamagedReply),
            initial=0.05,
            maximum=0.4,
            timeout=timeout,
        )
        try:
            return repeat(partial(self._sign_once, version, message, timeout))()
        except google_errors.FailedPrecondition as error:
            raise KeyVersionNotEnabledError(f"{version.name}: {error.message}") from error
        except (google_errors.GoogleAPIError, _DamagedReply) as error:
            raise SigningUnavailable(f"Cloud KMS did not sign with {version.name}: {error}") from error

    def _sign_once(self, version: KeyVersion, message: bytes, timeout: float) -> bytes:
        hashed = hashes.Hash(hashes.SHA256())
        hashed.update(message)
        digest = hashed.finalize()
        request = kms_v1.AsymmetricSignRequest(
            name=version.name, digest=kms_v1.Digest(sha256=digest), digest_crc32c=crc32c(digest)
        )
        with tracer.kms("AsymmetricSign"):
            reply = self._client.asymmetric_sign(request=request, retry=None, timeout=timeout)
        if not reply.verified_digest_crc32c:
            raise _DamagedReply("Cloud KMS did not confirm the digest's checksum")
        if reply.name != version.name:
            raise _DamagedReply(f"Cloud KMS signed with {reply.name} instead")
        if reply.signature_crc32c != crc32c(reply.signature):
            raise _DamagedReply("the signature's checksum does not match")
        if not version.verifies(reply.signature, message):
            raise _DamagedReply("the signature does not verify with the version's public key")
        return reply.signature

    def _version(self, listed: kms_v1.CryptoKeyVersion, timeout: float) -> KeyVersion:
        known = self._known.get(listed.name)
        if known is not None:
            return known
        algorithm = kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm(listed.algorithm).name
        if algorithm != ALGORITHM:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: {listed.name} is of algorithm {algorithm}: clients would reject its leases. "
                f"Use a key of algorithm {ALGORITHM}."
            )
        with tracer.kms("GetPublicKey"):
            reply = self._client.get_public_key(request={"name": listed.name}, retry=None, timeout=timeout)
        pem = reply.pem.encode()
        if reply.name != listed.name or reply.pem_crc32c != crc32c(pem):
            raise _DamagedReply("the public key's name or checksum does not match")
        version = KeyVersion.of(
            serialization.load_pem_public_key(pem),
            number=int(listed.name.rpartition("/")[2]),
            name=listed.name,
            # Its stubs say Timestamp; proto-plus hands out a datetime.
            created_at=cast("datetime", listed.create_time),
        )
        self._known[listed.name] = version
        return version


def _transport(endpoint: str | None) -> KeyManagementServiceGrpcTransport:
    if endpoint is None:
        return KeyManagementServiceGrpcTransport(channel=_google_channel)
    host = urlsplit(f"//{endpoint}").hostname
    try:
        is_here = host == "localhost" or ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        is_here = False
    if not is_here:
        raise SigningMisconfiguredError(
            f"KMS_ENDPOINT is {endpoint!r}: it is spoken to without encryption or credentials, so it must be on this "
            "machine (127.0.0.1:PORT). Leave it out to use Google's Cloud KMS."
        )
    return KeyManagementServiceGrpcTransport(channel=grpc.insecure_channel(endpoint, options=_CHANNEL_OPTIONS))


def _google_channel(host: str, **options: Any) -> grpc.Channel:  # noqa: ANN401 - handed through as the transport gives them
    options["options"] = [*(options.get("options") or ()), *_CHANNEL_OPTIONS]
    return KeyManagementServiceGrpcTransport.create_channel(host, **options)
