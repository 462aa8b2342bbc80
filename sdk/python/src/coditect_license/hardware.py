"""The hardware id: the same for one machine (or container) for as long as it lives, and says nothing else about it.

The specification hashes MAC address and host name. A MAC has so little entropy that its hash can be undone, so this
package starts from a random number instead: the one the operating system keeps for the machine, or one of its own.
Keyed hashing (HMAC) keeps the operating system's number secret, as systemd asks of everyone who uses its machine-id.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import platform
import re
import secrets
import subprocess
import sys
from pathlib import Path

from coditect_license.errors import ConfigurationError
from coditect_license.files import write_private

VARIABLE = "CODITECT_HARDWARE_ID"
_PURPOSE = b"coditect-license/hardware-id/1"
_MACHINE_ID_FILES = (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id"))
_CONTAINER_MARKS = (Path("/.dockerenv"), Path("/run/.containerenv"))


def hardware_id(cache_dir: Path) -> str:
    """64 hex digits. CODITECT_HARDWARE_ID, if set, is taken as it is (see `checked`).

    In a container the image's machine-id is shared by every container made from it, so the id is made from a random
    number kept in `cache_dir` and the host name: it survives a restart of the container, and two containers differ
    even when they share a volume. Raises ConfigurationError.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return checked(chosen)
    seed = None if _in_container() else _machine_seed()
    if seed is None:
        seed = _own_seed(cache_dir) + b"\0" + platform.node().encode(errors="surrogateescape")
    return hmac.new(seed, _PURPOSE, hashlib.sha256).hexdigest()


def checked(chosen: str) -> str:
    """`chosen`, if it may be a hardware id. Raises ConfigurationError."""
    if not re.fullmatch(r"[A-Za-z0-9._:-]{16,255}", chosen):
        raise ConfigurationError(
            f"The hardware id {chosen!r} is refused: use 16 to 255 letters, digits, '.', '_', ':' or '-', "
            f"unique for each machine. {VARIABLE} or the argument hardware_id sets it; leave both out to have one made."
        )
    return chosen


def _in_container() -> bool:
    if "KUBERNETES_SERVICE_HOST" in os.environ or os.environ.get("container"):  # noqa: SIM112 - systemd writes it small
        return True
    return any(mark.exists() for mark in _CONTAINER_MARKS)


def _machine_seed() -> bytes | None:
    if sys.platform == "darwin":
        return _darwin_seed()
    if sys.platform == "win32":
        return _windows_seed()
    for path in _MACHINE_ID_FILES:
        with contextlib.suppress(OSError):
            found = path.read_bytes().strip()
            # systemd writes "uninitialized" during the first boot.
            if re.fullmatch(rb"[0-9a-f]{32}", found):
                return found
    return None


def _darwin_seed() -> bytes | None:
    command = ["/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice"]
    try:
        listing = subprocess.run(command, capture_output=True, timeout=10, check=True).stdout  # noqa: S603 - a fixed command
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(rb'"IOPlatformUUID" = "([0-9A-F-]{36})"', listing)
    return found[1] if found else None


def _windows_seed() -> bytes | None:
    if sys.platform != "win32":
        return None
    import winreg

    try:
        with winreg.OpenKey(
            winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography", 0, winreg.KEY_READ | winreg.KEY_WOW64_64KEY
        ) as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0]).encode()
    except OSError:
        return None


def _own_seed(cache_dir: Path) -> bytes:
    path = cache_dir / "machine"
    for _ in range(2):
        with contextlib.suppress(OSError):
            seed = path.read_bytes()
            if len(seed) == 32:
                return seed
        try:
            _create_once(path, secrets.token_bytes(32))
        except OSError as error:
            raise ConfigurationError(
                f"{cache_dir} cannot be written ({error.strerror}): without a file there, every start would count as a "
                f"new machine and take another seat. Make it writable, choose another cache_dir, or set {VARIABLE}."
            ) from error
    raise ConfigurationError(f"{path} is damaged. Remove it: the machine then counts as a new one.")


def _create_once(path: Path, seed: bytes) -> None:
    """Of processes that start together the first one's seed stays."""
    mine = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    write_private(mine, seed)
    try:
        os.link(mine, path)
    except FileExistsError:
        pass
    finally:
        mine.unlink()
