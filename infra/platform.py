"""The platform of one stack: which components there are, in order of dependency, and what they tell each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi
import pulumi_gcp as gcp
from pulumi.runtime.config import CONFIG, get_config_env

from infra import releases, wiring
from infra.catalog import CATALOG, Catalog
from infra.catalog.google import GOOGLE_APIS
from infra.catalog.names import Origin
from infra.catalog.operations import VOLUME_BACKUP_SCHEDULE, retention
from infra.components import foundationdb, hosts
from infra.components.accounts import Accounts, AccountsArgs, Identity
from infra.components.backup import Backup, BackupArgs
from infra.components.cache import Cache, CacheArgs
from infra.components.cache_exports import CacheExports, CacheExportsArgs
from infra.components.cluster import Cluster, ClusterArgs
from infra.components.database import Database, DatabaseArgs, DatabaseUser
from infra.components.delivery import Delivery, DeliveryArgs
from infra.components.dns import Dns, DnsArgs
from infra.components.edge import Edge, EdgeArgs
from infra.components.encryption import Encryption, EncryptionArgs, Use
from infra.components.identity import SignIn, SignInArgs
from infra.components.network import Network, NetworkArgs
from infra.components.observability import Observability, ObservabilityArgs
from infra.components.project import Project, ProjectArgs
from infra.components.registry import Registry, RegistryArgs
from infra.components.secrets import Secrets, SecretsArgs
from infra.components.signing import Signing, SigningArgs
from infra.settings import PROJECT, Settings, StackName, load
from infra.workloads import Workloads, WorkloadsArgs


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """What a stack tells its operators. Nothing here is secret, which a test holds.

    secrets_by_hand: full names of what a person fills and somebody reads, and how each is filled.
    site_address, apps_address, name_servers: not in the first pass of a first deployment.
    """

    cluster_name: pulumi.Output[str]
    cluster_endpoint: pulumi.Output[str]
    database_connection: pulumi.Output[str]
    signing_key: pulumi.Output[str]
    signing_public_key: pulumi.Output[str]
    repository_url: pulumi.Output[str]
    deployer: pulumi.Output[str]
    outgoing_address: pulumi.Output[str]
    secrets_by_hand: Mapping[str, str]
    site_address: pulumi.Output[str] | None = None
    apps_address: pulumi.Output[str] | None = None
    name_servers: Mapping[str, pulumi.Output[Sequence[str]]] | None = None


def deploy(catalog: Catalog = CATALOG) -> Outputs:
    """Declares everything of the current stack and exports its outputs.

    Raises SettingsError when the stack's settings or releases cannot be used.
    """
    stack = pulumi.get_stack()
    settings = load(stack, {**get_config_env(), **CONFIG.get()})
    outputs = Platform(settings, releases.load(stack, catalog), catalog).outputs
    for name, value in vars(outputs).items():
        if value is not None:
            pulumi.export(name, value)
    return outputs


class Platform:
    """Composes the components of one stack."""

    outputs: Outputs

    def __init__(self, settings: Settings, release: releases.Releases, catalog: Catalog) -> None:
        self._settings, self._release, self._catalog = settings, release, catalog
        self._prefix = settings.prefix
        self._project_id = settings.google.project
        self._region = settings.google.region.value
        # A stack whose loss costs an afternoon may be destroyed without ceremony.
        self._protect = settings.stack not in {StackName.DEV, StackName.LOCAL}
        self._is_standby = settings.standby_of is not None
        self._parties = wiring.parties(catalog)
        self._google = gcp.Provider(
            "google",
            project=self._project_id,
            region=self._region,
            # Identity Platform bills its calls to the project, not to whoever makes them.
            user_project_override=True,
            billing_project=self._project_id,
            default_labels={"platform": PROJECT, "stack": settings.stack.value},
        )
        self._foundation()
        self._stores()
        self._trust()
        self.outputs = self._told()
        if settings.secrets.filled:
            # From here on everything reads a secret's version, or stands behind what does.
            self._people()
            self._workloads = self._run()
            self._traffic()

    def _options(self, *after: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(provider=self._google, depends_on=list(after))

    def _foundation(self) -> None:
        """Project, encryption keys, network, cluster, and the accounts that pods run as."""
        settings, google = self._settings, self._settings.google
        self._project = Project(
            "project",
            ProjectArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                apis=GOOGLE_APIS,
                audit_retention=retention("audit-logs"),
                log_retention=retention("application-logs"),
                manage_singletons=not self._is_standby,
                protect=self._protect,
            ),
            self._options(),
        )
        self._keys = {self._region: self._encryption("encryption", self._region)}
        self._network = Network(
            "network",
            NetworkArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                region=self._region,
                plan=settings.network,
                service_ports=tuple(sorted({service.port for service in self._catalog.services})),
            ),
            self._options(self._project),
        )
        self._cluster = Cluster(
            "cluster",
            ClusterArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                region=self._region,
                zones=google.zones,
                vpc_id=self._network.vpc_id,
                subnet_id=self._network.subnet_id,
                pods_range_name=self._network.pods_range_name,
                services_range_name=self._network.services_range_name,
                secrets_key=self._keys[self._region].cluster_key,
                disk_key=self._keys[self._region].disk_key,
                security_group=f"gke-security-groups@{google.organization_domain}",
                size=settings.cluster,
                protect=self._protect,
                allowed_images=None
                if self._is_standby
                else (f"{wiring.image_repository(settings)}/**", *wiring.ADDON_IMAGES),
            ),
            # A node that comes up before the firewall, the way out or Google's names is never ready. An order and not a
            # value: a subnet that a preview cannot know yet would show the cluster replaced.
            self._options(self._project, self._network),
        )
        self._accounts = Accounts(
            "accounts",
            AccountsArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                identities=tuple(
                    Identity(
                        name=p.name,
                        namespace=p.namespace,
                        kubernetes_account=f"{wiring.account_prefix(settings)}{p.name}",
                        roles=p.roles,
                    )
                    for p in self._parties
                ),
                database_instance=wiring.database_instance(settings),
            ),
            # The workload pool that the bindings name comes with the cluster.
            self._options(self._cluster),
        )

    def _encryption(
        self, name: str, location: str, uses: tuple[Use, ...] = tuple(Use), *, after: Encryption | None = None
    ) -> Encryption:
        """Keys of one location. after: the first set of keys, with which Google's agents got their roles."""
        return Encryption(
            name,
            EncryptionArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                project_number=self._settings.google.project_number,
                location=location,
                protect=self._protect,
                uses=uses,
                introduces_agents=after is None and not self._is_standby,
            ),
            self._options(self._project, *([] if after is None else [after])),
        )

    def _stores(self) -> None:
        """Database and cache."""
        settings = self._settings
        replica_region = settings.database.replica_region
        if replica_region is not None:
            # Keys are regional: what is kept elsewhere is encrypted by a key of that place.
            self._keys[replica_region.value] = self._encryption(
                "encryption-replica",
                replica_region.value,
                (Use.DATABASE, Use.SECRET),
                after=self._keys[self._region],
            )
        self._database = Database(
            "database",
            DatabaseArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                region=self._region,
                network_id=self._network.vpc_id,
                private_services=self._network.private_services,
                key_id=wiring.promoted_key(settings) if self._is_standby else self._keys[self._region].database_key,
                replica_key_id=None if replica_region is None else self._keys[replica_region.value].database_key,
                size=settings.database,
                databases=tuple(sorted({s.database for s in self._catalog.services if s.database is not None})),
                users=tuple(
                    DatabaseUser(name=p.name, email=self._accounts.emails[p.name], is_owner=p.is_migrator)
                    for p in self._parties
                    if p.database is not None
                ),
                protect=self._protect,
            ),
            self._options(),
        )
        self._cache = Cache(
            "cache",
            CacheArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                region=self._region,
                zones=settings.google.zones,
                network_id=self._network.vpc_id,
                private_services=self._network.private_services,
                key_id=self._keys[self._region].cache_key,
                size=settings.cache,
                protect=self._protect,
            ),
            self._options(),
        )

    def _trust(self) -> None:
        """Who may sign, read secrets, push images and deploy."""
        settings, emails = self._settings, self._accounts.emails
        self._signing = Signing(
            "signing",
            SigningArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                size=settings.signing,
                signers={p.name: emails[p.name] for p in self._parties if wiring.signs(p, self._catalog)},
                administrators=(f"group:platform-security@{settings.google.organization_domain}",),
                protect=self._protect,
            ),
            self._options(self._project),
        )
        self._registry = Registry(
            "registry",
            RegistryArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                location=settings.durable_location,
                key_id=self._registry_key(),
                readers={"nodes": self._cluster.node_service_account},
                built=tuple(sorted({s.image for s in self._catalog.services if s.origin is Origin.OURS})),
                existing=f"{wiring.durable_prefix(settings)}-images" if self._is_standby else None,
                protect=self._protect,
            ),
            self._options(self._project),
        )
        self._delivery = Delivery(
            "delivery",
            DeliveryArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                project_number=settings.google.project_number,
                settings=settings.delivery,
                registry_id=self._registry.repository_id,
                acts_as={"nodes": self._cluster.node_service_account},
            ),
            self._options(self._project),
        )
        self._secrets = Secrets(
            "secrets",
            SecretsArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                secrets=wiring.secrets(self._catalog, settings),
                readers={
                    secret: tuple(emails[name] for name in names)
                    for secret, names in wiring.readers(self._catalog, settings).items()
                },
                locations=tuple(self._keys),
                key_ids={location: keys.secret_key for location, keys in self._keys.items()},
                existing_prefix=wiring.durable_prefix(settings) if self._is_standby else None,
                program=self._delivery.deployer_email,
                topic_key_id=self._keys[self._region].topic_key,
                platform_values={"redis-auth": self._cache.auth_string, "redis-ca": self._cache.server_ca},
                first_rotation=settings.secrets.first_rotation,
                protect=self._protect,
            ),
            self._options(self._project),
        )

    def _people(self) -> None:
        """How people sign in."""
        settings = self._settings
        SignIn(
            "sign-in",
            SignInArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                domains=hosts.sign_in_hosts(self._catalog, settings.domains),
                settings=settings.identity,
                google_secret_id=self._secrets.secret_ids["google-oauth-client-secret"],
                github_secret_id=self._secrets.secret_ids["github-oauth-client-secret"],
                manage=not self._is_standby,
            ),
            self._options(self._project),
        )

    def _registry_key(self) -> pulumi.Input[str]:
        location = self._settings.durable_location
        if location in self._keys or self._is_standby:
            return self._keys[self._region].registry_key
        first = self._keys[self._region]
        return self._encryption("encryption-images", location, (Use.REGISTRY,), after=first).registry_key

    def _run(self) -> Workloads:
        """Everything inside the cluster."""
        settings = self._settings
        return Workloads(
            WorkloadsArgs(
                settings=settings,
                release=self._release,
                catalog=self._catalog,
                google=self._google,
                cluster=self._cluster,
                accounts=self._accounts,
                database=self._database,
                cache=self._cache,
                secrets=self._secrets,
                signing_key=self._signing.key_id,
                disk_key=self._keys[self._region].disk_key,
                protect=self._protect,
            )
        )

    def _traffic(self) -> None:
        """Edge, DNS, alerts and backups; and what the stack tells its operators."""
        settings, domains = self._settings, self._settings.domains
        edge = Edge(
            "edge",
            EdgeArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                project_number=settings.google.project_number,
                region=self._region,
                storage_key=self._keys[self._region].storage_key,
                zones=settings.google.zones,
                catalog=self._catalog,
                domains=domains,
                settings=settings.edge,
                existing_certificate_map=f"{wiring.durable_prefix(settings)}-certificates"
                if self._is_standby
                else None,
                protect=self._protect,
            ),
            # GKE makes the endpoint groups when it sees the Services: docs/adr/0003-network-endpoint-groups.md.
            self._options(self._project, *self._workloads.services),
        )
        dns = Dns(
            "dns",
            DnsArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                domains=domains,
                settings=settings.dns,
                catalog=self._catalog,
                site_address=edge.site_address,
                apps_address=edge.apps_address,
                authorizations=edge.authorizations,
                protect=self._protect,
            ),
            self._options(self._project),
        )
        Observability(
            "observability",
            ObservabilityArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                region=self._region,
                catalog=self._catalog,
                domains=domains,
                settings=settings.observability,
                databases=wiring.watched_databases(settings),
                audit_bucket_id=self._project.audit_bucket_id,
                log_bucket_id=self._project.log_bucket_id,
                spending=wiring.spending(settings),
                pagerduty_secret_id=self._secrets.secret_ids["pagerduty-service-key"],
                watch_project=not self._is_standby,
            ),
            self._options(self._project),
        )
        Backup(
            "backup",
            BackupArgs(
                prefix=self._prefix,
                project_id=self._project_id,
                project_number=settings.google.project_number,
                region=self._region,
                cluster_id=self._cluster.cluster_id,
                storage_key=self._keys[self._region].storage_key,
                foundationdb_retention=retention("foundationdb-backups"),
                schedule=VOLUME_BACKUP_SCHEDULE,
                namespaces=wiring.stateful_namespaces(self._catalog),
                writer_email=self._accounts.emails[foundationdb.BACKUP],
                protect=self._protect,
            ),
            self._options(self._project),
        )
        if settings.cache.snapshot_hours is not None:
            CacheExports(
                "cache-exports",
                CacheExportsArgs(
                    prefix=self._prefix,
                    project_id=self._project_id,
                    region=self._region,
                    exporter=self._cache.exporter,
                    storage_key=self._keys[self._region].storage_key,
                    keep=retention("cache-exports"),
                    protect=self._protect,
                ),
                self._options(self._project),
            )
        self.outputs = replace(
            self.outputs,
            site_address=edge.site_address,
            apps_address=edge.apps_address,
            name_servers=dns.name_servers,
        )

    def _told(self) -> Outputs:
        """What can be told once the secrets are there."""
        return Outputs(
            cluster_name=self._cluster.cluster_name,
            cluster_endpoint=self._cluster.endpoint_dns,
            database_connection=self._database.connection_name,
            signing_key=self._signing.key_version_id,
            signing_public_key=self._signing.public_key_pem,
            repository_url=self._registry.repository_url,
            deployer=self._delivery.deployer_email,
            outgoing_address=self._network.nat_ip,
            secrets_by_hand={
                wiring.secret_id(secret, self._settings): secret.filled_by.value
                for secret in wiring.filled_by_hand(self._catalog, self._settings)
            },
        )
