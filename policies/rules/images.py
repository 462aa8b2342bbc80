"""Rules of Binary Authorization: which images a cluster runs.

What its values do: https://cloud.google.com/binary-authorization/docs/policy-yaml-reference.
"""

from policies.controls import gke, nsa, pci, reliability, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.cluster import Cluster
from policies.views.images import ImagePolicy

REFUSING = frozenset({"ALWAYS_DENY", "REQUIRE_ATTESTATION"})
ENFORCED = "ENFORCED_BLOCK_AND_AUDIT_LOG"


@rule(
    "image-policy-refuses",
    ImagePolicy,
    gke("5.1.4"),
    nsa("images"),
    soc2("CC6.8", "CC8.1"),
    pci("6.3.3"),
    why="Admission that allows all, or only writes down what it would refuse, runs any image that anybody names.",
    fix=f"Set evaluationMode to ALWAYS_DENY and enforcementMode to {ENFORCED}, in every rule.",
)
def refuses(policy: ImagePolicy) -> Broken:
    """An image that nobody listed is refused, in every cluster."""
    for each in policy.rules:
        if each.evaluation not in REFUSING:
            yield f"In {each.where} evaluationMode is {each.evaluation or 'not set'}."
        if each.enforcement != ENFORCED:
            yield f"In {each.where} enforcementMode is {each.enforcement or 'not set'}."


@rule(
    "image-policy-patterns",
    ImagePolicy,
    gke("5.1.4"),
    nsa("images"),
    soc2("CC6.8", "CC8.1"),
    pci("6.3.3"),
    why="Anybody may publish under a public registry's name: to list it whole is to list no one.",
    fix="Name the registry and the owner's part of it before the wildcard: quay.io/jetstack/**.",
)
def patterns(policy: ImagePolicy) -> Broken:
    """Images are listed by registry and owner, never by registry alone."""
    for pattern in policy.patterns:
        registry, _, owner = pattern.partition("*")[0].partition("/")
        if not (registry and "/" in owner) and "*" in pattern:
            yield f"{pattern} lists images of anybody."


@rule(
    "image-policy-system-images",
    ImagePolicy,
    reliability("system-images"),
    soc2("A1.2"),
    why="The cluster's own pods (DNS, metrics, network) come from Google: under our default rule none would start.",
    fix="Set globalPolicyEvaluationMode to ENABLE.",
)
def system_images(policy: ImagePolicy) -> Broken:
    """Google's own images are left to the policy that Google keeps for them."""
    if not policy.exempts_system_images:
        yield "Google's policy for its own images is not evaluated."


@relation(
    "cluster-image-policy",
    Cluster,
    gke("5.1.4"),
    nsa("images"),
    soc2("CC6.8"),
    why="A project whose policy nobody wrote has Google's default, which allows every image.",
    fix="Declare a gcp.binaryauthorization.Policy in the stack that owns the project.",
)
def declared(cluster: Cluster, stack: Stack) -> Broken:
    """The policy that the cluster asks is one that the program declares."""
    if cluster.image_admission == "PROJECT_SINGLETON_POLICY_ENFORCE" and not stack.of(ImagePolicy):
        yield "The cluster asks the project's policy, and this stack declares none."
