"""The browser of `coditect open` trusts exactly the keys of this platform's certificates."""

import base64
import hashlib
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from coditect.local import browser
from coditect.local.edge.authority import Authority


def _digest(certificate: Path) -> str:
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    told = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    return base64.b64encode(told).decode()


def _program(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = directory / "chromium"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory))


def test_what_a_server_sends_is_trusted_in_a_profile_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _program(tmp_path, monkeypatch)
    authority = Authority(tmp_path / "authority")
    leaf = authority.leaf("site", ["site.localhost"])
    command = browser.command(["https://site.localhost/"], authority=authority.certificate, profile=tmp_path / "own")
    assert command is not None
    (trusted,) = (flag for flag in command if flag.startswith("--ignore-certificate-errors-spki-list="))
    assert set(trusted.partition("=")[2].split(",")) == {_digest(authority.certificate), _digest(leaf.certificate)}
    assert f"--user-data-dir={tmp_path / 'own'}" in command
    assert command[-1] == "https://site.localhost/"


def test_without_such_a_browser_there_is_no_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browser.command([], authority=tmp_path, profile=tmp_path) is None
