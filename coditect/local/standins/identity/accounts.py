"""The accounts of the Identity Toolkit, in a file."""

import hashlib
import hmac
import secrets
import threading
import time
from pathlib import Path

from pydantic import BaseModel, Field, TypeAdapter

_SCRYPT = {"n": 2**14, "r": 8, "p": 1}  # a few milliseconds: what is guarded is a demonstration


class Identity(BaseModel):
    """A provider's word for who someone is. raw_id: the provider's own id."""

    provider_id: str
    raw_id: str
    email: str
    display_name: str
    photo_url: str


class Account(BaseModel):
    """One account. Times are Unix, in milliseconds. password: salt and scrypt hash in hex, joined by a colon."""

    local_id: str
    email: str
    email_verified: bool = False
    display_name: str = ""
    photo_url: str = ""
    password: str | None = None
    disabled: bool = False
    created_at: int = Field(default_factory=lambda: int(time.time() * 1000))
    last_login_at: int = 0
    identities: list[Identity] = Field(default_factory=list)
    refresh_tokens: list[str] = Field(default_factory=list)

    def set_password(self, password: str) -> None:
        """Whoever was signed in before must sign in again, as at Google."""
        salt = secrets.token_bytes(16)
        self.password = f"{salt.hex()}:{_hash(password, salt).hex()}"
        self.refresh_tokens.clear()

    def has_password(self, password: str) -> bool:
        if self.password is None:
            return False
        salt, _, kept = self.password.partition(":")
        return hmac.compare_digest(_hash(password, bytes.fromhex(salt)).hex(), kept)


class OneTimeCode(BaseModel):
    """A code that would be mailed. kind: VERIFY_EMAIL, PASSWORD_RESET or EMAIL_SIGNIN."""

    code: str
    kind: str
    email: str
    ends_at: float


class _State(BaseModel):
    accounts: list[Account] = Field(default_factory=list)
    codes: list[OneTimeCode] = Field(default_factory=list)


_STATE = TypeAdapter(_State)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_SCRYPT)


class AccountStore:
    """All accounts and open codes. Hold `lock` around what reads and then writes; `save` ends it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.lock = threading.RLock()
        self._state = _STATE.validate_json(file.read_bytes()) if file.exists() else _State()

    @property
    def accounts(self) -> list[Account]:
        return self._state.accounts

    @property
    def codes(self) -> list[OneTimeCode]:
        return [code for code in self._state.codes if code.ends_at > time.time()]

    def by_id(self, local_id: str) -> Account | None:
        return next((each for each in self.accounts if each.local_id == local_id), None)

    def by_email(self, email: str) -> Account | None:
        return next((each for each in self.accounts if each.email == email.lower()), None)

    def by_identity(self, provider_id: str, raw_id: str) -> Account | None:
        return next(
            (
                each
                for each in self.accounts
                if any(i.provider_id == provider_id and i.raw_id == raw_id for i in each.identities)
            ),
            None,
        )

    def by_refresh_token(self, token: str) -> Account | None:
        return next((each for each in self.accounts if token in each.refresh_tokens), None)

    def create(self, *, email: str) -> Account:
        account = Account(local_id=secrets.token_urlsafe(21)[:28], email=email.lower())
        self.accounts.append(account)
        return account

    def add_code(self, *, kind: str, email: str) -> OneTimeCode:
        code = OneTimeCode(code=secrets.token_urlsafe(40), kind=kind, email=email.lower(), ends_at=time.time() + 3600)
        self._state.codes = [*self.codes, code]
        return code

    def take_code(self, code: str, kind: str) -> OneTimeCode | None:
        """The code, which is used by this; None when it is unknown, used, over, or of another kind."""
        found = next((each for each in self.codes if each.code == code and each.kind == kind), None)
        if found is not None:
            self._state.codes.remove(found)
        return found

    def save(self) -> None:
        temporary = self._file.with_suffix(".new")
        temporary.touch(mode=0o600)
        temporary.write_bytes(_STATE.dump_json(self._state, indent=2))
        temporary.replace(self._file)
