"""Pods, as Deployments, StatefulSets, Jobs and CronJobs describe them."""

from dataclasses import dataclass
from typing import ClassVar

from policies.resource import View
from policies.values import Properties

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
STATEFUL_SET = "kubernetes:apps/v1:StatefulSet"
CRON_JOB = "kubernetes:batch/v1:CronJob"


@dataclass(frozen=True)
class Variable:
    """One environment variable of a container. reference: what kind of thing it is taken from; empty for a value."""

    name: str
    reference: str


@dataclass(frozen=True)
class Container:
    """A container of a pod. Pod-wide settings count where the container says nothing."""

    of: Properties
    pod: Properties

    @property
    def name(self) -> str:
        return self.of.text("name")

    @property
    def image(self) -> str:
        return self.of.text("image")

    @property
    def runs_as_non_root(self) -> bool:
        own = self.of.at("securityContext", "runAsNonRoot")
        return self.pod.flag("securityContext", "runAsNonRoot") if own.value is None else own.flag()

    @property
    def user(self) -> float | None:
        own = self.of.number("securityContext", "runAsUser")
        return self.pod.number("securityContext", "runAsUser") if own is None else own

    @property
    def may_escalate(self) -> bool:
        """Kubernetes allows it unless it is told not to."""
        return self.of.flag("securityContext", "allowPrivilegeEscalation", default=True)

    @property
    def is_privileged(self) -> bool:
        return self.of.flag("securityContext", "privileged")

    @property
    def dropped(self) -> tuple[str, ...]:
        return self.of.texts("securityContext", "capabilities", "drop")

    @property
    def added(self) -> tuple[str, ...]:
        return self.of.texts("securityContext", "capabilities", "add")

    @property
    def seccomp(self) -> str:
        own = self.of.text("securityContext", "seccompProfile", "type")
        return own or self.pod.text("securityContext", "seccompProfile", "type")

    @property
    def has_readonly_root(self) -> bool:
        return self.of.flag("securityContext", "readOnlyRootFilesystem")

    @property
    def host_ports(self) -> tuple[str, ...]:
        return tuple(port.text("hostPort") for port in self.of.each("ports") if port.exists("hostPort"))

    @property
    def variables(self) -> tuple[Variable, ...]:
        return tuple(
            Variable(variable.text("name"), next(iter(variable.names("valueFrom")), ""))
            for variable in self.of.each("env")
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The kinds of things all of whose members become variables: configMapRef, secretRef."""
        return tuple(kind for source in self.of.each("envFrom") for kind in source.names() if kind != "prefix")

    def requests(self, resource: str) -> bool:
        """Whether an amount of it is requested: `cpu`, `memory`."""
        return self.of.exists("resources", "requests", resource)

    def limits(self, resource: str) -> bool:
        return self.of.exists("resources", "limits", resource)

    @property
    def has_readiness_probe(self) -> bool:
        return self.of.exists("readinessProbe")

    @property
    def has_liveness_probe(self) -> bool:
        return self.of.exists("livenessProbe")

    @property
    def serves(self) -> bool:
        """Whether it names ports that others connect to."""
        return self.of.exists("ports")


class Workload(View):
    """Whatever makes pods."""

    TYPES: ClassVar[tuple[str, ...]] = (
        DEPLOYMENT,
        STATEFUL_SET,
        "kubernetes:apps/v1:DaemonSet",
        "kubernetes:batch/v1:Job",
        CRON_JOB,
        "kubernetes:core/v1:Pod",
    )

    @property
    def name(self) -> str:
        return self._of.text("metadata", "name")

    @property
    def namespace(self) -> str:
        return self._of.text("metadata", "namespace", default="default")

    @property
    def _template(self) -> Properties:
        if self.resource.type == "kubernetes:core/v1:Pod":
            return self._of
        if self.resource.type == CRON_JOB:
            return self._of.at("spec", "jobTemplate", "spec", "template")
        return self._of.at("spec", "template")

    @property
    def pod(self) -> Properties:
        return self._template.at("spec")

    @property
    def pod_labels(self) -> dict[str, str]:
        return self._template.words("metadata", "labels")

    @property
    def containers(self) -> tuple[Container, ...]:
        return tuple(Container(container, self.pod) for container in self.pod.each("containers"))

    @property
    def all_containers(self) -> tuple[Container, ...]:
        """Also those that run before, and beside, the others."""
        first = tuple(Container(container, self.pod) for container in self.pod.each("initContainers"))
        return first + self.containers

    def shares_with_host(self, what: str) -> bool:
        """what: `hostPID`, `hostIPC`, `hostNetwork`."""
        return self.pod.flag(what)

    @property
    def host_paths(self) -> tuple[str, ...]:
        return tuple(volume.text("name") for volume in self.pod.each("volumes") if volume.exists("hostPath"))

    @property
    def secret_volumes(self) -> tuple[str, ...]:
        """Volumes that are filled from Kubernetes secrets."""
        return tuple(volume.text("name") for volume in self.pod.each("volumes") if volume.exists("secret"))

    @property
    def mounts_token(self) -> bool:
        return self.pod.flag("automountServiceAccountToken", default=True)

    @property
    def service_account(self) -> str:
        return self.pod.text("serviceAccountName", default="default")

    @property
    def shows_services(self) -> bool:
        return self.pod.flag("enableServiceLinks", default=True)


class LongRunning(Workload):
    """Pods that are always there."""

    TYPES = (DEPLOYMENT, STATEFUL_SET)

    @property
    def replicas(self) -> float | None:
        """None where an autoscaler decides."""
        return self._of.number("spec", "replicas")

    @property
    def spreads_over(self) -> tuple[str, ...]:
        """The keys of topology over which pods are spread."""
        return tuple(constraint.text("topologyKey") for constraint in self.pod.each("topologySpreadConstraints"))

    @property
    def is_stateful(self) -> bool:
        return self.resource.type == STATEFUL_SET

    @property
    def keeps_volumes(self) -> bool:
        """Kubernetes keeps the volumes of a StatefulSet unless it is told otherwise."""
        policy = self._of.at("spec", "persistentVolumeClaimRetentionPolicy")
        return "Delete" not in (policy.text("whenDeleted"), policy.text("whenScaled"))

    @property
    def has_volumes(self) -> bool:
        return self._of.exists("spec", "volumeClaimTemplates")

    @property
    def unavailable_in_rollout(self) -> str:
        return self._of.text("spec", "strategy", "rollingUpdate", "maxUnavailable", default="25%")

    @property
    def rolls_out(self) -> str:
        return self._of.text("spec", "strategy", "type", default="RollingUpdate")

    @property
    def grace_seconds(self) -> float:
        return self.pod.number("terminationGracePeriodSeconds") or 30
