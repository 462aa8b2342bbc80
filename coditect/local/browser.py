"""A browser that trusts this platform's certificates and nothing else of ours: a profile and a flag of its own."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def command(addresses: list[str], *, authority: Path, profile: Path) -> list[str] | None:
    """How to open the addresses; None where there is no browser that takes a key to trust on its command line.

    authority: the authority's certificate; beside it stand those that it signed, which servers send. Nothing is
    installed: the profile belongs to the platform's state, and the person's own browser learns nothing.
    """
    program = next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        return None
    trusted = ",".join(_key_digest(certificate) for certificate in sorted(authority.parent.glob("*.pem")))
    flags = [f"--user-data-dir={profile}", f"--ignore-certificate-errors-spki-list={trusted}"]
    return [program, *flags, "--no-first-run", "--no-default-browser-check", *addresses]


def start(arguments: list[str]) -> None:
    """Start it, and leave it to the person."""
    subprocess.Popen(  # noqa: S603 - the command is this module's own
        arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _key_digest(certificate: Path) -> str:
    """As Chromium's flag takes it: SHA-256 of the public key's SubjectPublicKeyInfo, in base 64."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
