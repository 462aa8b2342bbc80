"""What every pod of the platform has in common: who it runs as, what it may do, where it writes, how it is checked."""

from collections.abc import Mapping, Sequence

import pulumi
from pulumi_kubernetes import core, meta

from infra.catalog import running
from infra.catalog.secrets import SECRET_DIRECTORY
from infra.catalog.services import Probe, Resources

_FIRST_UNPRIVILEGED_PORT = 1024
_SCRATCH = "scratch"
_SECRETS = "secrets"


def container_security() -> core.v1.SecurityContextArgs:
    """Pod Security `restricted`, and a root file system that nobody can write."""
    return core.v1.SecurityContextArgs(
        allow_privilege_escalation=False,
        privileged=False,
        read_only_root_filesystem=True,
        run_as_non_root=True,
        run_as_user=running.USER_ID,
        run_as_group=running.USER_ID,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
        seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def pod_security(port: int | None = None) -> core.v1.PodSecurityContextArgs:
    """The pod's side of it. port: what it listens on; one under 1024 needs a sysctl, which `restricted` allows."""
    sysctls = None
    if port is not None and port < _FIRST_UNPRIVILEGED_PORT:
        sysctls = [core.v1.SysctlArgs(name="net.ipv4.ip_unprivileged_port_start", value="0")]
    return core.v1.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=running.USER_ID,
        run_as_group=running.USER_ID,
        fs_group=running.USER_ID,
        fs_group_change_policy="OnRootMismatch",
        seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
        sysctls=sysctls,
    )


def requirements(resources: Resources) -> core.v1.ResourceRequirementsArgs:
    return core.v1.ResourceRequirementsArgs(
        requests={"cpu": f"{resources.cpu_request_m}m", "memory": f"{resources.memory_request_mib}Mi"},
        limits={"cpu": f"{resources.cpu_limit_m}m", "memory": f"{resources.memory_limit_mib}Mi"},
    )


def readiness(check: Probe, port: int, *, host: pulumi.Input[str] | None = None) -> core.v1.ProbeArgs:
    return _probe(check, port, successes=check.healthy_threshold, host=host)


def liveness(check: Probe, port: int, *, host: pulumi.Input[str] | None = None) -> core.v1.ProbeArgs:
    # Kubernetes refuses any other success threshold here.
    return _probe(check, port, successes=1, host=host)


def _probe(check: Probe, port: int, *, successes: int, host: pulumi.Input[str] | None) -> core.v1.ProbeArgs:
    # Without it the kubelet sends the pod's address as the host, which Django answers with 400.
    headers = None if host is None else [core.v1.HTTPHeaderArgs(name="Host", value=host)]
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=check.path, port=port, http_headers=headers),
        initial_delay_seconds=check.initial_delay_s,
        period_seconds=check.period_s,
        timeout_seconds=check.timeout_s,
        success_threshold=successes,
        failure_threshold=check.unhealthy_threshold,
    )


def variables(values: Mapping[str, pulumi.Input[str]]) -> list[core.v1.EnvVarArgs]:
    """Environment in the order given: a command's `$(NAME)` and later variables may refer to earlier ones."""
    return [core.v1.EnvVarArgs(name=name, value=value) for name, value in values.items()]


def mounts(*, with_secrets: bool) -> list[core.v1.VolumeMountArgs]:
    found = [core.v1.VolumeMountArgs(name=_SCRATCH, mount_path="/tmp")]  # noqa: S108 - an emptyDir of this pod alone
    if with_secrets:
        found.append(core.v1.VolumeMountArgs(name=_SECRETS, mount_path=SECRET_DIRECTORY, read_only=True))
    return found


def volumes(secret_class: str | None) -> list[core.v1.VolumeArgs]:
    """A place to write, and the secrets of a SecretProviderClass as files; None where it reads none."""
    found = [
        core.v1.VolumeArgs(name=_SCRATCH, empty_dir=core.v1.EmptyDirVolumeSourceArgs(size_limit=running.SCRATCH_SIZE))
    ]
    if secret_class is not None:
        found.append(
            core.v1.VolumeArgs(
                name=_SECRETS,
                csi=core.v1.CSIVolumeSourceArgs(
                    driver=running.SECRET_DRIVER,
                    read_only=True,
                    volume_attributes={"secretProviderClass": secret_class},
                ),
            )
        )
    return found


def spread(labels: Mapping[str, str]) -> Sequence[core.v1.TopologySpreadConstraintArgs]:
    """Over zones, then over hosts. Not a condition: a zone short of room must not hold back a service under load."""
    return [
        core.v1.TopologySpreadConstraintArgs(
            topology_key=key,
            max_skew=1,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(labels)),
        )
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
