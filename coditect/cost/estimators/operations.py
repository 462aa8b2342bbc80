"""Sign-in, logs and monitoring."""

from collections.abc import Iterator

from coditect.cost.estimate import Free, Gap, Line, Pricing, Unpriced
from coditect.graph.model import Graph, Node
from coditect.graph.values import text

IDENTITY = "gcp:identityplatform/config:Config"
LOG_BUCKET = "gcp:logging/projectBucketConfig:ProjectBucketConfig"

_FREE_RETENTION_DAYS = 30


def identity(_node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Free]:
    """Monthly active users by tier. Google and GitHub are of the cheap kind; OIDC and SAML are not declared."""
    lines = list(pricing.metered("Monthly active users", pricing.usage.users.value, "identity.mau"))
    yield from lines
    if not lines:
        yield Free(why="Nobody is assumed to sign in.")


def log_bucket(node: Node, _graph: Graph, pricing: Pricing) -> Iterator[Line | Gap | Free]:
    """All logs are priced with the default bucket, whichever takes them; keeping them longer has no price here."""
    said: list[Line | Gap | Free] = []
    if text(node.inputs, "bucketId") == "_Default":
        said += pricing.metered("Logs of all buckets", pricing.usage.log_gib.value, "logging.ingest")
    days = node.input("retentionDays")
    if isinstance(days, int | float) and days > _FREE_RETENTION_DAYS:
        said.append(Unpriced.LOGS_KEPT.gap(f"{days:g} days"))
    yield from said or [Free(why="Its logs are counted with the default bucket.")]


ESTIMATORS = {IDENTITY: identity, LOG_BUCKET: log_bucket}
