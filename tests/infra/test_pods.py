"""Every pod that the program declares, ours and those of charts, keeps the same controls."""

import re
from functools import cache

import pytest

from coditect.graph.values import JsonObject
from tests.infra.kubernetes_objects import (
    KubernetesObject,
    at,
    containers,
    listed,
    mapping,
    number,
    objects,
    of_kind,
    pod_templates,
)
from tests.infra.kubernetes_side import REPOSITORY, kubernetes_side


@cache
def templates() -> dict[str, JsonObject]:
    return pod_templates(objects(kubernetes_side()))


every_pod = pytest.mark.parametrize("name", sorted(templates()))


@every_pod
def test_a_container_is_unprivileged_and_cannot_write_its_image(name: str) -> None:
    for container in containers(templates()[name]):
        context = at(container, "securityContext")
        assert at(context, "runAsNonRoot") is True
        assert at(context, "allowPrivilegeEscalation") is False
        assert at(context, "privileged") is False
        assert at(context, "readOnlyRootFilesystem") is True
        assert at(context, "capabilities") == {"drop": ["ALL"]}
        assert at(context, "seccompProfile", "type") == "RuntimeDefault"
        assert number(at(context, "runAsUser")) >= 10000


@every_pod
def test_a_pod_shares_nothing_with_its_node(name: str) -> None:
    spec = mapping(at(templates()[name], "spec"))
    assert not {"hostPID", "hostIPC", "hostNetwork"} & set(spec)
    assert not [v for v in listed(spec.get("volumes") or []) if "hostPath" in mapping(v)]
    for container in containers(templates()[name]):
        assert not [p for p in listed(container.get("ports") or []) if "hostPort" in mapping(p)]


@every_pod
def test_a_pod_has_no_token_of_the_kubernetes_api(name: str) -> None:
    assert at(templates()[name], "spec", "automountServiceAccountToken") is False


@every_pod
def test_a_pod_runs_as_an_account_of_its_own(name: str) -> None:
    accounts = {o.name for o in of_kind(kubernetes_side(), "ServiceAccount")}
    assert at(templates()[name], "spec", "serviceAccountName") in accounts


@every_pod
def test_an_image_is_named_by_its_digest_in_our_own_registry(name: str) -> None:
    for container in containers(templates()[name]):
        assert re.fullmatch(re.escape(REPOSITORY) + r"/[a-z0-9-]+@sha256:[0-9a-f]{64}", str(at(container, "image")))


@every_pod
def test_a_container_says_what_it_needs_and_what_it_may_take(name: str) -> None:
    for container in containers(templates()[name]):
        for kind in ("requests", "limits"):
            assert at(container, "resources", kind, "cpu")
            assert at(container, "resources", kind, "memory")


@every_pod
def test_no_variable_takes_its_value_from_a_kubernetes_secret(name: str) -> None:
    for container in containers(templates()[name]):
        assert "secretKeyRef" not in str(container)
        assert "secretRef" not in str(container)


@every_pod
def test_what_a_container_mounts_is_a_volume_of_its_pod(name: str) -> None:
    volumes = {str(at(v, "name")) for v in listed(at(templates()[name], "spec", "volumes"))}
    # Those that a StatefulSet makes from its claims.
    volumes |= {"workspace"} if name == "StatefulSet ide-theia" else set()
    volumes |= {"data"} if name == "StatefulSet foundationdb" else set()
    for container in containers(templates()[name]):
        assert {str(at(m, "name")) for m in listed(container.get("volumeMounts") or [])} <= volumes


@pytest.mark.parametrize("name", sorted(n for n in templates() if n.startswith(("Deployment", "StatefulSet"))))
def test_pods_are_spread_over_zones_and_hosts(name: str) -> None:
    spread = listed(at(templates()[name], "spec", "topologySpreadConstraints"))
    assert {at(s, "topologyKey") for s in spread} == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    labels = mapping(at(templates()[name], "metadata", "labels"))
    for constraint in spread:
        assert mapping(at(constraint, "labelSelector", "matchLabels")).items() <= labels.items()


@pytest.mark.parametrize("service", of_kind(kubernetes_side(), "Service"), ids=lambda o: o.name)
def test_a_service_selects_one_kind_of_pod_and_it_listens_on_its_port(service: KubernetesObject) -> None:
    selector = mapping(at(service.manifest, "spec", "selector"))
    chosen = [t for t in templates().values() if selector.items() <= mapping(at(t, "metadata", "labels")).items()]
    assert len(chosen) == 1, f"{service.name} selects {len(chosen)} kinds of pods"
    ports = {at(port, "containerPort") for c in containers(chosen[0]) for port in listed(c.get("ports") or [])}
    assert at(service.manifest, "spec", "ports", 0, "targetPort") in ports


@pytest.mark.parametrize("budget", of_kind(kubernetes_side(), "PodDisruptionBudget"), ids=lambda o: o.name)
def test_a_disruption_budget_moves_one_pod_at_a_time(budget: KubernetesObject) -> None:
    assert at(budget.manifest, "spec", "maxUnavailable") == 1
