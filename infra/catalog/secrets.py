"""Secrets: their names, what they are, and how often they change. Never a value."""

from dataclasses import dataclass
from enum import StrEnum

SECRET_DIRECTORY = "/var/run/secrets/coditect"  # noqa: S105 - the directory where pods read them, not a secret


class Filler(StrEnum):
    """Who puts the first and every further version into Secret Manager."""

    OPERATOR = "operator"  # a person, from the third party's console: docs/runbooks/secrets.md
    GENERATED = "generated"  # random bytes, by the procedure of docs/runbooks/secrets.md
    PLATFORM = "platform"  # the platform itself, from a resource that makes the value


@dataclass(frozen=True, kw_only=True)
class Secret:
    """One secret of Secret Manager; a pod reads it as a file of the same name.

    rotation_days: at most this old; Secret Manager reminds on a topic.
    """

    name: str
    purpose: str
    rotation_days: int
    filled_by: Filler


SECRETS: tuple[Secret, ...] = (
    Secret(
        name="django-secret-key",
        purpose="Signs cookies and one-time links of the Django processes",
        rotation_days=90,
        filled_by=Filler.GENERATED,
    ),
    Secret(
        name="jwt-keys",
        purpose="HMAC keys of access tokens, by key id, and which one signs",
        rotation_days=90,
        filled_by=Filler.GENERATED,
    ),
    Secret(
        name="ide-jwt-keys",
        purpose="HMAC keys with which the Cloud IDE verifies access tokens",
        rotation_days=90,
        filled_by=Filler.GENERATED,
    ),
    Secret(
        name="agentflow-jwt-keys",
        purpose="HMAC keys with which AgentFlow verifies access tokens",
        rotation_days=90,
        filled_by=Filler.GENERATED,
    ),
    Secret(
        name="redis-auth",
        purpose="AUTH string of Memorystore",
        rotation_days=90,
        filled_by=Filler.PLATFORM,
    ),
    Secret(
        name="redis-ca",
        purpose="Certificate authority of Memorystore: public, but pods need it as a file beside the AUTH string",
        rotation_days=365,
        filled_by=Filler.PLATFORM,
    ),
    Secret(
        name="stripe-secret-key", purpose="Restricted API key of Stripe", rotation_days=90, filled_by=Filler.OPERATOR
    ),
    Secret(
        name="stripe-webhook-secret",
        purpose="Verifies the signature of Stripe's webhooks",
        rotation_days=365,
        filled_by=Filler.OPERATOR,
    ),
    Secret(name="sendgrid-api-key", purpose="Sends mail", rotation_days=90, filled_by=Filler.OPERATOR),
    Secret(name="zendesk-api-token", purpose="Opens support tickets", rotation_days=90, filled_by=Filler.OPERATOR),
    Secret(
        name="pagerduty-service-key",
        purpose="Pages whoever is on call (read by the alert channel alone)",
        rotation_days=365,
        filled_by=Filler.OPERATOR,
    ),
    Secret(
        name="google-oauth-client-secret",
        purpose="Sign in with Google (read by Identity Platform alone)",
        rotation_days=365,
        filled_by=Filler.OPERATOR,
    ),
    Secret(
        name="github-oauth-client-secret",
        purpose="Sign in with GitHub (read by Identity Platform alone)",
        rotation_days=365,
        filled_by=Filler.OPERATOR,
    ),
)

# Read by the program when it configures Identity Platform and the alert channels, not by a pod.
PLATFORM_SECRETS: frozenset[str] = frozenset(
    {"google-oauth-client-secret", "github-oauth-client-secret", "pagerduty-service-key"}
)
