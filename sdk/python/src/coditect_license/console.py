"""What the command line is told, and how it answers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO, Union

from coditect_license.client import LicenseClient
from coditect_license.errors import ConfigurationError, LicenseError, NoSeats
from coditect_license.settings import Parts, build
from coditect_license.version import VERSION

Answer = Mapping[str, Union[str, float, bool, None]]


@dataclass(frozen=True)
class Options:
    """The options every action has. public_keys: PEM texts, or None to fetch the keys."""

    api_url: str
    token_file: Path | None
    ca_file: Path | None
    cache_dir: Path
    public_keys: tuple[str, ...] | None

    @property
    def has_token(self) -> bool:
        """Whether a token was named at all."""
        return self.token_file is not None or "CODITECT_TOKEN" in os.environ

    def token(self) -> str:
        """The token now: a file may be renewed while a command runs. Raises ConfigurationError.

        Never an argument: the command lines of a machine can be read by all its users.
        """
        if self.token_file is not None:
            try:
                return self.token_file.read_text()
            except OSError as error:
                raise ConfigurationError(
                    f"The token file {self.token_file} cannot be read: {error.strerror}."
                ) from None
        if "CODITECT_TOKEN" not in os.environ:
            raise ConfigurationError(
                "No access token: sign in, and put the token in CODITECT_TOKEN, or in a file named by --token-file or "
                "CODITECT_TOKEN_FILE."
            )
        return os.environ["CODITECT_TOKEN"]

    def parts(self) -> Parts:
        """What a client is made of, for the actions that need less than a client. Raises ConfigurationError."""
        return build(
            api_url=self.api_url,
            token=self.token,
            ca_file=self.ca_file,
            cache_dir=self.cache_dir,
            public_keys=self.public_keys,
            chosen_hardware_id=None,
            version=VERSION,
        )

    def client(self, *, wait: float = 0.0) -> LicenseClient:
        """A client as told. Raises ConfigurationError."""
        self.token()
        return LicenseClient(
            self.token,
            api_url=self.api_url,
            ca_file=self.ca_file,
            cache_dir=self.cache_dir,
            public_keys=self.public_keys,
            version=VERSION,
            wait=wait,
        )


@dataclass(frozen=True)
class Console:
    """Answers go to `out`, errors to `err`; both as JSON if asked for."""

    as_json: bool
    out: TextIO
    err: TextIO

    def tell(self, answer: Answer, text: str) -> None:
        """Answer with `answer` in JSON, else with `text`."""
        self.out.write((json.dumps(answer) if self.as_json else text) + "\n")
        self.out.flush()

    def fail(self, error: LicenseError) -> None:
        """Say what went wrong."""
        if self.as_json:
            retry_after = getattr(error, "retry_after", None)
            problem = {
                "error": type(error).__name__,
                "code": error.code,
                "detail": str(error),
                "retry_after": retry_after,
            }
            self.err.write(json.dumps(problem) + "\n")
            return
        hint = " Wait for one with --wait." if isinstance(error, NoSeats) else ""
        self.err.write(f"coditect-license: {error}{hint}\n")
