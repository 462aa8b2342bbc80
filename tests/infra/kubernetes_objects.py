"""Reads what a graph has of Kubernetes: each object as it would be sent to the API server."""

from collections.abc import Iterable
from dataclasses import dataclass

from coditect.graph.model import Graph, Node
from coditect.graph.values import Json, JsonObject

# Pulumi's own types of the same provider, which are no objects of the API.
_NOT_OBJECTS = ("kubernetes:helm.sh/",)


@dataclass(frozen=True, kw_only=True)
class KubernetesObject:
    """node: what Pulumi was asked for. manifest: what Kubernetes would be."""

    node: Node
    manifest: JsonObject

    @property
    def kind(self) -> str:
        return str(self.manifest["kind"])

    @property
    def name(self) -> str:
        return str(at(self.manifest, "metadata", "name"))

    @property
    def namespace(self) -> str | None:
        name = mapping(at(self.manifest, "metadata")).get("namespace")
        return None if name is None else str(name)

    @property
    def waits_for(self) -> set[str]:
        """Logical names of all that it depends on."""
        return {urn.rsplit("::", 1)[-1] for urn in self.node.dependencies}


def objects(graph: Graph) -> list[KubernetesObject]:
    return [
        KubernetesObject(node=node, manifest=_manifest(node))
        for node in graph.resources
        if node.type.startswith("kubernetes:") and not node.type.startswith(_NOT_OBJECTS)
    ]


def of_kind(graph: Graph, kind: str) -> list[KubernetesObject]:
    return [each for each in objects(graph) if each.kind == kind]


def only(graph: Graph, kind: str, name: str) -> KubernetesObject:
    """The one object of that kind and name. Fails naming what there is."""
    found = [each for each in of_kind(graph, kind) if each.name == name]
    assert len(found) == 1, f"{len(found)} {kind} {name} among {sorted((o.kind, o.name) for o in objects(graph))}"
    return found[0]


def at(value: Json, *path: str | int) -> Json:
    """What stands at a path. Fails naming the step that leads nowhere."""
    for step in path:
        if isinstance(step, int):
            value = listed(value)[step]
        else:
            there = mapping(value)
            assert step in there, f"{step} of {path}: there is only {sorted(there)}"
            value = there[step]
    return value


def mapping(value: Json) -> JsonObject:
    assert isinstance(value, dict), f"not an object but {value!r}"
    return value


def listed(value: Json) -> list[Json]:
    assert isinstance(value, list), f"not a list but {value!r}"
    return value


def number(value: Json) -> float:
    assert isinstance(value, int | float), f"not a number but {value!r}"
    return value


def pod_templates(found: Iterable[KubernetesObject]) -> dict[str, JsonObject]:
    """The pod template of every object that has one, by kind and name."""
    paths = {
        "Deployment": ("spec", "template"),
        "StatefulSet": ("spec", "template"),
        "Job": ("spec", "template"),
        "CronJob": ("spec", "jobTemplate", "spec", "template"),
    }
    return {f"{o.kind} {o.name}": mapping(at(o.manifest, *paths[o.kind])) for o in found if o.kind in paths}


def containers(template: Json) -> list[JsonObject]:
    """Init containers and containers of a pod template."""
    spec = mapping(at(template, "spec"))
    return [mapping(container) for key in ("initContainers", "containers") for container in listed(spec.get(key) or [])]


def _manifest(node: Node) -> JsonObject:
    if "apiVersion" in node.inputs and "kind" in node.inputs:
        return node.inputs
    _, version, kind = node.type.split(":")
    return {"apiVersion": version.removeprefix("core/"), "kind": kind, **node.inputs}
