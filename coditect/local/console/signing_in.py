"""Who is signed in: a signed cookie, and in every form a token that belongs to it."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable

COOKIE = "__Host-console"
LIFETIME_S = 12 * 3600


class Signatures:
    """Makes and checks cookies and form tokens with the key of this start of the platform."""

    def __init__(self, key: str, *, clock: Callable[[], float] = time.time) -> None:
        if len(key) < 32:
            raise ValueError("The console's key is too short. Start the platform again: coditect down; coditect up.")
        self._key = key.encode()
        self._clock = clock
        # Until when each would have been good. In memory: a console that is started again lets them in until `up`
        # makes a fresh key.
        self._revoked: dict[str, int] = {}

    def cookie(self) -> str:
        """A fresh cookie, good for twelve hours: `UNTIL.NONCE.SIGNATURE`."""
        content = f"{int(self._clock()) + LIFETIME_S}.{secrets.token_urlsafe(16)}"
        return f"{content}.{self._sign('cookie', content)}"

    def is_signed_in(self, cookie: str) -> bool:
        """Whether this is a cookie of ours that has neither run out nor been revoked."""
        return self._until(cookie) > self._clock() and cookie not in self._revoked

    def revoke(self, cookie: str) -> None:
        """Let it in no more, nor any copy of it. What is none of ours stays none."""
        now, until = self._clock(), self._until(cookie)
        self._revoked = {known: its for known, its in self._revoked.items() if its > now}
        if until > now:
            self._revoked[cookie] = until

    def _until(self, cookie: str) -> int:
        """When it runs out, in Unix time; 0 for what we did not sign."""
        content, _, signature = cookie.rpartition(".")
        is_ours = hmac.compare_digest(signature.encode(), self._sign("cookie", content).encode())
        return int(content.partition(".")[0]) if is_ours else 0

    def form_token(self, cookie: str) -> str:
        """What every form of this browser carries."""
        return self._sign("form", cookie)

    def is_form_token(self, token: str, cookie: str) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token(cookie).encode())

    def _sign(self, purpose: str, content: str) -> str:
        return hmac.new(self._key, f"{purpose}:{content}".encode(), hashlib.sha256).hexdigest()
