"""The Kubernetes side of a stack as one graph: every namespace, service of ours, chart and add-on."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import pulumi

from coditect.graph.capture import capture
from coditect.graph.model import Graph
from infra import releases
from infra.catalog import CATALOG, Catalog
from infra.catalog.names import Namespace, Origin
from infra.catalog.services import Service
from infra.components import foundationdb
from infra.components.addons import Addons, AddonsArgs
from infra.components.agentflow import AgentFlow, AgentFlowArgs
from infra.components.chart_services import ChartedArgs
from infra.components.ide import Ide, IdeArgs
from infra.components.namespace import NamespaceArgs, PlatformNamespace
from infra.components.workload import CloudSqlProxy, Workload, WorkloadArgs
from infra.settings.traffic import Addons as AddonsSettings
from infra.settings.traffic import Ide as IdeSettings

PREFIX = "coditect-prod"
PROJECT = "coditect-cloud-infra"
REPOSITORY = f"us-central1-docker.pkg.dev/{PROJECT}/{PREFIX}-images"
GOOGLE_SERVICES = "10.48.32.0/20"
NODES = "10.48.0.0/20"
RELEASES = releases.load("prod")
PROXY = CloudSqlProxy(
    digest=RELEASES.images["cloud-sql-proxy"], connection_name=f"{PROJECT}:us-central1:{PREFIX}-postgres"
)


def email(name: str) -> str:
    return f"prod-{name}@{PROJECT}.iam.gserviceaccount.com"


def secret_ids(service: Service) -> dict[str, str]:
    return {name: f"projects/{PROJECT}/secrets/{PREFIX}-{name}" for name in service.secrets}


def namespace_args(namespace: Namespace, catalog: Catalog = CATALOG) -> NamespaceArgs:
    return NamespaceArgs(namespace=namespace, catalog=catalog, google_services_cidr=GOOGLE_SERVICES, nodes_cidr=NODES)


def workload_args(service: Service) -> WorkloadArgs:
    return WorkloadArgs(
        service=service,
        namespace=service.namespace.value,
        release=RELEASES.services["gateway-backend"],
        repository_url=REPOSITORY,
        replicas=min(3, service.max_replicas),
        account_email=email(service.name),
        environment={"DATABASE_USER": f"{service.name}@{PROJECT}.iam"},
        secret_ids=secret_ids(service),
        neg_name=f"{PREFIX}-{service.name}",
        migrator_email=email(f"{service.name}-migrate"),
        migrator_environment={"DATABASE_USER": f"{service.name}-migrate@{PROJECT}.iam"},
        migrator_secret_ids=secret_ids(service),
        proxy=PROXY,
    )


def charted_args(catalog: Catalog = CATALOG) -> ChartedArgs:
    accounts = ["ide-backend", "agentflow-backend", foundationdb.BACKUP]
    environment: Mapping[str, Mapping[str, pulumi.Input[str]]] = {
        service.name: {"LOG_LEVEL": "INFO"} for service in catalog.services
    }
    return ChartedArgs(
        catalog=catalog,
        namespace="",
        prefix=PREFIX,
        replicas={},
        repository_url=REPOSITORY,
        images=RELEASES.images,
        account_emails={name: email(name) for name in accounts},
        secret_ids={service.name: secret_ids(service) for service in catalog.services},
        environment=environment,
    )


def ide_args(settings: IdeSettings | None = None) -> IdeArgs:
    shared = vars(replace(charted_args(), namespace=Namespace.IDE.value))
    return IdeArgs(
        **shared,
        settings=settings or IdeSettings(),
        backup_bucket=f"{PREFIX}-foundationdb",
        backup_schedule="0 8 * * *",
        disk_key=f"projects/{PROJECT}/locations/us-central1/keyRings/{PREFIX}/cryptoKeys/disk",
    )


def agentflow_args(proxy: CloudSqlProxy | None = PROXY) -> AgentFlowArgs:
    return AgentFlowArgs(**vars(replace(charted_args(), namespace=Namespace.AGENTFLOW.value)), proxy=proxy)


@cache
def kubernetes_side() -> Graph:
    def build() -> None:
        for namespace in Namespace:
            PlatformNamespace(f"namespace-{namespace}", namespace_args(namespace))
        for service in CATALOG.services:
            if service.origin is Origin.OURS:
                Workload(service.name, workload_args(service))
        Ide("ide", ide_args())
        AgentFlow("agentflow", agentflow_args())
        Addons("addons", AddonsArgs(settings=AddonsSettings(), namespace=Namespace.ADDONS.value))

    return capture("prod", program=build)
