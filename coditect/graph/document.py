"""`coditect graph --json`: every resource with what the program asks for, for tools that check or count them."""

from coditect.graph.model import Graph, Node
from coditect.graph.values import JsonObject

VERSION = 1


def document(graph: Graph) -> JsonObject:
    """The whole graph. Secrets are replaced by a marker, as in the graph itself."""
    return {
        "version": VERSION,
        "stack": graph.stack,
        "project": graph.project,
        "nodes": [_node(node) for node in graph.nodes.values()],
    }


def _node(node: Node) -> JsonObject:
    return {
        "urn": node.urn,
        "type": node.type,
        "name": node.name,
        "component": node.is_component,
        "parent": node.parent,
        "id": node.id,
        "inputs": node.inputs,
        "outputs": node.outputs,
        "dependencies": list(node.dependencies),
        "propertyDependencies": {key: list(urns) for key, urns in node.property_dependencies.items()},
        "provider": node.provider,
        "protect": node.protect,
        "retainOnDelete": node.retain_on_delete,
        "deleteBeforeReplace": node.delete_before_replace,
        "aliases": list(node.aliases),
        "ignoreChanges": list(node.ignore_changes),
        "replaceOnChanges": list(node.replace_on_changes),
        "secretPaths": [*sorted(node.secret_paths)],
        "computedPaths": [*sorted(node.computed_paths)],
    }
