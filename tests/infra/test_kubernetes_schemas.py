"""Every Kubernetes object that the program declares is one that Kubernetes would accept."""

import functools
from collections.abc import Iterator
from dataclasses import replace

import jsonschema
import kubernetes_validate
import pytest
from kubernetes_validate import utils

from coditect.graph.model import Graph
from coditect.graph.values import Json, JsonObject
from tests.infra.kubernetes_objects import KubernetesObject, at, mapping, objects, of_kind
from tests.infra.kubernetes_side import kubernetes_side

VERSION = "1.37"

_LABELS: Json = {"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}
_SELECTOR: Json = {
    "type": "object",
    "required": ["matchLabels"],
    "additionalProperties": False,
    "properties": {"matchLabels": _LABELS},
}

# Types that Google's add-ons bring to a cluster: no schema of Kubernetes has them. What we use of each, as documented.
CUSTOM: dict[tuple[str, str], JsonObject] = {
    # GKE documentation, "Control Pod egress traffic using FQDN network policies".
    ("networking.gke.io/v1alpha1", "FQDNNetworkPolicy"): {
        "type": "object",
        "required": ["podSelector", "egress"],
        "additionalProperties": False,
        "properties": {
            "podSelector": _SELECTOR,
            "egress": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["matches", "ports"],
                    "additionalProperties": False,
                    "properties": {
                        "matches": {
                            "type": "array",
                            "minItems": 1,
                            "items": {
                                "type": "object",
                                "required": ["name"],
                                "additionalProperties": False,
                                "properties": {"name": {"type": "string", "pattern": r"^[a-z0-9-]+(\.[a-z0-9-]+)+$"}},
                            },
                        },
                        "ports": {
                            "type": "array",
                            "items": {
                                "type": "object",
                                "required": ["protocol", "port"],
                                "additionalProperties": False,
                                "properties": {"protocol": {"enum": ["TCP", "UDP"]}, "port": {"type": "integer"}},
                            },
                        },
                    },
                },
            },
        },
    },
    # Managed Prometheus, reference of monitoring.googleapis.com/v1.
    ("monitoring.googleapis.com/v1", "PodMonitoring"): {
        "type": "object",
        "required": ["selector", "endpoints"],
        "additionalProperties": False,
        "properties": {
            "selector": _SELECTOR,
            "endpoints": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "required": ["port", "interval"],
                    "additionalProperties": False,
                    "properties": {
                        "port": {"type": ["string", "integer"]},
                        "path": {"type": "string", "pattern": "^/"},
                        "interval": {"type": "string", "pattern": r"^[0-9]+(s|m)$"},
                    },
                },
            },
        },
    },
    # Secret Manager add-on of GKE. `secrets` is text, itself a list; its content is tested beside the workloads.
    ("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass"): {
        "type": "object",
        "required": ["provider", "parameters"],
        "additionalProperties": False,
        "properties": {
            "provider": {"const": "gke"},
            "parameters": {
                "type": "object",
                "required": ["secrets"],
                "additionalProperties": False,
                "properties": {"secrets": {"type": "string"}},
            },
        },
    },
}


@pytest.fixture(scope="module", autouse=True)
def schemas_that_are_read_once() -> Iterator[None]:
    """The validator reads Kubernetes' definitions, a megabyte, anew for each of 850 objects."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(utils, "schema_contents", functools.cache(utils.schema_contents))
        yield


def test_every_object_of_every_stack_is_valid_for_kubernetes(graph: Graph) -> None:
    problems = [
        f"{o.kind} {o.namespace or '-'}/{o.name}: {problem}" for o in objects(graph) if (problem := problem_of(o))
    ]
    assert problems == []


def problem_of(subject: KubernetesObject) -> str | None:
    """What Kubernetes would say against an object."""
    custom = CUSTOM.get((str(subject.manifest["apiVersion"]), subject.kind))
    try:
        if custom is None:
            kubernetes_validate.validate(subject.manifest, VERSION, strict=True)
        else:
            jsonschema.validate(subject.manifest["spec"], custom)
    except (kubernetes_validate.ValidationError, jsonschema.ValidationError) as error:
        return str(error)
    return None


def test_every_custom_type_that_has_a_schema_here_is_in_use() -> None:
    assert set(CUSTOM) <= {(str(o.manifest["apiVersion"]), o.kind) for o in objects(kubernetes_side())}


@pytest.mark.parametrize("kind", ["Deployment", "FQDNNetworkPolicy"])
def test_a_misspelt_property_would_be_found(kind: str) -> None:
    subject = of_kind(kubernetes_side(), kind)[0]
    spec = {**mapping(subject.manifest["spec"]), "podSelectr": {}}
    assert problem_of(replace(subject, manifest={**subject.manifest, "spec": spec})) is not None


def test_no_two_objects_of_a_stack_have_the_same_kind_namespace_and_name(graph: Graph) -> None:
    identities = [f"{o.manifest['apiVersion']} {o.kind} {o.namespace} {o.name}" for o in objects(graph)]
    assert sorted(identities) == sorted(set(identities))


def test_every_object_says_its_stack_and_its_component(graph: Graph) -> None:
    labels = {o.node.name: mapping(at(o.manifest, "metadata", "labels")) for o in objects(graph)}
    assert [name for name, found in labels.items() if not {"stack", "component"} <= set(found)] == []
