"""Who is who, and who is told what: identities, secret readers and environments, from catalogue and settings alone."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from infra.catalog import Catalog
from infra.catalog.names import Namespace, Need, Origin, Zone
from infra.catalog.secrets import SECRET_DIRECTORY, Filler, Secret
from infra.catalog.services import Service
from infra.components import foundationdb
from infra.components.accounts import account_email
from infra.components.database_instance import serving_instance
from infra.components.encryption import Use, key_name
from infra.components.endpoint_groups import group_name
from infra.components.hosts import host_name, hosts_of
from infra.components.observability_budget import Spending
from infra.components.observability_queries import WatchedDatabase
from infra.settings import PROJECT, Settings
from infra.settings.vocabulary import DatabaseAuthentication

# Images that are neither ours nor Google's own: those of the add-ons. Binary authorization lets nothing else start.
ADDON_IMAGES = (
    "quay.io/jetstack/**",
    "quay.io/prometheus-operator/**",
    "quay.io/prometheus/**",
    "registry.k8s.io/ingress-nginx/**",
)
# What the Cloud SQL proxy listens on inside a pod, and PostgreSQL itself everywhere.
DATABASE_PORT = 5432
_DATABASE_ROLES = ("roles/cloudsql.client", "roles/cloudsql.instanceUser")


@dataclass(frozen=True, kw_only=True)
class Party:
    """Someone a pod runs as: a Kubernetes service account and the Google account behind it.

    service: the service whose secrets it may read; None for a party without secrets.
    database: name of the database it signs in to; None for none.
    """

    name: str
    namespace: Namespace
    service: str | None = None
    database: str | None = None
    is_migrator: bool = False

    @property
    def roles(self) -> tuple[str, ...]:
        """Roles in the whole project: connecting to the database, and signing in to it."""
        return _DATABASE_ROLES if self.database is not None else ()


def migrator(service: Service) -> str:
    """Name of the party that migrates a service's database; it owns the tables, which the service itself does not."""
    return f"{service.name}-migrate"


def parties(catalog: Catalog) -> tuple[Party, ...]:
    """Everyone who needs a Google account: services of ours, services that use a back end or a secret, migrators."""
    found: list[Party] = []
    for service in catalog.services:
        if service.origin is Origin.OURS or service.needs or service.secrets:
            found.append(
                Party(
                    name=service.name,
                    namespace=service.namespace,
                    service=service.name,
                    database=service.database,
                )
            )
        if service.migration is not None:
            found.append(
                Party(
                    name=migrator(service),
                    namespace=service.namespace,
                    service=service.name,
                    database=service.database,
                    is_migrator=True,
                )
            )
    found.append(Party(name=foundationdb.BACKUP, namespace=Namespace.IDE))
    return tuple(found)


def secrets(catalog: Catalog, settings: Settings) -> tuple[Secret, ...]:
    """The catalogue's secrets, and where there is no IAM a password for each party of the database."""
    return catalog.secrets + tuple(
        Secret(
            name=password_secret(party),
            purpose=f"Database password of {party.name}",
            rotation_days=90,
            filled_by=Filler.GENERATED,
        )
        for party in parties(catalog)
        if settings.database.authentication is DatabaseAuthentication.PASSWORD and party.database is not None
    )


def password_secret(party: Party) -> str:
    return f"database-password-{party.name}"


def secrets_of(party: Party, catalog: Catalog, settings: Settings) -> tuple[str, ...]:
    """Names of the secrets that a party reads as files. A migrator reads none of its service's: it serves nobody."""
    if party.service is None:
        return ()
    own = () if party.is_migrator else catalog.service(party.service).secrets
    if settings.database.authentication is DatabaseAuthentication.PASSWORD and party.database is not None:
        return (*own, password_secret(party))
    return own


