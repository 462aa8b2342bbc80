"""AgentFlow: an existing product's chart, told from the catalogue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from infra.catalog.names import Namespace, Need
from infra.components.base import Component
from infra.components.chart import CHARTS, LocalChart, LocalChartArgs
from infra.components.chart_services import ChartedArgs
from infra.components.chart_values import ImageValues, ResourceValues, ServiceValues, Values, images, resources
from infra.components.pod_proxy import PROXY_IMAGE, PROXY_RESOURCES, CloudSqlProxy

CHART = CHARTS / "agentflow"

# Read by the proxy in the pod, from the environment that the service has too.
INSTANCE_VARIABLE = "DATABASE_INSTANCE"


class ProxyValues(Values):
    image: ImageValues
    resources: ResourceValues


class AgentFlowValues(Values):
    """proxy: null where the database takes passwords."""

    frontend: ServiceValues
    backend: ServiceValues
    proxy: ProxyValues | None


@dataclass(frozen=True, kw_only=True)
class AgentFlowArgs(ChartedArgs):
    """What AgentFlow needs to know beside that. proxy: None where the database takes passwords."""

    proxy: CloudSqlProxy | None


class AgentFlow(Component):
    """Pages and back end."""

    workloads: pulumi.Output[Sequence[str]]

    def __init__(self, name: str, args: AgentFlowArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        told = replace(args, environment=_with_instance(args))
        chart = LocalChart(
            self.child("chart"),
            LocalChartArgs(
                path=CHART,
                release_name=name,
                release_namespace=Namespace.AGENTFLOW.value,
                namespace=args.namespace,
                values=agentflow_values(args),
                after=told.declare_environments(self, Namespace.AGENTFLOW),
                protect=args.protect,
            ),
            self.under(),
        )
        self.workloads = chart.workloads
        self.finish()


def agentflow_values(args: AgentFlowArgs) -> AgentFlowValues:
    """Settings and catalogue as the chart wants them."""
    proxy = args.proxy
    return AgentFlowValues(
        frontend=args.values_of(args.catalog.service("agentflow-frontend")),
        backend=args.values_of(args.catalog.service("agentflow-backend")),
        proxy=None
        if proxy is None
        else ProxyValues(
            image=images(args.repository_url, {PROXY_IMAGE: proxy.digest}, PROXY_IMAGE),
            resources=resources(PROXY_RESOURCES),
        ),
    )


def _with_instance(args: AgentFlowArgs) -> Mapping[str, Mapping[str, pulumi.Input[str]]]:
    if args.proxy is None:
        return args.environment
    return {
        **args.environment,
        **{
            service.name: {**args.environment.get(service.name, {}), INSTANCE_VARIABLE: args.proxy.connection_name}
            for service in args.catalog.services_in(Namespace.AGENTFLOW)
            if Need.DATABASE in service.needs
        },
    }
