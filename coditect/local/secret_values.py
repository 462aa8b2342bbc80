"""Values of Secret Manager's secrets on this machine: made once, random, and kept in files of this user alone.

A secret's form follows its name, as docs/runbooks/secrets.md has it for whoever fills Secret Manager.
"""

import json
import secrets
import threading
from pathlib import Path

from coditect.local.layout import write_private


class SecretStore:
    """One file for each secret, named as in Secret Manager."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        # Pods start side by side, and two that read one secret must not each make a value of their own.
        self._making = threading.Lock()

    def value(self, secret: str) -> str:
        """The latest version; made when there is none yet."""
        path = self._directory / secret
        with self._making:
            if not path.exists():
                write_private(path, _fresh(secret))
            return path.read_text()

    def put(self, secret: str, value: str) -> None:
        """Write a value that comes from elsewhere: an authority's certificate."""
        with self._making:
            write_private(self._directory / secret, value)


def _fresh(secret: str) -> str:
    if secret.endswith("jwt-keys"):
        return json.dumps({"signing": "local-1", "keys": {"local-1": secrets.token_urlsafe(48)}})
    if secret.endswith("stripe-secret-key"):
        return f"sk_test_{secrets.token_hex(24)}"
    if secret.endswith("stripe-webhook-secret"):
        return f"whsec_{secrets.token_hex(24)}"
    if secret.endswith("sendgrid-api-key"):
        return f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}"
    return secrets.token_urlsafe(48)
