"""The third parties that have a stand-in: how each is started, and where it may be told which secret.

The secrets are those the platform gives the gateway: one file, read by both sides, as a real account's key would be.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

WEBHOOK_PATH = "/api/stripe/webhook"


@dataclass(frozen=True, kw_only=True)
class ThirdParty:
    """module: of coditect.local.standins. secrets: an option and the catalogue's name of the secret it takes as a file.

    takes_webhook: it sends events to an address of the platform.
    """

    name: str
    module: str
    about: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    takes_webhook: bool = False

    def command(
        self,
        *,
        port: int,
        state: Path,
        secret_files: Mapping[str, Path],
        webhook: str | None = None,
        authority: Path | None = None,
    ) -> tuple[str, ...]:
        """The process. secret_files: of each secret by its name; one that is missing is not asked for by the stand-in.

        webhook: the site's own address, such as https://coditect.com.localhost:8443. authority: its certificate's.
        """
        found = {option: secret_files[secret] for option, secret in self.secrets.items() if secret in secret_files}
        command = [sys.executable, "-m", f"coditect.local.standins.{self.module}"]
        command += ["--port", str(port), "--state", str(state)]
        sends = self.takes_webhook and webhook is not None and "--webhook-secret-file" in found
        if sends:
            command += ["--webhook", f"{webhook}{WEBHOOK_PATH}"]
            if authority is not None:
                command += ["--webhook-ca-file", str(authority)]
        for option, file in found.items():
            if sends or option != "--webhook-secret-file":
                command += [option, str(file)]
        return tuple(command)


THIRD_PARTIES: tuple[ThirdParty, ...] = (
    ThirdParty(
        name="stripe",
        module="stripe",
        about="Prices, payments and the events they cause; pay with 4242 4242 4242 4242",
        secrets={"--api-key-file": "stripe-secret-key", "--webhook-secret-file": "stripe-webhook-secret"},
        takes_webhook=True,
    ),
    ThirdParty(
        name="mailbox",
        module="mailbox",
        about="Every mail that the platform sends",
        secrets={"--api-key-file": "sendgrid-api-key"},
    ),
    ThirdParty(name="identity", module="identity", about="Accounts, and signing in with Google and GitHub"),
    ThirdParty(
        name="zendesk",
        module="zendesk",
        about="Support tickets, seen from the agent's side",
        secrets={"--api-token-file": "zendesk-api-token"},
    ),
)
