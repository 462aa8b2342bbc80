"""What of an audit row is sealed: everything, in one canonical form."""

import ipaddress
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import TypedDict, cast
from uuid import UUID

import rfc8785

from apps.domain.signing.merkle import prove

COLUMNS = "id, tenant_id, license_id, user_id, action, hardware_id, host(ip_address), user_agent, metadata, created_at"
_SEAL_DOMAIN = b"\x02"  # leaves are 0, nodes are 1 (merkle.py)

Row = tuple[int, UUID, UUID | None, UUID | None, str, str, str | None, str, dict[str, object], datetime]
"""COLUMNS, as PostgreSQL gives them."""


class _Sealed(TypedDict):
    id: str
    tenant_id: str
    license_id: str | None
    user_id: str | None
    action: str
    hardware_id: str
    ip_address: str | None
    user_agent: str
    metadata: dict[str, object]
    created_at: str


def row_of(columns: tuple[object, ...]) -> Row:
    """COLUMNS as a cursor of Django gives them, which leaves JSON undecoded."""
    metadata = json.loads(columns[8]) if isinstance(columns[8], str) else columns[8]
    return cast("Row", (*columns[:8], metadata, columns[9]))


def leaf(row: Row) -> bytes:
    """SHA-256 of the row's canonical JSON (RFC 8785), 32 bytes. Numbers beyond JSON's are texts."""
    number, tenant_id, license_id, user_id, action, hardware_id, ip, agent, metadata, created_at = row
    sealed = _Sealed(
        id=str(number),
        tenant_id=str(tenant_id),
        license_id=_text(license_id),
        user_id=_text(user_id),
        action=action,
        hardware_id=hardware_id,
        ip_address=None if ip is None else str(ipaddress.ip_address(ip)),
        user_agent=agent,
        metadata=metadata,
        created_at=created_at.astimezone(UTC).isoformat(timespec="microseconds"),
    )
    return sha256(rfc8785.dumps(sealed)).digest()  # type: ignore[arg-type]  # rfc8785 knows dicts, not TypedDicts


def seal_root(*, previous_root: bytes, leaves: list[bytes]) -> bytes:
    """SHA-256 over the previous root (empty for the first), the number of leaves and their Merkle root."""
    merkle_root, _ = prove(leaves)
    return sha256(_SEAL_DOMAIN + previous_root + len(leaves).to_bytes(8, "big") + merkle_root).digest()


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)
