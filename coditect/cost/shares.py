"""How the four applications share what is theirs together: by what their pods request."""

from collections.abc import Mapping
from decimal import Decimal

from coditect.graph.model import Graph
from coditect.graph.pods import standing
from infra.catalog.names import Namespace

ROW_OF_NAMESPACE: Mapping[str, str] = {
    Namespace.GATEWAY: "gateway",
    Namespace.LICENSE: "license",
    Namespace.IDE: "ide",
    Namespace.AGENTFLOW: "agentflow",
}


def weights_of(graph: Graph) -> Mapping[str, Decimal]:
    """Each application's part of the nodes: the mean of its parts of all CPU and all memory requested.

    Pods of Google's own and of add-ons serve all, so they are in no weight. Without any pod the parts are equal.
    """
    cpu = dict.fromkeys(ROW_OF_NAMESPACE.values(), Decimal(0))
    memory = dict(cpu)
    for group in standing(graph):
        if (row := ROW_OF_NAMESPACE.get(group.namespace)) is not None:
            cpu[row] += group.total.cpu_m
            memory[row] += group.total.memory_mib
    all_cpu, all_memory = sum(cpu.values()), sum(memory.values())
    if not all_cpu or not all_memory:
        return dict.fromkeys(cpu, Decimal(1))
    return {row: (cpu[row] / all_cpu + memory[row] / all_memory) / 2 for row in cpu}
