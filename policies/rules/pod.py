"""Rules of pods: what a container may do on its node."""

from policies.controls import ckv, gke, nsa, pci, pss, soc2
from policies.rule import Broken, rule
from policies.views.pod import Workload


@rule(
    "pod-non-root",
    Workload,
    pss("runAsNonRoot"),
    nsa("pod-security"),
    ckv("CKV_K8S_23"),
    gke("4.6.3"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="Root in a container is root on the node as soon as the kernel has a hole.",
    fix="Set securityContext.runAsNonRoot, and a user above 0.",
)
def non_root(workload: Workload) -> Broken:
    """No container runs as root."""
    for container in workload.all_containers:
        if not container.runs_as_non_root or container.user == 0:
            yield f"{container.name} may run as root."


@rule(
    "pod-escalation",
    Workload,
    pss("allowPrivilegeEscalation"),
    ckv("CKV_K8S_20"),
    gke("4.6.3"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="A program with the setuid bit would make its caller root.",
    fix="Set securityContext.allowPrivilegeEscalation to false.",
)
def escalation(workload: Workload) -> Broken:
    """No process gains rights that it did not start with."""
    for container in workload.all_containers:
        if container.may_escalate:
            yield f"{container.name} may escalate."


@rule(
    "pod-capabilities",
    Workload,
    pss("capabilities"),
    ckv("CKV_K8S_37"),
    gke("4.6.3"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="Containers get fourteen rights of root by default; a web server needs none of them.",
    fix="Set securityContext.capabilities.drop to [ALL], and add nothing.",
)
def capabilities(workload: Workload) -> Broken:
    """Containers give up all rights of root."""
    for container in workload.all_containers:
        if "ALL" not in container.dropped:
            yield f"{container.name} keeps capabilities."
        if container.added:
            yield f"{container.name} adds {', '.join(container.added)}."


@rule(
    "pod-seccomp",
    Workload,
    pss("seccompProfile"),
    ckv("CKV_K8S_31"),
    gke("4.6.2"),
    soc2("CC6.8"),
    why="The default profile refuses the rare system calls that most holes of the kernel need.",
    fix="Set securityContext.seccompProfile.type to RuntimeDefault.",
)
def seccomp(workload: Workload) -> Broken:
    """Containers cannot make rare system calls."""
    for container in workload.all_containers:
        if container.seccomp not in {"RuntimeDefault", "Localhost"}:
            yield f"{container.name} has the seccomp profile {container.seccomp or 'Unconfined'}."


@rule(
    "pod-privileged",
    Workload,
    pss("privileged"),
    ckv("CKV_K8S_16"),
    gke("4.6.3"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="A privileged container is the node.",
    fix="Set securityContext.privileged to false.",
)
def privileged(workload: Workload) -> Broken:
    """No container is privileged."""
    for container in workload.all_containers:
        if container.is_privileged:
            yield f"{container.name} is privileged."


@rule(
    "pod-host-namespaces",
    Workload,
    pss("hostNamespaces"),
    ckv("CKV_K8S_17", "CKV_K8S_18", "CKV_K8S_19"),
    gke("4.6.3"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="A pod in the node's namespaces sees every process, and every pod's traffic.",
    fix="Leave hostPID, hostIPC and hostNetwork out.",
)
def host_namespaces(workload: Workload) -> Broken:
    """No pod shares the node's processes, memory or network."""
    for what in ("hostPID", "hostIPC", "hostNetwork"):
        if workload.shares_with_host(what):
            yield f"The pod has {what}."


@rule(
    "pod-host-ports",
    Workload,
    pss("hostPorts"),
    ckv("CKV_K8S_26"),
    soc2("CC6.6"),
    why="A port of the node goes past Services, NetworkPolicies and the load balancer.",
    fix="Leave hostPort out, and declare a Service.",
)
def host_ports(workload: Workload) -> Broken:
    """No container opens a port of the node."""
    for container in workload.all_containers:
        if container.host_ports:
            yield f"{container.name} opens {', '.join(container.host_ports)} on the node."


@rule(
    "pod-host-paths",
    Workload,
    pss("hostPath"),
    ckv("CKV_K8S_27"),
    soc2("CC6.8"),
    why="A path of the node holds the kubelet's credentials and other pods' secrets.",
    fix="Use a volume claim or an emptyDir.",
)
def host_paths(workload: Workload) -> Broken:
    """No pod mounts a path of the node."""
    if workload.host_paths:
        yield f"Volumes of the node: {', '.join(workload.host_paths)}."


@rule(
    "pod-readonly-root",
    Workload,
    nsa("immutable-containers"),
    ckv("CKV_K8S_22"),
    soc2("CC6.8"),
    pci("11.5.2"),
    why="Who breaks in cannot leave a program behind where nothing can be written.",
    fix="Set securityContext.readOnlyRootFilesystem, and mount an emptyDir at /tmp.",
)
def readonly_root(workload: Workload) -> Broken:
    """Containers cannot change their own files."""
    for container in workload.all_containers:
        if not container.has_readonly_root:
            yield f"{container.name} may write to its root file system."


@rule(
    "pod-token",
    Workload,
    nsa("service-account-token"),
    ckv("CKV_K8S_38"),
    gke("4.1.5"),
    soc2("CC6.3"),
    pci("7.2.5"),
    why="None of our pods talks to the Kubernetes API: a token there helps only who breaks in.",
    fix="Set automountServiceAccountToken to false.",
)
def token(workload: Workload) -> Broken:
    """Pods have no credential of the Kubernetes API."""
    if workload.mounts_token:
        yield "A token of the Kubernetes API is mounted."


@rule(
    "pod-own-account",
    Workload,
    gke("4.1.4"),
    nsa("authorization"),
    soc2("CC6.3"),
    pci("7.2.5"),
    why="The default account is shared by all that name none.",
    fix="Name a ServiceAccount of the workload's own.",
)
def own_account(workload: Workload) -> Broken:
    """Each workload has a ServiceAccount of its own."""
    if workload.service_account == "default":
        yield "The pod uses the default ServiceAccount."


@rule(
    "pod-image-digest",
    Workload,
    nsa("images"),
    ckv("CKV_K8S_43", "CKV_K8S_14"),
    soc2("CC8.1"),
    pci("6.5.1"),
    why="A tag may name another image tomorrow than the one that was scanned and reviewed.",
    fix="Name the image by digest: `coditect release STACK NAME sha256:...`.",
)
def image_digest(workload: Workload) -> Broken:
    """Images are named by digest."""
    for container in workload.all_containers:
        if "@sha256:" not in container.image:
            yield f"{container.name} runs {container.image or 'no image'}."


@rule(
    "pod-requests",
    Workload,
    nsa("resource-policies"),
    ckv("CKV_K8S_10", "CKV_K8S_12"),
    soc2("A1.1"),
    why="A pod without requests is the first to be evicted, and its neighbours' node the first to be full.",
    fix="Set resources.requests for cpu and memory.",
)
def requests(workload: Workload) -> Broken:
    """Containers say what they need."""
    for container in workload.all_containers:
        if missing := [what for what in ("cpu", "memory") if not container.requests(what)]:
            yield f"{container.name} requests no {' and no '.join(missing)}."


@rule(
    "pod-limits",
    Workload,
    nsa("resource-policies"),
    ckv("CKV_K8S_11", "CKV_K8S_13"),
    soc2("A1.1"),
    why="One pod that leaks memory would take its node's other pods along.",
    fix="Set resources.limits for cpu and memory.",
)
def limits(workload: Workload) -> Broken:
    """Containers cannot take more than their share."""
    for container in workload.all_containers:
        if missing := [what for what in ("cpu", "memory") if not container.limits(what)]:
            yield f"{container.name} has no limit of {' nor of '.join(missing)}."


@rule(
    "pod-namespace",
    Workload,
    nsa("network-separation"),
    ckv("CKV_K8S_21"),
    gke("4.6.4"),
    soc2("CC6.1"),
    why="The default namespace has no quota, no NetworkPolicy and no Pod Security level.",
    fix="Declare the workload in a namespace of the platform.",
)
def namespace(workload: Workload) -> Broken:
    """Nothing runs in the default namespace."""
    if workload.namespace == "default":
        yield "The pod runs in the default namespace."


@rule(
    "pod-service-links",
    Workload,
    nsa("pod-security"),
    soc2("CC6.1"),
    why="Every Service's address in every environment is a map of the cluster for who breaks in.",
    fix="Set enableServiceLinks to false.",
)
def service_links(workload: Workload) -> Broken:
    """Pods are not told about every Service."""
    if workload.shows_services:
        yield "Every Service of the namespace stands in the environment."
