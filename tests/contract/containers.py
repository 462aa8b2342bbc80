"""The first-party containers of a graph: what each is told, may read, and listens on."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coditect.graph.model import Graph, Node
from coditect.graph.pods import CRON_JOB, DEPLOYMENT, JOB
from coditect.graph.values import Json, items, lookup, text

SETTINGS = "DJANGO_SETTINGS_MODULE"
_SECRET_CLASS = "secrets-store.csi.x-k8s.io/v1:SecretProviderClass"


@dataclass(frozen=True, kw_only=True)
class Container:
    """One container. secret_files: paths that exist in it. probes: (path, port) of each HTTP probe."""

    workload: str
    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secret_files: frozenset[str]
    ports: Mapping[str, int]
    probes: frozenset[tuple[str, int]]

    @property
    def settings(self) -> str:
        return self.environment[SETTINGS]


def first_party(graph: Graph) -> tuple[Container, ...]:
    """Containers that run our own image: those that are told a Django settings module."""
    found = []
    for node in graph.of_type(DEPLOYMENT, JOB, CRON_JOB):
        spec = node.input("spec", "template", "spec") or node.input("spec", "jobTemplate", "spec", "template", "spec")
        for container in items(spec, "containers"):
            told = {text(variable, "name"): text(variable, "value") for variable in items(container, "env")}
            if SETTINGS in told:
                found.append(
                    Container(
                        workload=node.name,
                        name=text(container, "name"),
                        command=tuple(str(part) for part in items(container, "command")),
                        environment=told,
                        secret_files=frozenset(_secret_files(graph, node, spec, container)),
                        ports={
                            text(port, "name"): _number(port, "containerPort") for port in items(container, "ports")
                        },
                        probes=frozenset(_probes(container)),
                    )
                )
    return tuple(found)


def _probes(container: Json) -> Iterator[tuple[str, int]]:
    for kind in ("readinessProbe", "livenessProbe", "startupProbe"):
        if path := text(container, kind, "httpGet", "path"):
            yield path, _number(container, kind, "httpGet", "port")


def _secret_files(graph: Graph, workload: Node, spec: Json, container: Json) -> Iterator[str]:
    classes = {
        text(node.inputs, "metadata", "name"): node
        for node in graph.nodes.values()
        if node.type.endswith(_SECRET_CLASS)
        and node.input("metadata", "namespace") == workload.input("metadata", "namespace")
    }
    mounts = {text(mount, "name"): text(mount, "mountPath") for mount in items(container, "volumeMounts")}
    for volume in items(spec, "volumes"):
        name = text(volume, "csi", "volumeAttributes", "secretProviderClass")
        if name and text(volume, "name") in mounts:
            for path in _files(classes[name]):
                yield f"{mounts[text(volume, 'name')]}/{path}"


def _files(secret_class: Node) -> Iterator[str]:
    listed = secret_class.input("spec", "parameters", "secrets")
    for entry in json.loads(str(listed)):
        yield str(entry["path"])


def _number(value: Json, *keys: str) -> int:
    found = lookup(value, *keys)
    assert isinstance(found, int), f"{'.'.join(keys)} is {found!r}, which is no number"
    return found
