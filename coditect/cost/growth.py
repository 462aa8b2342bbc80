"""The same stack with other numbers of users: sized by the formulas, then priced like any program."""

from dataclasses import dataclass
from decimal import Decimal

from coditect.cost.bill import Bill, bill
from coditect.cost.book import PriceBook
from coditect.cost.changed import Change, with_inputs
from coditect.cost.errors import CostError
from coditect.cost.estimate import cents
from coditect.cost.estimators.stores import REDIS, SQL
from coditect.cost.formulas import (
    Signing,
    database_cpus,
    database_gib,
    ide_pods,
    peak_cpu,
    redis_gib,
    signing,
    whole,
)
from coditect.cost.usage import Usage, scaled
from coditect.graph.model import Graph, Node
from coditect.graph.pods import AUTOSCALER, DEPLOYMENT, STATEFUL_SET, standing
from coditect.graph.values import JsonObject, members, text
from coditect.plan.capacity import NODE_POOL, capacity

_LINEAR = (
    "requests_millions",
    "ingress_gib",
    "egress_gib",
    "cdn_egress_gib",
    "cdn_fill_gib",
    "cdn_lookups_millions",
    "nat_gib",
    "dns_queries_millions",
    "log_gib",
    "payments",
    "payments_usd",
)
_MAILS = Decimal(4)
_MAILS_A_PLAN = Decimal(40_000)
_MIB_A_CPU = 3840
_SIGNER = "license-backend"
_IDE = "ide-theia"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One number of users. to_raise: which declared limits it is beyond, in words.

    What has no price is in no sum of the bill, nor in what a user costs: both are the least that it can be.
    """

    users: int
    nodes: int
    redis_gib: int
    database_cpus: int
    database_gib: int
    signing: Signing
    bill: Bill
    to_raise: tuple[str, ...]

    @property
    def a_user(self) -> Decimal:
        return cents(self.bill.total / self.users)


def grown(graph: Graph, usage: Usage, book: PriceBook, users: int) -> Step:
    """The stack for so many users; nothing shrinks below what the program declares.

    Raises CostError where the usage file assumes no users to scale from.
    """
    if not usage.users.value:
        raise CostError(
            f"The usage file of {graph.stack} assumes no users, so nothing can be scaled. Use another stack."
        )
    to_raise: list[str] = []
    graph, signers = _more_pods(graph, usage, users, to_raise)
    graph, nodes = _more_nodes(graph, to_raise)
    graph = _larger_stores(graph, users, to_raise)
    signed = signing(Decimal(users), signers)
    size = database_gib(Decimal(users))
    ratio = users / usage.users.value
    amounts = {name: getattr(usage, name).value * ratio for name in _LINEAR}
    plans = usage.sendgrid_plans.value and Decimal(whole(users * _MAILS / _MAILS_A_PLAN))
    then = scaled(
        usage,
        users=Decimal(users),
        signatures=signed.operations,
        # One full copy and a month of increments.
        database_backup_gib=Decimal(size * 2),
        sendgrid_plans=plans,
        **amounts,
    )
    return Step(
        users=users,
        nodes=nodes,
        redis_gib=redis_gib(Decimal(users)),
        database_cpus=database_cpus(Decimal(users)),
        database_gib=size,
        signing=signed,
        bill=bill(graph, then, book),
        to_raise=tuple(to_raise),
    )


def _more_pods(graph: Graph, usage: Usage, users: int, to_raise: list[str]) -> tuple[Graph, int]:
    """Autoscaled pods for the peak's processor time, shared out as the program declares them. Also how many sign."""
    requests = usage.requests_millions.value * 1_000_000 * users / usage.users.value
    groups = {text(group.workload.inputs, "metadata", "name"): group for group in standing(graph)}
    scalers = [s for s in graph.of_type(AUTOSCALER) if _target(s) in groups]
    declared = sum(groups[_target(s)].total.cpu_m for s in scalers)
    factor = peak_cpu(requests) * 1000 / declared if declared else Decimal(0)
    changes: dict[str, Change] = {}
    signers = 1
    for scaler in scalers:
        floor, ceiling = groups[_target(scaler)].count, scaler.input("spec", "maxReplicas")
        count = max(floor, whole(floor * factor))
        if isinstance(ceiling, int) and count > ceiling:
            to_raise.append(f"{_target(scaler)} to {count} pods ({ceiling} declared)")
        changes[scaler.urn] = _in_spec("minReplicas", count)
        if _target(scaler).startswith(_SIGNER):
            signers = count
    for workload in graph.of_type(STATEFUL_SET, DEPLOYMENT):
        replicas, wanted = workload.input("spec", "replicas"), ide_pods(Decimal(users))
        if text(workload.inputs, "metadata", "name") == _IDE and isinstance(replicas, int) and wanted > replicas:
            to_raise.append(f"{_IDE} to {wanted} pods ({replicas} declared)")
            changes[workload.urn] = _in_spec("replicas", wanted)
    return with_inputs(graph, changes), signers


