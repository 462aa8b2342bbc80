"""How the rules of Binary Authorization are broken."""

from tests.policies.cases.case import broken, removed

P = "cluster-images"

CASES = (
    broken("image-policy-refuses", P, "defaultAdmissionRule.evaluationMode", "ALWAYS_ALLOW"),
    broken("image-policy-patterns", P, "admissionWhitelistPatterns[0].namePattern", "docker.io/**"),
    broken("image-policy-system-images", P, "globalPolicyEvaluationMode", "DISABLE"),
    removed("cluster-image-policy", P, hidden=("cluster-cluster", "binaryAuthorization")),
)
