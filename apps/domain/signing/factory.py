"""From settings to the signer of this process."""

from datetime import timedelta
from functools import cache
from pathlib import Path

from django.conf import settings

from apps.domain.signing.batch import BatchSigner
from apps.domain.signing.errors import SigningMisconfiguredError
from apps.domain.signing.keys import KeyStore, PublicKeyJson
from apps.domain.signing.local import FileKeyStore
from apps.domain.signing.ring import KeyRing

# The stack setting signing.rotation_grace_days has the same default and bounds.
ROTATION_GRACE_DAYS = 30


def build_signer(
    *,
    signing_key: str,
    kms_endpoint: str | None = None,
    rotation_grace: timedelta = timedelta(days=ROTATION_GRACE_DAYS),
) -> BatchSigner:
    """A signer for `signing_key`.

    signing_key: `projects/P/locations/L/keyRings/R/cryptoKeys/K`, whose newest enabled version signs; the same with
    `/cryptoKeyVersions/N`, which then signs; or `file:PATH`, a PEM file or a directory of them (see FileKeyStore).
    Raises SigningMisconfiguredError.
    """
    store: KeyStore
    pinned: int | None = None
    if signing_key.startswith("file:"):
        if kms_endpoint:
            raise SigningMisconfiguredError(
                f"KMS_ENDPOINT is set, but SIGNING_KEY is the file {signing_key[5:]}: leave one of them out."
            )
        store = FileKeyStore(Path(signing_key.removeprefix("file:")))
    else:
        # Imported here: Google's client takes half a second and tens of MiB that a file needs not.
        from apps.domain.signing.kms import KEY_NAME, KmsKeyStore

        name = KEY_NAME.fullmatch(signing_key)
        if name is None:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY is {signing_key!r}, which names no key: nothing can be signed. Write "
                "projects/P/locations/L/keyRings/R/cryptoKeys/K, the same with /cryptoKeyVersions/N, or file:PATH."
            )
        store = KmsKeyStore(name["key"], endpoint=kms_endpoint or None)
        pinned = int(name["version"]) if name["version"] else None
    return BatchSigner(store=store, ring=KeyRing(store, grace=rotation_grace, pinned=pinned))


@cache
def signer_from_settings() -> BatchSigner:
    """The one signer of this process, from the Django settings SIGNING_KEY, KMS_ENDPOINT (or None) and
    SIGNING_ROTATION_GRACE_DAYS (30 when absent). Raises SigningMisconfiguredError.
    """
    grace = timedelta(days=getattr(settings, "SIGNING_ROTATION_GRACE_DAYS", ROTATION_GRACE_DAYS))
    return build_signer(
        signing_key=settings.SIGNING_KEY,
        kms_endpoint=getattr(settings, "KMS_ENDPOINT", None),
        rotation_grace=grace,
    )


def public_keys() -> list[PublicKeyJson]:
    """The entries of `GET /api/v1/keys`. Raises SigningUnavailable when the key service was never reached."""
    return signer_from_settings().public_keys()
