"""Rules of namespaces and of what stands in them."""

from policies.controls import ckv, gke, nsa, pci, pss, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.namespace import NamePolicy, Namespace, NetworkPolicy, Quota, Release, Service


@rule(
    "namespace-pod-security",
    Namespace,
    pss("enforce"),
    nsa("pod-security"),
    gke("4.2.1"),
    soc2("CC6.8"),
    pci("2.2.1"),
    why="Admission holds every pod to the level, also one that nobody reviewed.",
    fix="Label the namespace pod-security.kubernetes.io/enforce: restricted.",
)
def pod_security(namespace: Namespace) -> Broken:
    """Admission refuses pods that are not restricted."""
    if namespace.enforced_level != "restricted":
        yield f"The enforced level is {namespace.enforced_level or 'not set'}."


@relation(
    "namespace-default-deny",
    Namespace,
    nsa("network-separation"),
    ckv("CKV2_K8S_6"),
    gke("4.3.2"),
    soc2("CC6.6"),
    pci("1.3.1", "1.3.2"),
    why="Without it every pod may talk to every other, and out.",
    fix="Declare a NetworkPolicy with an empty podSelector, both policyTypes, and no rules.",
)
def default_deny(namespace: Namespace, stack: Stack) -> Broken:
    """What no NetworkPolicy allows is denied."""
    policies = (policy for policy in stack.of(NetworkPolicy) if policy.namespace == namespace.name)
    if not any(policy.denies_everything for policy in policies):
        yield f"No NetworkPolicy of {namespace.name} denies everything."


@rule(
    "network-policy-peers",
    NetworkPolicy,
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.3.1", "1.3.2"),
    why="A rule without peers, or for the internet, takes connections from everywhere, or lets them go everywhere.",
    fix="Name the peers in `from` and `to`, none of them the internet, whole or in parts.",
)
def peers(policy: NetworkPolicy) -> Broken:
    """Every allowed connection names its other side."""
    if policy.admits_anyone:
        yield "An ingress rule is open to everyone."
    if policy.reaches_anyone:
        yield "An egress rule is open to everyone."


@rule(
    "network-policy-names",
    NamePolicy,
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.3.2"),
    why="Whoever takes over a pod sends what it finds to a name of their own.",
    fix="Write names, or patterns below a domain that is ours or the third party's.",
)
def names(policy: NamePolicy) -> Broken:
    """Pods reach listed names of the internet only."""
    for pattern in policy.wide_patterns:
        yield f"{pattern} is anybody's name."


@relation(
    "namespace-quota",
    Namespace,
    nsa("resource-policies"),
    soc2("A1.1"),
    why="A namespace without a ceiling can take the whole cluster, and its bill.",
    fix="Declare a ResourceQuota with limits.cpu, limits.memory and pods.",
)
def quota(namespace: Namespace, stack: Stack) -> Broken:
    """Every namespace has a ceiling."""
    ceilings: set[str] = set()
    for each in stack.of(Quota):
        if each.namespace == namespace.name:
            ceilings.update(each.ceilings)
    if missing := [what for what in ("limits.cpu", "limits.memory", "pods") if what not in ceilings]:
        yield f"{namespace.name} has no ceiling of {', '.join(missing)}."


@rule(
    "service-inside",
    Service,
    nsa("network-separation"),
    soc2("CC6.6"),
    pci("1.4.2"),
    why="A load balancer or node port of its own goes past Cloud Armor and the certificates.",
    fix="Set type to ClusterIP; the platform's load balancer reaches pods by their endpoint groups.",
)
def service_inside(service: Service) -> Broken:
    """Services are reached through the platform's load balancer alone."""
    if service.kind != "ClusterIP":
        yield f"The Service is a {service.kind}."


@rule(
    "chart-digest",
    Release,
    nsa("images"),
    soc2("CC8.1"),
    pci("6.5.1"),
    why="A chart's version may be published again with other contents.",
    fix="Name the chart as oci://...@sha256:....",
)
def chart_digest(release: Release) -> Broken:
    """Charts from elsewhere are named by digest."""
    if "@sha256:" not in release.chart:
        yield f"The chart is {release.chart or 'not set'}."


@rule(
    "chart-atomic",
    Release,
    soc2("CC8.1"),
    why="A release that fails half-way leaves an add-on that is neither the old nor the new one.",
    fix="Set atomic.",
)
def chart_atomic(release: Release) -> Broken:
    """An add-on that fails to start is taken back."""
    if not release.is_atomic:
        yield "A failed release stays."