def _target(scaler: Node) -> str:
    return text(scaler.inputs, "spec", "scaleTargetRef", "name")


def _in_spec(key: str, value: int) -> Change:
    return lambda inputs: inputs | {"spec": members(inputs, "spec") | {key: value}}


def _more_nodes(graph: Graph, to_raise: list[str]) -> tuple[Graph, int]:
    """Nodes of the first pool until every pod fits, by halving the interval; zones stay equal."""
    pool = graph.of_type(NODE_POOL)[0]
    declared = capacity(graph).pools[0]
    fewest = declared.nodes // declared.zones

    def with_nodes(count: int) -> Graph:
        def more(inputs: JsonObject) -> JsonObject:
            return inputs | {"autoscaling": members(inputs, "autoscaling") | {"minNodeCount": count}}

        return with_inputs(graph, {pool.urn: more})

    def fits(count: int) -> bool:
        return capacity(with_nodes(count)).whole.fits

    most = max(1, fewest)
    while not fits(most):
        most *= 2
    low = fewest
    while low < most:
        middle = (low + most) // 2
        low, most = (low, middle) if fits(middle) else (middle + 1, most)
    nodes = most * declared.zones
    if nodes > declared.most_nodes:
        to_raise.append(f"pool {declared.name} to {nodes} nodes ({declared.most_nodes} declared)")
    return with_nodes(most), nodes


def _larger_stores(graph: Graph, users: int, to_raise: list[str]) -> Graph:
    changes: dict[str, Change] = {}
    memory, cpus, disk = redis_gib(Decimal(users)), database_cpus(Decimal(users)), database_gib(Decimal(users))
    for node in graph.of_type(REDIS):
        size = node.input("memorySizeGb")
        if isinstance(size, int) and memory > size:
            to_raise.append(f"{node.name} to {memory} GB ({size} declared)")
            changes[node.urn] = lambda inputs: inputs | {"memorySizeGb": memory}
    for node in graph.of_type(SQL):
        settings = members(node.inputs, "settings")
        _, _, shape = text(settings, "tier").partition("db-custom-")
        now, _, mib = shape.partition("-")
        size, most = settings.get("diskSize"), settings.get("diskAutoresizeLimit")
        if not (now.isdigit() and mib.isdigit() and isinstance(size, int)):
            continue
        wanted: JsonObject = {"diskSize": max(size, disk)}
        if isinstance(most, int) and disk > most:
            to_raise.append(f"{node.name} to {disk} GB of disk ({most} declared)")
        if cpus > int(now):
            to_raise.append(f"{node.name} to {cpus} vCPUs ({now} declared)")
            wanted["tier"] = f"db-custom-{cpus}-{max(int(mib), cpus * _MIB_A_CPU)}"
        changes[node.urn] = _with_settings(wanted)
    return with_inputs(graph, changes)


def _with_settings(wanted: JsonObject) -> Change:
    return lambda inputs: inputs | {"settings": members(inputs, "settings") | wanted}
