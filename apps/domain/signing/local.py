"""A signing key in files, for development and tests: nothing protects it but the file's mode."""

import re
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from apps.domain.signing.errors import KeyVersionNotEnabledError, SigningMisconfiguredError
from apps.domain.signing.keys import KEY_BITS, PSS, KeyVersion

_MAKE_KEY = f"openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{KEY_BITS} -out"


class FileKeyStore:
    """One PEM file (version 1), or a directory of `1.pem`, `2.pem`, ...: the highest number is the newest version.

    A version counts as created when its file was last changed, and is disabled by taking its file away.
    """

    def __init__(self, path: Path) -> None:
        """Raises SigningMisconfiguredError when nothing usable stands at `path`."""
        self._path = path
        self._private: dict[str, rsa.RSAPrivateKey] = {}
        self._loaded: dict[Path, tuple[tuple[int, int, int], tuple[KeyVersion, rsa.RSAPrivateKey]]] = {}
        self.versions(timeout=0)

    def versions(self, *, timeout: float) -> tuple[KeyVersion, ...]:
        """See KeyStore."""
        found = [self._load(number, path) for number, path in sorted(self._files().items())]
        self._private = {version.key_id: private for version, private in found}
        return tuple(version for version, _ in found)

    def sign(self, version: KeyVersion, message: bytes, *, timeout: float) -> bytes:
        """See KeyStore."""
        private = self._private.get(version.key_id)
        if private is None or not Path(version.name).exists():
            raise KeyVersionNotEnabledError(f"{version.name} is gone.")
        return private.sign(message, PSS, hashes.SHA256())

    def _files(self) -> dict[int, Path]:
        if self._path.is_dir():
            matches = {path: re.fullmatch(r"([1-9]\d*)\.pem", path.name) for path in self._path.iterdir()}
            files = {int(match[1]): path for path, match in matches.items() if match}
            if not files:
                raise SigningMisconfiguredError(
                    f"SIGNING_KEY: {self._path} holds no key: nothing can be signed. Make one: "
                    f"{_MAKE_KEY} {self._path}/1.pem"
                )
            return files
        return {1: self._path}

    def _load(self, number: int, path: Path) -> tuple[KeyVersion, rsa.RSAPrivateKey]:
        try:
            found = path.stat()
            # Checking an RSA-4096 key takes a quarter of a second, during which no thread of this process runs.
            # The change time moves with every write, replacement and change of mode.
            state = (found.st_ino, found.st_ctime_ns, found.st_size)
            if path in self._loaded and self._loaded[path][0] == state:
                return self._loaded[path][1]
            pem = path.read_bytes()
        except OSError as error:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: {path} cannot be read ({error.strerror}): nothing can be signed. "
                f"Make one: {_MAKE_KEY} {path}"
            ) from None
        if found.st_mode & 0o007:
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: {path} is open to every user of this machine, who could forge leases. "
                f"Run: chmod 600 {path}"
            )
        try:
            private = serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise SigningMisconfiguredError(
                f"SIGNING_KEY: {path} is not an unencrypted PEM private key. Make one: {_MAKE_KEY} {path}"
            ) from None
        version = KeyVersion.of(
            private.public_key(),
            number=number,
            name=str(path),
            created_at=datetime.fromtimestamp(found.st_mtime, UTC),
        )
        assert isinstance(private, rsa.RSAPrivateKey)
        self._loaded[path] = state, (version, private)
        return version, private
