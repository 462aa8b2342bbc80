"""Everything that differs between stacks, as one model."""

from typing import Self

from pydantic import model_validator

from infra.settings.foundation import Cluster, Domains, Google, Network
from infra.settings.stores import Cache, Database, Secrets, Signing
from infra.settings.traffic import (
    Addons,
    Budget,
    Delivery,
    Dns,
    Edge,
    Ide,
    Identity,
    Observability,
    Workloads,
)
from infra.settings.vocabulary import (
    PROJECT,
    Availability,
    CacheTier,
    DatabaseAuthentication,
    Protection,
    Section,
    StackName,
    setting,
)


class Settings(Section):
    """Everything that differs between stacks."""

    stack: StackName = setting("The stack these settings are of.", "A stack would be deployed with another's settings.")
    standby_of: StackName | None = setting(
        "The stack whose durable parts (VPC, replica, keys, secrets, zones, registry) this one takes over.",
        "They would be made twice.",
        None,
    )
    google: Google
    domains: Domains
    network: Network
    cluster: Cluster
    database: Database
    cache: Cache
    signing: Signing
    secrets: Secrets
    identity: Identity
    edge: Edge
    dns: Dns
    workloads: Workloads = Workloads()
    ide: Ide = Ide()
    addons: Addons = Addons()
    observability: Observability
    delivery: Delivery
    budget: Budget

    @property
    def is_production(self) -> bool:
        """Whether customers depend on it: production, and the region that stands in for it."""
        return self.stack in {StackName.PROD, StackName.DR}

    @property
    def prefix(self) -> str:
        """Start of every physical name."""
        return f"{PROJECT}-{self.stack}"

    @property
    def durable_location(self) -> str:
        """Where images are kept: `us` where another region must be able to take over, or has; else the region."""
        return "us" if self.database.replica_region or self.standby_of else self.google.region.value

    @model_validator(mode="after")
    def _production_is_safe(self) -> Self:
        if not self.is_production:
            return self
        if spot := [p.name for p in self.cluster.pools if p.spot]:
            raise ValueError(
                f"cluster.pools: {', '.join(spot)} is spot: production would lose nodes at will. Write spot: false."
            )
        if self.database.availability is not Availability.REGIONAL:
            raise ValueError("database.availability is ZONAL: losing a zone would lose the database. Write REGIONAL.")
        if self.cache.tier is not CacheTier.STANDARD_HA:
            raise ValueError("cache.tier is BASIC: maintenance alone would empty it. Write STANDARD_HA.")
        if self.signing.protection is not Protection.HSM:
            raise ValueError("signing.protection is SOFTWARE: production signs in hardware. Write HSM.")
        if self.budget.billing_account is None and self.standby_of is None:
            raise ValueError(
                "budget.billing_account is null: nobody would be told when production costs more than "
                "budget.monthly_usd. Write the id that `gcloud billing accounts list` shows."
            )
        if "localhost" in self.identity.extra_domains:
            raise ValueError(
                "identity.extra_domains has localhost: any program on a user's machine could "
                "start a sign-in. Remove it."
            )
        if self.workloads.log_level == "DEBUG":
            raise ValueError("workloads.log_level is DEBUG: production logs would hold personal data. Write INFO.")
        return self

    @model_validator(mode="after")
    def _standby_is_complete(self) -> Self:
        takes_over = {
            "network.shared_vpc": self.network.shared_vpc,
            "database.promoted_replica": self.database.promoted_replica,
            "signing.existing_ring": self.signing.existing_ring,
        }
        for key, value in takes_over.items():
            if (value is not None) != (self.standby_of is not None):
                raise ValueError(
                    f"{key} is {value!r} while standby_of is {self.standby_of}: they go together. "
                    "A standby names what it takes over; any other stack names none."
                )
        if self.standby_of is not None and self.dns.manage:
            raise ValueError("dns.manage is true in a standby: two stacks would fight over the zones. Write false.")
        if self.standby_of is not None and self.budget.billing_account is not None:
            raise ValueError(
                f"budget.billing_account is set in a standby: {self.standby_of} has the budget of their one project, "
                "and everyone would be told twice. Write null."
            )
        return self

    @model_validator(mode="after")
    def _password_only_locally(self) -> Self:
        if (self.database.authentication is DatabaseAuthentication.PASSWORD) != (self.stack is StackName.LOCAL):
            raise ValueError(
                "database.authentication: `password` is for the local stack, `iam` for all others: "
                "a cloud database with passwords has secrets that nobody rotates."
            )
        return self

    @model_validator(mode="after")
    def _somebody_fills(self) -> Self:
        if not self.secrets.filled and self.stack is StackName.LOCAL:
            raise ValueError(
                "secrets.filled is false: on one machine nobody fills secrets, the platform makes them as pods ask. "
                "Nothing would ever run. Remove it."
            )
        return self
