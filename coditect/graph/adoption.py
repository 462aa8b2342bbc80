"""Resources that exist before the program declares them: the file by which Pulumi takes them into a stack's state.

A person makes some with `gcloud`: a clone of a database at a moment before a fault, a replica that was promoted. Pulumi
reads its file with `pulumi import --file` (pulumi.com, "Bulk import operations"): type, logical name and id of each,
and the URNs of its parent and of its provider.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from coditect.graph.model import Graph, Node
from coditect.graph.urn import STACK_TYPE
from coditect.graph.values import Json, JsonObject, text
from coditect.naming import unknown
from explained import ExplainedError

_USER = "gcp:sql/user:User"


class AdoptionError(ExplainedError):
    """Nothing of that name can be adopted."""


def import_file(graph: Graph, patterns: Sequence[str]) -> JsonObject:
    """What `pulumi import --file` reads, for the resources whose logical name matches one of the patterns.

    Their components are in it too, for a state that does not have them yet: the engine leaves those that it has.
    Raises AdoptionError for a pattern that matches nothing.
    """
    chosen: list[Node] = []
    for pattern in patterns:
        found = [n for n in graph.resources if not n.is_component and n.provider and fnmatchcase(n.name, pattern)]
        if not found:
            names = sorted(n.name for n in graph.resources if not n.is_component and n.provider)
            raise AdoptionError(f"{unknown(pattern, tuple(names), what='resource')} Nothing was written.")
        chosen += [node for node in found if node not in chosen]
    components: dict[str, Node] = {}
    for node in chosen:
        _add_parents(graph, node, components)
    providers = {node.provider: graph.nodes[node.provider].name for node in chosen if node.provider}
    return {
        "nameTable": {name: urn for urn, name in providers.items()},
        "resources": [_component(graph, node) for node in components.values()]
        + [_resource(graph, node, providers) for node in chosen],
    }


def _add_parents(graph: Graph, node: Node, known: dict[str, Node]) -> None:
    parent = graph.nodes.get(node.parent or "")
    if parent is not None and parent.type != STACK_TYPE and parent.urn not in known:
        _add_parents(graph, parent, known)
        known[parent.urn] = parent


def _component(graph: Graph, node: Node) -> Json:
    return {"type": node.type, "name": node.name, "component": True, **_parent(graph, node)}


def _resource(graph: Graph, node: Node, providers: dict[str, str]) -> Json:
    return {
        "type": node.type,
        "name": node.name,
        "id": _import_id(node),
        "provider": providers[node.provider or ""],
        **_parent(graph, node),
    }


def _parent(graph: Graph, node: Node) -> JsonObject:
    parent = graph.nodes.get(node.parent or "")
    return {} if parent is None or parent.type == STACK_TYPE else {"parent": parent.name}


def _import_id(node: Node) -> str:
    """The id that the provider imports by; only that of a database's user is not the id that it then has."""
    if node.type == _USER:
        return "/".join(text(node.inputs, key) for key in ("project", "instance", "name"))
    return node.id
