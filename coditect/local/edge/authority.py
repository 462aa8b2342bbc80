"""A certificate authority for this machine's state directory: made once, never installed anywhere."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from coditect.local.layout import write_private

_LIFETIME = timedelta(days=825)  # what browsers accept of a certificate at most
_RENEW_BEFORE = timedelta(days=30)


@dataclass(frozen=True, kw_only=True)
class Leaf:
    """A certificate with its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """Signs certificates for names below `.localhost` and loopback addresses."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.certificate = directory / "ca.pem"
        self._key_file = directory / "ca.key"
        if not self.certificate.exists() or _expires_soon(self.certificate):
            self._create()

    def leaf(self, name: str, hosts: Sequence[str]) -> Leaf:
        """The certificate `name` for these hosts; made anew when they change or it runs out."""
        leaf = Leaf(certificate=self._directory / f"{name}.pem", key=self._directory / f"{name}.key")
        if not leaf.certificate.exists() or _expires_soon(leaf.certificate) or not self._fits(leaf, hosts):
            self._issue(leaf, hosts)
        return leaf

    def _fits(self, leaf: Leaf, hosts: Sequence[str]) -> bool:
        certificate = _load(leaf.certificate)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        signer = _load(self.certificate)
        return list(names) == _names(hosts) and certificate.issuer == signer.subject

    def _create(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        # A number of its own in the name: a browser must not take a new authority for an older one.
        serial = x509.random_serial_number()
        subject = _subject(f"CODITECT on this machine, {serial % 10**6:06}")
        certificate = (
            _builder(subject, subject, key.public_key(), serial)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            # Whoever trusts it trusts it for this machine alone.
            .add_extension(
                x509.NameConstraints(
                    permitted_subtrees=[
                        x509.DNSName("localhost"),
                        x509.IPAddress(ipaddress.ip_network("127.0.0.0/8")),
                    ],
                    excluded_subtrees=None,
                ),
                critical=True,
            )
            .sign(key, hashes.SHA256())
        )
        write_private(self._key_file, _private_bytes(key))
        write_private(self.certificate, certificate.public_bytes(serialization.Encoding.PEM))

    def _issue(self, leaf: Leaf, hosts: Sequence[str]) -> None:
        signer_key = serialization.load_pem_private_key(self._key_file.read_bytes(), password=None)
        assert isinstance(signer_key, ec.EllipticCurvePrivateKey)
        signer = _load(self.certificate)
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = (
            _builder(
                _subject(f"CODITECT on this machine: {leaf.key.stem}"),
                signer.subject,
                key.public_key(),
                x509.random_serial_number(),
            )
            .add_extension(x509.SubjectAlternativeName(_names(hosts)), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key.public_key()), critical=False)
            .sign(signer_key, hashes.SHA256())
        )
        write_private(leaf.key, _private_bytes(key))
        write_private(leaf.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, serial: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFETIME)
    )


def _names(hosts: Sequence[str]) -> list[x509.GeneralName]:
    names: list[x509.GeneralName] = []
    for host in hosts:
        try:
            names.append(x509.IPAddress(ipaddress.ip_address(host)))
        except ValueError:
            names.append(x509.DNSName(host))
    return names


def _subject(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _private_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _load(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


def _expires_soon(file: Path) -> bool:
    return _load(file).not_valid_after_utc < datetime.now(UTC) + _RENEW_BEFORE
