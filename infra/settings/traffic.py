"""Settings of what meets users and operators: sign-in, edge, DNS, workloads, alerts, delivery, budget."""

import re
from typing import Literal, Self

from pydantic import model_validator

from infra.settings.vocabulary import DomainName, EmailAddress, OperatorCidr, Section, setting

# Key tag, algorithm, digest type 2 (SHA-256), digest (RFC 4034, section 5.3, and RFC 4509).
_DS = re.compile(r"\d{1,5} \d{1,3} 2 [0-9A-Fa-f]{64}")


class Identity(Section):
    """Identity Platform."""

    google_client_id: str | None = setting(
        "OAuth client id of Google; null turns the provider off. Its secret stands in Secret Manager.",
        "Sign in with Google fails.",
        None,
        pattern=r"^[0-9]+-[a-z0-9]+\.apps\.googleusercontent\.com$",
    )
    github_client_id: str | None = setting(
        "OAuth client id of GitHub; null turns the provider off.",
        "Sign in with GitHub fails.",
        None,
        pattern=r"^[A-Za-z0-9.]{10,40}$",
    )
    mfa: Literal["ENABLED", "MANDATORY"] = setting(
        "Second factor: offered, or asked of everyone.", "DISABLED would leave stolen passwords enough.", "ENABLED"
    )
    extra_domains: tuple[str, ...] = setting(
        "Further domains that may start a sign-in (`localhost` in dev only).",
        "Anyone's site could start a sign-in.",
        (),
    )


class Edge(Section):
    """Load balancer and Cloud Armor."""

    admin_allowed: tuple[OperatorCidr, ...] = setting(
        "Ranges that may open the staff admin.",
        "Without one, no one can; with a wide one, everyone can.",
        min_length=1,
        max_length=10,
    )
    log_sample_rate: float = setting("Share of requests logged, 0 to 1.", "Above 1 Google refuses it.", 1.0, ge=0, le=1)
    cdn: bool = setting("Whether Cloud CDN keeps static files.", "Static files travel from the pods each time.", True)


class Dkim(Section):
    selector: str = setting("DKIM selector.", "Receivers would find no key.", pattern=r"^[a-z0-9]{1,32}$")
    target: DomainName = setting(
        "Host that the selector's CNAME points to (given by the mail service).", "Mail fails DKIM."
    )


class Delegation(Section):
    """A domain below one of this stack's, whose zone another stack has."""

    domain: DomainName = setting("The domain of the other zone.", "Nobody would find it.")
    name_servers: tuple[DomainName, ...] = setting(
        "Name servers of that zone, as the other stack's output name_servers lists them.",
        "No resolver finds the zone, and no certificate of its names becomes active.",
        min_length=2,
    )
    ds: tuple[str, ...] = setting(
        "DS records of that zone: key tag, algorithm, digest type, digest (gcloud dns dns-keys list).",
        "A resolver that checks signatures refuses every answer of the zone, or checks none.",
        min_length=1,
    )

    @model_validator(mode="after")
    def _shaped(self) -> Self:
        if wrong := [record for record in self.ds if not _DS.fullmatch(record)]:
            raise ValueError(
                f"ds: {', '.join(wrong)}: a resolver would refuse every answer of {self.domain}. "
                "Write what `gcloud dns dns-keys list --format 'value(ds_record())'` prints, like 2371 13 2 1F98…"
            )
        return self


class Dns(Section):
    """Zones and what is particular to the accounts behind them."""

    manage: bool = setting(
        "Whether this stack owns the zones; the standby region does not.", "Two stacks would fight over a record.", True
    )
    mx_host: DomainName = setting("Google Workspace's documented MX host.", "Mail would be lost.", "smtp.google.com")
    mta_sts_id: str = setting(
        "Version of the MTA-STS policy: change it whenever the policy changes.",
        "Senders keep the old policy.",
        "20260101000000",
        pattern=r"^[A-Za-z0-9]{1,32}$",
    )
    dkim: tuple[Dkim, ...] = setting("DKIM selectors of SendGrid and Workspace.", "Mail is marked as spam.", ())
    delegations: tuple[Delegation, ...] = setting(
        "Domains below this stack's whose zones other stacks have.",
        "Nobody finds those stacks, and no certificate of theirs becomes active.",
        (),
    )