def readers(catalog: Catalog, settings: Settings) -> Mapping[str, tuple[str, ...]]:
    """For every secret, the names of the parties that may read it."""
    return {
        secret.name: tuple(
            party.name for party in parties(catalog) if secret.name in secrets_of(party, catalog, settings)
        )
        for secret in secrets(catalog, settings)
    }


def filled_by_hand(catalog: Catalog, settings: Settings) -> tuple[Secret, ...]:
    """The secrets that a person fills before anything may read them: those that pods mount, and what the settings turn
    on. A standby has none: it reads those of the stack it stands in for."""
    if settings.standby_of is not None:
        return ()
    read_here = {
        "google-oauth-client-secret": settings.identity.google_client_id is not None,
        "github-oauth-client-secret": settings.identity.github_client_id is not None,
        "pagerduty-service-key": settings.observability.pagerduty,
    }
    mounted = {name for name, parties in readers(catalog, settings).items() if parties}
    return tuple(
        secret
        for secret in secrets(catalog, settings)
        if secret.filled_by is not Filler.PLATFORM and (secret.name in mounted or read_here.get(secret.name, False))
    )


def file_variable(secret: str) -> str:
    """Environment variable that tells a process where a secret's file is: `jwt-keys` is told as JWT_KEYS_FILE."""
    return f"{secret.upper().replace('-', '_')}_FILE"


@dataclass(frozen=True, kw_only=True)
class BackEnds:
    """What the processes are told about the back ends.

    signing_key: the key without a version: a new version signs by itself once every process has published it.
    database_host: null where a proxy stands in the pod. database_users: names in PostgreSQL, by party.
    """

    database_host: pulumi.Output[str] | None
    cache_url: pulumi.Input[str]
    signing_key: pulumi.Input[str]
    database_users: Mapping[str, pulumi.Output[str]]


def environment(party: Party, catalog: Catalog, settings: Settings, ends: BackEnds) -> Mapping[str, pulumi.Input[str]]:
    """Environment of a party's processes, without what the workload itself knows (PORT, METRICS_PORT).

    No value is secret: secrets are files, and a variable says where.
    """
    if party.service is None:
        return {}
    told: dict[str, pulumi.Input[str]] = {"LOG_LEVEL": settings.workloads.log_level}
    for name in secrets_of(party, catalog, settings):
        variable = "DATABASE_PASSWORD_FILE" if name == password_secret(party) else file_variable(name)
        told[variable] = f"{SECRET_DIRECTORY}/{name}"
    if party.database is not None:
        told |= {
            "DATABASE_HOST": "127.0.0.1" if ends.database_host is None else ends.database_host,
            "DATABASE_PORT": str(DATABASE_PORT),
            "DATABASE_NAME": party.database,
            "DATABASE_USER": ends.database_users[party.name],
        }
    if party.is_migrator:
        # It owns the tables, and lets in exactly those that use them.
        users = [
            ends.database_users[p.name]
            for p in parties(catalog)
            if p.database == party.database and p.database is not None and not p.is_migrator
        ]
        told["DATABASE_APP_USERS"] = pulumi.Output.all(*users).apply(lambda names: ",".join(map(str, names)))
        return told
    return {**told, **_serving(catalog.service(party.service), catalog, settings, ends)}


def _serving(service: Service, catalog: Catalog, settings: Settings, ends: BackEnds) -> Mapping[str, pulumi.Input[str]]:
    """What the processes of a service need beside its database, which its migration does not."""
    told: dict[str, pulumi.Input[str]] = {
        "ALLOWED_HOSTS": ",".join(hosts_of(service, catalog, settings.domains)),
        "SITE_URL": f"https://{settings.domains.site}",
        "DASHBOARD_URL": f"https://{host_name(Zone.APPS, 'app', settings.domains)}",
        "API_URL": f"https://{host_name(Zone.APPS, 'api', settings.domains)}",
    }
    if service.name == catalog.host(Zone.SITE, "mta-sts").fallback:
        told["MTA_STS_MX"] = settings.dns.mx_host
    for called in map(catalog.service, service.calls):
        variable = f"{called.name.upper().replace('-', '_')}_URL"
        told[variable] = f"http://{called.name}.{called.namespace}.svc.cluster.local:{called.port}"
    if Need.CACHE in service.needs:
        told["REDIS_URL"] = ends.cache_url
    if Need.SIGNING_KEY in service.needs:
        told["SIGNING_KEY"] = ends.signing_key
        told["SIGNING_ROTATION_GRACE_DAYS"] = str(settings.signing.rotation_grace_days)
    return told


