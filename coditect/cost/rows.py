"""The specification's rows: which component of the program is counted where, and why ours differ."""

from collections.abc import Mapping

from coditect.cost.errors import CostError
from coditect.cost.shares import ROW_OF_NAMESPACE
from coditect.graph.model import Graph, Node
from coditect.graph.values import text
from infra.catalog.budget import BudgetRow

SHARED = "shared"
"""Not a row: what the four applications share, split by their pods' requests."""

FIRST_SHARER = "gateway"
SUBSCRIBER = "gateway"
"""The row that the specification counts SendGrid and Zendesk in."""

FEES = "stripe"
"""The row that the specification leaves out of its total."""

_ROW_OF: Mapping[str, str] = {
    # It keeps the IDE's volumes and FoundationDB's backups.
    "backup": "ide",
    "database": "database",
    "cache": "cache",
    "cache-exports": "cache",
    "sign-in": "identity",
    "signing": "signing",
    "encryption": "signing",
    "encryption-replica": "signing",
    "encryption-images": "signing",
    "secrets": "secrets",
    "edge": "edge",
    "dns": "edge",
    "network": "network",
    "observability": "observability",
    # Log buckets, sinks and audit settings; the rest of it is free.
    "project": "observability",
    "cluster": SHARED,
    "registry": SHARED,
    "addons": SHARED,
    "accounts": SHARED,
    "delivery": SHARED,
}
"""Components without Kubernetes objects of ours. The others are counted where those stand: a service needs no line."""

LABELS: Mapping[str, str] = {
    "gateway": "Gateway website",
    "license": "License platform",
    "ide": "Cloud IDE",
    "agentflow": "AgentFlow",
    "database": "Cloud SQL",
    "cache": "Redis",
    "identity": "Identity Platform",
    "signing": "Cloud KMS",
    "secrets": "Secret Manager",
    "edge": "Load balancer",
    "network": "Networking (egress)",
    "observability": "Monitoring",
    "stripe": "Stripe fees",
}

REASONS: Mapping[str, str] = {
    "gateway": "Its part of the shared nodes by pod requests; Cloud CDN stands in the load balancer's row.",
    "license": "Its part of the shared nodes; database, cache and keys stand in rows of their own, not here too.",
    "ide": "Its part of the shared nodes, and SSD for FoundationDB and workspaces; backups of them have no price here.",
    "agentflow": "Its part of the shared nodes; its database is in the shared Cloud SQL.",
    "database": "List price of the declared vCPUs, memory and SSD; a replica in us-east1 is indicated, not priced.",
    "cache": "Memorystore costs by GB and hour: the specification's figure buys about a quarter of the size.",
    "identity": "The first 50,000 active users cost nothing, and fewer are assumed.",
    "signing": "Leases are signed in batches; the keys that encrypt stores are counted here too.",
    "secrets": "Six versions are free, the others cost cents.",
    "edge": "Mostly Cloud Armor's policies, rules and requests, which its figure leaves out; CDN and DNS too.",
    "network": "Follows the assumed egress and NAT traffic; the first GiB is free, then tiers.",
    "observability": "Logs alone, after 50 free GiB; alerts, uptime checks and Prometheus samples have no price here.",
}


def row_of(component: Node, graph: Graph) -> str:
    """The row that an outermost component is counted in: that of the namespace of its Kubernetes objects.

    What stands in a namespace of no application, or in several, is shared. Raises CostError for a component without
    Kubernetes objects that nobody has placed.
    """
    namespaces = {text(node.inputs, "metadata", "namespace") for node in graph.descendants(component)} - {""}
    if namespaces:
        rows = {ROW_OF_NAMESPACE.get(namespace, SHARED) for namespace in namespaces}
        return rows.pop() if len(rows) == 1 else SHARED
    if component.name not in _ROW_OF:
        raise CostError(
            f"Component {component.name!r} is in no row of the cost table, so its costs would vanish. "
            "Add it to coditect/cost/rows.py."
        )
    return _ROW_OF[component.name]


def specified(stack: str, row: BudgetRow) -> int | None:
    """The specification's figure for a stack; None where it has none (it knows development and production)."""
    if stack == "dev":
        return row.development_usd
    return row.production_usd if stack == "prod" else None
