"""What a client is told by the application, checked."""

from __future__ import annotations

import ipaddress
import os
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Union
from urllib.parse import urlsplit

import httpx

from coditect_license.cache import LeaseCache
from coditect_license.clock import SystemClock
from coditect_license.errors import ConfigurationError
from coditect_license.hardware import checked, hardware_id
from coditect_license.keys import PublicKey, pinned_keys
from coditect_license.loopback import is_loopback_name
from coditect_license.seat import Seat
from coditect_license.seat_lock import SeatLock

DEFAULT_API_URL = "https://api.coditect.ai"
LONGEST_VERSION = 20  # what the service keeps of it
DEFAULT_CACHE_DIR = Path("~/.coditect")

Token = Union[str, Callable[[], str]]


@dataclass(frozen=True)
class Parts:
    """What the threaded and the asyncio client are made of. trust: None for the authorities of the system."""

    api_url: str
    token: Token
    trust: ssl.SSLContext | None
    hardware_id: str
    cache: LeaseCache
    pinned: Mapping[str, PublicKey] | None
    seat: Seat
    lock: SeatLock

    def known_keys(self) -> Mapping[str, PublicKey]:
        """The keys that leases verify with, as far as they are known without asking the service."""
        return self.cache.load_keys() if self.pinned is None else self.pinned


def build(
    *,
    api_url: str,
    token: Token,
    ca_file: Path | str | None,
    cache_dir: Path | str,
    public_keys: Iterable[str] | None,
    chosen_hardware_id: str | None,
    version: str,
) -> Parts:
    """Raises ConfigurationError."""
    api_url = checked_url(api_url)
    if len(version) > LONGEST_VERSION or not version.isprintable():
        raise ConfigurationError(
            f"version {version!r} is refused by the service: use at most {LONGEST_VERSION} characters."
        )
    root = Path(cache_dir).expanduser()
    directory = service_directory(root, api_url)
    clock = SystemClock()
    machine = checked(chosen_hardware_id) if chosen_hardware_id is not None else hardware_id(root)
    cache = LeaseCache(directory, clock=clock)
    pinned = None if public_keys is None else pinned_keys(public_keys)
    return Parts(
        api_url=api_url,
        token=token,
        trust=_trust(ca_file or os.environ.get("CODITECT_CA_FILE")),
        hardware_id=machine,
        cache=cache,
        pinned=pinned,
        seat=Seat(hardware_id=machine, version=version, cache=cache, clock=clock, pinned=pinned),
        lock=SeatLock(directory / "seat.lock"),
    )


def service_directory(root: Path, api_url: str) -> Path:
    """Where leases of this service are kept: those of staging are nothing to production."""
    return root / urlsplit(api_url).netloc.replace(":", "_")


def checked_url(api_url: str) -> str:
    """The service's address without a slash at its end. Raises ConfigurationError.

    Plain http only to this machine: the access token would travel readable.
    """
    try:
        # By what sends the requests: another reader could take another part for the host.
        parts = httpx.URL(api_url)
        host = parts.host
    except (httpx.InvalidURL, ValueError):  # ValueError: of idna. It may contain a password, so it is not repeated.
        raise ConfigurationError(f"api_url is no address of a service. Write for example {DEFAULT_API_URL}.") from None
    if parts.userinfo:
        raise ConfigurationError("api_url contains a password. Leave it out; the token is passed by itself.")
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise ConfigurationError(
            f"api_url {api_url!r} is no address of a service. Write for example {DEFAULT_API_URL}."
        )
    if parts.scheme == "http" and not _is_here(host):
        raise ConfigurationError(
            f"api_url {api_url!r} is not encrypted: the access token could be read on the way. Write https://."
        )
    return api_url.rstrip("/")


def read_token(token: Token) -> str:
    """The access token now. Raises ConfigurationError when there is none, or when it could not stand in a header."""
    try:
        text = (token() if callable(token) else token).strip()
    except Exception as error:  # the application's own function: whatever it raises, there is no token now
        raise ConfigurationError(f"The access token could not be had: {error!r}.") from error
    if not text or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError("The access token is empty or not a token: pass the text that the sign-in answered.")
    return text


def _trust(ca_file: Path | str | None) -> ssl.SSLContext | None:
    if not ca_file:
        return None
    try:
        return ssl.create_default_context(cafile=str(Path(ca_file).expanduser()))
    except OSError as error:  # ssl.SSLError, for what is no certificate, is one
        raise ConfigurationError(
            f"The authority's certificate {ca_file} cannot be used: {error.strerror or error}. "
            "ca_file (or CODITECT_CA_FILE) names a PEM file; leave it out to trust the system's authorities."
        ) from None


def _is_here(host: str) -> bool:
    try:
        return is_loopback_name(host) or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