def signs(party: Party, catalog: Catalog) -> bool:
    """Whether a party may sign leases: the service that needs the key, never whoever migrates its tables."""
    return (
        party.service is not None and not party.is_migrator and Need.SIGNING_KEY in catalog.service(party.service).needs
    )


def durable_prefix(settings: Settings) -> str:
    """Start of the names of durable parts: a standby takes over those of the stack it stands in for."""
    return f"{PROJECT}-{settings.standby_of or settings.stack}"


def account_prefix(settings: Settings) -> str:
    """Start of the names of Kubernetes accounts that stand for a Google account.

    A workload pool belongs to a project, and knows a pod by namespace and account alone, not by cluster
    (https://docs.cloud.google.com/kubernetes-engine/docs/concepts/workload-identity, "Identity sameness"): a standby's
    pods would be those of the stack it stands in for. Everywhere else names stay as they are.
    """
    return "" if settings.standby_of is None else f"{settings.stack}-"


def image_repository(settings: Settings) -> str:
    """What every image name of the stack starts with."""
    google = settings.google
    return f"{settings.durable_location}-docker.pkg.dev/{google.project}/{durable_prefix(settings)}-images"


def neg_name(service: Service, settings: Settings) -> str:
    """Name of a service's network endpoint group in every zone: GKE makes it, the load balancer refers to it."""
    return group_name(settings.prefix, service)


def stateful_namespaces(catalog: Catalog) -> tuple[str, ...]:
    """Namespaces whose pods keep volumes: their backups are the only copy of what is on them."""
    return tuple(sorted({service.namespace.value for service in catalog.services if service.stateful}))


def email_of(party: Party, settings: Settings) -> str:
    """Address that a party's account will have, for a chart, which is rendered before anything exists."""
    return account_email(settings.prefix, party.name, settings.google.project)


def secret_id(secret: Secret, settings: Settings) -> str:
    """Full name that a secret will have. What the platform fills is each stack's own: it comes from its own cache."""
    prefix = settings.prefix if secret.filled_by is Filler.PLATFORM else durable_prefix(settings)
    return f"projects/{settings.google.project}/secrets/{prefix}-{secret.name}"


def database_instance(settings: Settings) -> str:
    """Name of the only Cloud SQL instance that the stack's accounts may use."""
    return serving_instance(settings.prefix, settings.database)


def promoted_key(settings: Settings) -> str:
    """Full name of the key that a promoted replica was made with: that of the stack it was a replica in."""
    google = settings.google
    return key_name(google.project, google.region.value, durable_prefix(settings), Use.DATABASE)


def watched_databases(settings: Settings) -> tuple[WatchedDatabase, ...]:
    """The stack's instance and its replica: Cloud SQL wants as many connections of a replica as its primary has."""
    most = settings.database.max_connections
    own = WatchedDatabase(name=database_instance(settings), max_connections=most)
    if settings.database.replica_region is None:
        return (own,)
    replica = f"{settings.prefix}-postgres-{settings.database.replica_region}"
    return (own, WatchedDatabase(name=replica, max_connections=most, is_replica=True))


def spending(settings: Settings) -> Spending | None:
    """What the project may cost. A standby has no budget: it stands in the project of the stack that has one."""
    if settings.budget.billing_account is None or settings.standby_of is not None:
        return None
    return Spending(
        billing_account=settings.budget.billing_account,
        project_number=settings.google.project_number,
        monthly_usd=settings.budget.monthly_usd,
    )
