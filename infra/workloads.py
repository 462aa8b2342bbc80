"""What runs inside the cluster of one stack: namespaces, our services, existing products, add-ons."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_gcp as gcp
import pulumi_kubernetes as kubernetes

from infra import wiring
from infra.catalog import Catalog
from infra.catalog.names import Namespace, Origin
from infra.catalog.operations import VOLUME_BACKUP_SCHEDULE
from infra.catalog.services import Service
from infra.components.accounts import Accounts
from infra.components.addons import Addons, AddonsArgs
from infra.components.agentflow import AgentFlow, AgentFlowArgs
from infra.components.backup import backup_bucket_name
from infra.components.cache import Cache
from infra.components.chart_services import ChartedArgs
from infra.components.cluster import Cluster
from infra.components.database import Database
from infra.components.ide import Ide, IdeArgs
from infra.components.namespace import NamespaceArgs, PlatformNamespace
from infra.components.namespace_edges import DATABASE_PROXY_PORT
from infra.components.secrets import Secrets
from infra.components.workload import CloudSqlProxy, Workload, WorkloadArgs
from infra.releases import Releases
from infra.settings import Settings
from infra.settings.vocabulary import DatabaseAuthentication


@dataclass(frozen=True, kw_only=True)
class WorkloadsArgs:
    """What was made before: the cluster to run on and the back ends to use."""

    settings: Settings
    release: Releases
    catalog: Catalog
    google: gcp.Provider
    cluster: Cluster
    accounts: Accounts
    database: Database
    cache: Cache
    secrets: Secrets
    signing_key: pulumi.Output[str]
    disk_key: pulumi.Output[str]
    protect: bool


class Workloads:
    """Composes the Kubernetes side. services: what the load balancer's backend services must wait for."""

    services: tuple[pulumi.Resource, ...]

    def __init__(self, args: WorkloadsArgs) -> None:
        self._args = args
        self._parties = {party.name: party for party in wiring.parties(args.catalog)}
        self._by_password = args.settings.database.authentication is DatabaseAuthentication.PASSWORD
        provider = kubernetes.Provider(
            "kubernetes",
            kubeconfig=args.cluster.kubeconfig,
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(depends_on=[args.cluster]),
        )
        self._options = pulumi.ResourceOptions(providers={"kubernetes": provider, "gcp": args.google})
        self._namespaces = {namespace: self._namespace(namespace) for namespace in Namespace}
        ours = tuple(self._workload(s) for s in args.catalog.services if s.origin is Origin.OURS)
        products = self._products()
        Addons(
            "addons",
            AddonsArgs(
                settings=args.settings.addons,
                namespace=self._namespaces[Namespace.ADDONS].namespace_name,
            ),
            self._options,
        )
        self.services = (*ours, *products)

    def _namespace(self, namespace: Namespace) -> PlatformNamespace:
        network = self._args.settings.network
        return PlatformNamespace(
            f"namespace-{namespace.value}",
            NamespaceArgs(
                namespace=namespace,
                catalog=self._args.catalog,
                google_services_cidr=network.google_services_cidr,
                nodes_cidr=network.nodes_cidr,
                database_port=wiring.DATABASE_PORT if self._by_password else DATABASE_PROXY_PORT,
            ),
            self._options,
        )

    def _workload(self, service: Service) -> Workload:
        args, settings = self._args, self._args.settings
        party = self._parties[service.name]
        migrator = self._parties.get(wiring.migrator(service))
        return Workload(
            service.name,
            WorkloadArgs(
                service=service,
                namespace=self._namespaces[service.namespace].namespace_name,
                release=args.release.services[service.name],
                repository_url=wiring.image_repository(settings),
                replicas=settings.workloads.replicas.get(service.name, service.replicas),
                account_email=args.accounts.emails[service.name],
                migrator_email=None if migrator is None else args.accounts.emails[migrator.name],
                environment=self._environment(party),
                migrator_environment=None if migrator is None else self._environment(migrator),
                secret_ids=self._secret_ids(party),
                migrator_secret_ids=None if migrator is None else self._secret_ids(migrator),
                proxy=None if self._by_password else self._proxy(),
                neg_name=wiring.neg_name(service, settings),
                account_prefix=wiring.account_prefix(settings),
            ),
            pulumi.ResourceOptions.merge(self._options, pulumi.ResourceOptions(depends_on=list(args.database.serving))),
        )

    def _environment(self, party: wiring.Party) -> Mapping[str, pulumi.Input[str]]:
        args = self._args
        ends = wiring.BackEnds(
            database_host=args.database.private_address if self._by_password else None,
            cache_url=args.cache.connection_url,
            signing_key=args.signing_key,
            database_users=args.database.user_names,
        )
        return wiring.environment(party, args.catalog, args.settings, ends)

    def _secret_ids(self, party: wiring.Party) -> Mapping[str, pulumi.Input[str]]:
        names = wiring.secrets_of(party, self._args.catalog, self._args.settings)
        return {name: self._args.secrets.secret_ids[name] for name in names}

    def _proxy(self) -> CloudSqlProxy:
        return CloudSqlProxy(
            digest=self._args.release.images["cloud-sql-proxy"],
            connection_name=self._args.database.connection_name,
        )

    def _products(self) -> tuple[Ide, AgentFlow]:
        """Existing products, from their charts."""
        args, settings = self._args, self._args.settings
        common = {
            namespace: ChartedArgs(
                catalog=args.catalog,
                namespace=self._namespaces[namespace].namespace_name,
                prefix=settings.prefix,
                account_prefix=wiring.account_prefix(settings),
                replicas=settings.workloads.replicas,
                repository_url=wiring.image_repository(settings),
                images=args.release.images,
                account_emails={
                    p.name: wiring.email_of(p, settings) for p in self._parties.values() if p.namespace is namespace
                },
                secret_ids=self._chart_secrets(namespace),
                environment={p.name: self._environment(p) for p in self._parties.values() if p.namespace is namespace},
                protect=args.protect,
            )
            for namespace in (Namespace.IDE, Namespace.AGENTFLOW)
        }
        # A chart names its accounts and secrets in plain text: nothing else makes it wait for them.
        options = pulumi.ResourceOptions.merge(
            self._options, pulumi.ResourceOptions(depends_on=[args.accounts, args.secrets, *args.database.serving])
        )
        ide = Ide(
            "ide",
            IdeArgs(
                **vars(common[Namespace.IDE]),
                settings=settings.ide,
                backup_bucket=backup_bucket_name(settings.prefix, settings.google.project),
                backup_schedule=VOLUME_BACKUP_SCHEDULE,
                disk_key=args.disk_key,
            ),
            options,
        )
        agentflow = AgentFlow(
            "agentflow",
            AgentFlowArgs(**vars(common[Namespace.AGENTFLOW]), proxy=None if self._by_password else self._proxy()),
            options,
        )
        return ide, agentflow

    def _chart_secrets(self, namespace: Namespace) -> dict[str, dict[str, str]]:
        """For each service of a namespace, the full names of the secrets that it reads."""
        args = self._args
        by_name = {secret.name: secret for secret in wiring.secrets(args.catalog, args.settings)}
        return {
            party.name: {
                name: wiring.secret_id(by_name[name], args.settings)
                for name in wiring.secrets_of(party, args.catalog, args.settings)
            }
            for party in self._parties.values()
            if party.namespace is namespace
        }
