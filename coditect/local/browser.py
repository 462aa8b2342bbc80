"""A browser that trusts this platform's certificates and nothing else of ours: a profile and a flag of its own."""

import base64
import hashlib
import shutil
import subprocess
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without a display, or with one that refuses, it ends at once.
_FAILS_WITHIN_S = 2.0


def program() -> str | None:
    """The Chromium of this machine, under one of its names."""
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def command(addresses: list[str], *, authority: Path, profile: Path) -> list[str] | None:
    """How to open the addresses; None where there is no browser that takes a key to trust on its command line.

    authority: the authority's certificate; beside it stand those that it signed, which servers send. Nothing is
    installed: the profile belongs to the platform's state, and the person's own browser learns nothing.
    """
    found = program()
    if found is None:
        return None
    trusted = ",".join(_key_digest(certificate) for certificate in sorted(authority.parent.glob("*.pem")))
    flags = [f"--user-data-dir={profile}", f"--ignore-certificate-errors-spki-list={trusted}"]
    return [found, *flags, "--no-first-run", "--no-default-browser-check", *addresses]


def start(arguments: list[str], *, log: Path) -> str | None:
    """Start it, and leave it to the person. Returns why no window came, in the program's own words; None if one did.

    log: the file for what it says. A program that gives its addresses to one that runs already ends well, and at once.
    """
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the command is this module's own
            arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        status = process.wait(_FAILS_WITHIN_S)
    except subprocess.TimeoutExpired:
        return None
    if status == 0:
        return None
    said = log.read_text(errors="replace").strip().splitlines()
    # Chromium writes where in its code it fails, in brackets, before what fails.
    return said[-1].rpartition("] ")[2] if said else f"it ended with status {status}"


def _key_digest(certificate: Path) -> str:
    """As Chromium's flag takes it: SHA-256 of the public key's SubjectPublicKeyInfo, in base 64."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    return base64.b64encode(
        hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    ).decode()
