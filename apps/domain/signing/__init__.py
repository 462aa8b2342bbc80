"""Signing of leases: anyone who holds the public key can verify what the license service granted.

The format, with test vectors for every language, is docs/lease-format.md.
"""

from apps.domain.signing.batch import MAX_WAIT_S, BatchSigner
from apps.domain.signing.errors import SigningError, SigningMisconfiguredError, SigningUnavailable
from apps.domain.signing.factory import build_signer, public_keys, signer_from_settings
from apps.domain.signing.keys import PublicKeyJson
from apps.domain.signing.lease import Lease, LeaseReply, SignedLease

__all__ = [
    "MAX_WAIT_S",
    "BatchSigner",
    "Lease",
    "LeaseReply",
    "PublicKeyJson",
    "SignedLease",
    "SigningError",
    "SigningMisconfiguredError",
    "SigningUnavailable",
    "build_signer",
    "public_keys",
    "signer_from_settings",
]
