"""What a stack is assumed to be used for in a month: `stacks/usage/<stack>.yaml`, each figure with its reason."""

from decimal import Decimal
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coditect.cost.book import Exact
from coditect.cost.errors import CostError
from coditect.graph.configuration import STACKS, stack_names

DIRECTORY = STACKS / "usage"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Quantity(_Part):
    """An assumed amount. reason: why this much, so that someone can disagree."""

    value: Exact
    reason: str = Field(min_length=10)


class Usage(_Part):
    """A month's use of a stack. GiB are 2**30 bytes; what Google bills as GB is counted alike."""

    users: Quantity = Field(description="People who sign in within the month.")
    requests_millions: Quantity = Field(description="Requests that reach the load balancer.")
    ingress_gib: Quantity = Field(description="Bytes of requests through the load balancer.")
    egress_gib: Quantity = Field(description="Bytes of replies to the internet that no cache kept.")
    cdn_egress_gib: Quantity = Field(description="Bytes that Cloud CDN answered.")
    cdn_fill_gib: Quantity = Field(description="Bytes that Cloud CDN fetched from the pods.")
    cdn_lookups_millions: Quantity = Field(description="Requests that Cloud CDN looked up.")
    nat_gib: Quantity = Field(description="Bytes that pods exchange with third parties.")
    dns_queries_millions: Quantity = Field(description="Queries answered by the public and private zones.")
    signatures: Quantity = Field(description="Operations of the signing key; one signs a whole batch of leases.")
    encryptions: Quantity = Field(description="Operations of the keys that encrypt stores.")
    versions_of_a_rotated_key: Quantity = Field(description="Versions that exist of a key which rotates by itself.")
    versions_of_a_secret: Quantity = Field(description="Versions that are not destroyed, of each secret.")
    secret_accesses: Quantity = Field(description="Reads of secrets, by pods that start and by rotation.")
    log_gib: Quantity = Field(description="Logs kept after exclusions.")
    registry_gib: Quantity = Field(description="Container images kept.")
    database_backup_gib: Quantity = Field(description="Backups kept of the database; they are incremental.")
    payments: Quantity = Field(description="Card payments; the fees are printed, but are not in the total.")
    payments_usd: Quantity = Field(description="What these payments amount to.")
    sendgrid_plans: Quantity = Field(description="SendGrid plans of 40,000 mails.")
    zendesk_plans: Quantity = Field(description="Zendesk Team plans.")


def parse(content: str, source: str) -> Usage:
    """Usage of a YAML text. Raises CostError that names the figure."""
    try:
        return Usage.model_validate(yaml.safe_load(content))
    except yaml.YAMLError as error:
        raise CostError(f"{source} is not YAML, so nothing can be priced: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise CostError(
            f"{source}: {where}: {first['msg']}. Every figure needs a `value` in quotes and a `reason`."
        ) from None


def load(stack: str, directory: Path = DIRECTORY) -> Usage:
    """The assumptions for a stack. Raises CostError where there are none."""
    path = directory / f"{stack}.yaml"
    if not path.exists():
        if stack not in stack_names():
            raise CostError(f"There is no stack {stack!r}. There are: {', '.join(stack_names())}.").of_usage()
        raise CostError(
            f"stacks/usage/{path.name} is missing, so the usage of {stack} cannot be priced. "
            "Copy another stack's file and change its figures; a stack that is never deployed has none."
        )
    return parse(path.read_text(), f"stacks/usage/{path.name}")


def scaled(usage: Usage, **values: Decimal) -> Usage:
    """The same with other amounts, by name."""
    changed = {name: Quantity(value=value, reason="Computed by a growth formula.") for name, value in values.items()}
    return usage.model_copy(update=changed)
