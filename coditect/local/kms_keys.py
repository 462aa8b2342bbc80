"""Keys of the Cloud KMS stand-in, as files: `<resource name>/<n>.pem`, and `<n>.state` unless it is ENABLED."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.cloud import kms_v1

State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState


@dataclass(frozen=True, kw_only=True)
class KeyDirectory:
    """Keys on disk, readable by this user alone. Names are checked: they come from the network and become paths."""

    path: Path

    def numbers(self, key: str) -> list[int]:
        """The versions of `key`, oldest first. Raises FileNotFoundError for a key that does not exist."""
        if not self.has(key):
            raise FileNotFoundError(key)
        return sorted(int(file.stem) for file in self._folder(key).glob("*.pem"))

    def has(self, key: str) -> bool:
        """Whether `key` has a version. Raises FileNotFoundError for what is not the name of a key."""
        return any(self._folder(key).glob("*.pem"))

    def create_version(self, key: str) -> int:
        """Make the next version of `key`, and the key if there is none."""
        folder = self._folder(key)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number = max((int(file.stem) for file in folder.glob("*.pem")), default=0) + 1
        private = rsa.generate_private_key(public_exponent=65537, key_size=4096)
        pem = private.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        # Written aside and renamed: whoever lists the versions meanwhile never reads half a key.
        unfinished = folder / f"{number}.pem.new"
        unfinished.touch(mode=0o600)
        unfinished.write_bytes(pem)
        unfinished.rename(folder / f"{number}.pem")
        return number

    def ensure_versions(self, key: str, count: int) -> list[str]:
        """Make versions of `key` until there are `count`. Returns the full names of those it made."""
        there = len(self.numbers(key)) if self.has(key) else 0
        return [f"{key}/cryptoKeyVersions/{self.create_version(key)}" for _ in range(there, count)]

    def private_key(self, version: str) -> rsa.RSAPrivateKey:
        """Raises FileNotFoundError for an unknown version."""
        private = serialization.load_pem_private_key(self._file(version, ".pem").read_bytes(), password=None)
        assert isinstance(private, rsa.RSAPrivateKey)
        return private

    def set_state(self, version: str, state: State) -> None:
        """Enable or disable a version. Raises FileNotFoundError for an unknown one."""
        self._file(version, ".pem").stat()
        self._file(version, ".state").write_text(state.name)

    def describe(self, version: str) -> kms_v1.CryptoKeyVersion:
        """The version as Cloud KMS describes it. Raises FileNotFoundError for an unknown one."""
        created = datetime.fromtimestamp(self._file(version, ".pem").stat().st_mtime, UTC)
        state = self._file(version, ".state")
        return kms_v1.CryptoKeyVersion(
            name=version,
            state=State.__members__[state.read_text().strip()] if state.exists() else State.ENABLED,
            protection_level=kms_v1.ProtectionLevel.SOFTWARE,
            algorithm=kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm.RSA_SIGN_PSS_4096_SHA256,
            create_time=created,
            generate_time=created,
        )

    def _file(self, version: str, suffix: str) -> Path:
        key, _, number = version.rpartition("/cryptoKeyVersions/")
        if not number.isdecimal():
            raise FileNotFoundError(version)
        return self._folder(key) / f"{number}{suffix}"

    def _folder(self, key: str) -> Path:
        parts = key.split("/")
        if parts[0::2] != ["projects", "locations", "keyRings", "cryptoKeys"] or not all(
            part and part.replace("-", "").replace("_", "").isalnum() for part in parts[1::2]
        ):
            raise FileNotFoundError(key)
        return self.path.joinpath(*parts)
