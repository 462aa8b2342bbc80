"""`coditect plan --json`: the versioned document, described in docs/plan-format.md and docs/plan.schema.json."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from coditect.graph.pods import Requests
from coditect.plan.capacity import Capacity, Fit
from coditect.plan.changes import Change
from coditect.plan.model import Part, Plan, RouteRow

VERSION: Literal[1] = 1


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Counts(_Section):
    resources: int = Field(description="Without components and the stack itself.")
    components: int
    protected: int = Field(description="Resources that Pulumi refuses to delete.")
    nodes: int = Field(description="Nodes of all pools in all zones, at the floor of the autoscaler.")
    pods: int = Field(description="Pods that always run, at the floor of their autoscalers.")


class ComponentSection(_Section):
    name: str
    type: str
    count: int = Field(description="Resources in it and below, components not counted.")
    types: dict[str, int] = Field(description="Resources directly in it, by type.")
    components: list["ComponentSection"]


class RouteSection(_Section):
    host: str
    path: str
    service: str
    namespace: str
    port: int = Field(description="Port of the catalogue's row.")
    container_port: int = Field(description="Container port where the walk through the graph ended; 0: nowhere.")
    pods: int
    problem: str | None = Field(description="Why a request would not arrive; null where it does.")


class AmountSection(_Section):
    cpu_m: int = Field(description="Thousandths of a core.")
    memory_mib: int = Field(description="MiB.")


class FitSection(_Section):
    nodes: int
    offered: AmountSection = Field(description="Allocatable of the nodes.")
    requested: AmountSection = Field(description="Requests of all pods, Google's own included.")
    fits: bool
    lacking: AmountSection


class PoolSection(_Section):
    name: str
    machine_type: str
    nodes: int
    most_nodes: int
    spot: bool


class CapacitySection(_Section):
    pools: list[PoolSection]
    whole: FitSection
    one_zone_lost: FitSection
    one_zone_lost_autoscaled: FitSection
    unmeasured_charts: list[str] = Field(description="Remote charts whose pods are in no sum.")


class PropertySection(_Section):
    path: str = Field(description="Path in the inputs; an option of the resource stands in angle brackets.")
    before: JsonValue
    after: JsonValue
    forces_replacement: bool


class ChangeSection(_Section):
    action: Literal["create", "update", "replace", "rename", "delete"]
    key: str = Field(description="Chain of types and name: what identifies the resource inside the stack.")
    type: str
    name: str
    former_key: str | None
    properties: list[PropertySection]
    retained: bool = Field(description="Deleted from Pulumi's state alone: it stays in the cloud.")
    danger: str | None = Field(description="What would be lost; null where nothing is.")
    refusal: str | None = Field(description="Why Pulumi would stop; null where it would not.")


class PlanDocument(_Section):
    """A plan. New fields may come within a version; a field that goes or changes its meaning is a new version."""

    version: Literal[1]
    stack: str
    project: str = Field(description="Google Cloud project id.")
    region: str
    domains: list[str]
    counts: Counts
    components: list[ComponentSection]
    routes: list[RouteSection]
    capacity: CapacitySection
    against: str = Field(description="What the program was compared with.")
    changes: list[ChangeSection]
    renamed_without_alias: dict[str, str] = Field(description="Deleted key to the created key that looks the same.")


def document(plan: Plan) -> PlanDocument:
    """The document of a plan."""
    return PlanDocument(
        version=VERSION,
        stack=plan.stack,
        project=plan.google_project,
        region=plan.region,
        domains=list(plan.domains),
        counts=Counts(
            resources=plan.resources,
            components=plan.components,
            protected=plan.protected,
            nodes=plan.capacity.nodes,
            pods=sum(group.count for group in plan.capacity.ours),
        ),
        components=[_component(part) for part in plan.parts],
        routes=[_route(row) for row in plan.routes],
        capacity=_capacity(plan.capacity),
        against=plan.changes.source,
        changes=[_change(change) for change in plan.changes.changes],
        renamed_without_alias=dict(plan.changes.renamed_without_alias),
    )


def json_schema() -> dict[str, Any]:
    """JSON Schema of the document."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **PlanDocument.model_json_schema()}


def _component(part: Part) -> ComponentSection:
    return ComponentSection(
        name=part.name,
        type=part.type,
        count=part.count,
        types=dict(sorted(part.types.items())),
        components=[_component(p) for p in part.parts],
    )


def _route(row: RouteRow) -> RouteSection:
    return RouteSection(
        host=row.host,
        path=row.path,
        service=row.service,
        namespace=row.namespace,
        port=row.port,
        container_port=row.container_port,
        pods=row.pods,
        problem=row.problem,
    )


def _capacity(capacity: Capacity) -> CapacitySection:
    return CapacitySection(
        pools=[
            PoolSection(
                name=pool.name,
                machine_type=pool.machine_type,
                nodes=pool.nodes,
                most_nodes=pool.most_nodes,
                spot=pool.is_spot,
            )
            for pool in capacity.pools
        ],
        whole=_fit(capacity.whole),
        one_zone_lost=_fit(capacity.one_zone_lost),
        one_zone_lost_autoscaled=_fit(capacity.one_zone_lost_grown),
        unmeasured_charts=list(capacity.unmeasured_charts),
    )


def _fit(fit: Fit) -> FitSection:
    return FitSection(
        nodes=fit.nodes,
        offered=_amount(fit.offered),
        requested=_amount(fit.requested),
        fits=fit.fits,
        lacking=_amount(fit.lacking),
    )


def _amount(requests: Requests) -> AmountSection:
    return AmountSection(cpu_m=requests.cpu_m, memory_mib=requests.memory_mib)


def _change(change: Change) -> ChangeSection:
    return ChangeSection(
        action=change.action.value,
        key=change.key,
        type=change.type,
        name=change.name,
        former_key=change.former_key,
        properties=[
            PropertySection(path=p.path, before=p.before, after=p.after, forces_replacement=p.is_replacing)
            for p in change.properties
        ],
        retained=change.is_retained,
        danger=change.danger,
        refusal=change.refusal,
    )