class Workloads(Section):
    """How the catalogue's services run in this stack."""

    replicas: dict[str, int] = setting(
        "Replicas of a service in place of the catalogue's floor.",
        "A service name that does not exist scales nothing.",
        {},
    )
    log_level: Literal["DEBUG", "INFO", "WARNING"] = setting(
        "Verbosity of the Django processes.", "DEBUG in production writes personal data.", "INFO"
    )

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if wrong := {name: count for name, count in self.replicas.items() if not 1 <= count <= 100}:
            raise ValueError(f"replicas: {wrong}: a service needs 1 to 100, or its routes end nowhere.")
        return self


class Ide(Section):
    """The Cloud IDE's stateful parts."""

    theia_disk_gib: int = setting(
        "Workspace disk of each Theia pod in GiB, 5 to 500.", "Workspaces fill up.", 20, ge=5, le=500
    )
    foundationdb_replicas: int = setting(
        "FoundationDB pods: 1, 3 or 5.", "An even number cannot agree on a coordinator.", 5, ge=1, le=5
    )
    foundationdb_disk_gib: int = setting(
        "Disk of each FoundationDB pod in GiB, 10 to 1,000.", "The store stops at full disk.", 50, ge=10, le=1000
    )

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.foundationdb_replicas % 2 == 0:
            raise ValueError(
                f"foundationdb_replicas is {self.foundationdb_replicas}: coordinators need a majority. Write 1, 3 or 5."
            )
        return self


class Addons(Section):
    ingress_nginx: bool = setting(
        "Installs ingress-nginx beside the load balancer.", "Nothing: the load balancer reaches pods without it.", False
    )


class Observability(Section):
    alert_email: EmailAddress = setting("Who reads alerts that may wait.", "Alerts would reach no one.")
    pagerduty: bool = setting(
        "Pages somebody; its key stands in Secret Manager.", "Urgent alerts would wait until morning.", False
    )
    prober_regions: tuple[Literal["USA", "EUROPE", "ASIA_PACIFIC", "SOUTH_AMERICA"], ...] = setting(
        "Where uptime checks come from; Google wants three locations, USA counts as three.",
        "One view of the world is no view.",
        ("USA", "EUROPE"),
    )


class Delivery(Section):
    """Who may deploy: a GitHub repository's workflows, without any key."""

    github_repository: str = setting(
        "owner/name of the repository whose workflows may deploy, for people; what is trusted are its numbers.",
        "Whoever reads the pool would look in the wrong place.",
        pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$",
    )
    github_repository_id: int = setting(
        "The repository's number: `gh api repos/OWNER/NAME --jq .id`.",
        "Another repository's workflow could deploy, or none.",
        gt=0,
    )
    github_owner_id: int = setting(
        "Its owner's number: `gh api repos/OWNER/NAME --jq .owner.id`.",
        "No workflow could deploy.",
        gt=0,
    )
    github_environment: str = setting(
        "GitHub environment that a deploying job must run in.",
        "A job of any branch could deploy.",
        pattern=r"^[a-z][a-z0-9-]{0,38}$",
    )
    github_ref: str = setting(
        "Branch or tag that a deploying job must run on, as Git names it in full.",
        "Code that nobody merged could deploy.",
        "refs/heads/main",
        pattern=r"^refs/(heads|tags)/[A-Za-z0-9_./-]+$",
    )


class Budget(Section):
    monthly_usd: int = setting(
        "What the project may cost in a month, US dollars.", "Nobody is told when it costs more.", gt=0
    )
    billing_account: str | None = setting(
        "Id of the billing account that pays for the project, for a budget on it. Null declares no budget: for a "
        "standby, which stands in a project that has one, and for stacks that are never deployed. Whoever deploys "
        "needs roles/billing.costsManager at the billing account: no role in the project gives it.",
        "The budget would be declared for an account that does not exist.",
        None,
        pattern=r"^[0-9A-F]{6}(-[0-9A-F]{6}){2}$",
    )
