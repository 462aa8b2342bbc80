"""Which images a cluster runs: the project's policy of Binary Authorization."""

from dataclasses import dataclass

from policies.resource import View
from policies.values import Properties


@dataclass(frozen=True)
class AdmissionRule:
    """What happens to an image that no pattern exempts. where: `the default rule`, or a cluster's."""

    where: str
    evaluation: str
    enforcement: str


class ImagePolicy(View):
    """The policy of Binary Authorization, of which a project has one."""

    TYPES = ("gcp:binaryauthorization/policy:Policy",)

    @property
    def rules(self) -> tuple[AdmissionRule, ...]:
        """The default rule, and those that take its place in single clusters."""
        own = (
            _admission(rule, f"the rule of {rule.text('cluster')}") for rule in self._of.each("clusterAdmissionRules")
        )
        return (_admission(self._of.at("defaultAdmissionRule"), "the default rule"), *own)

    @property
    def patterns(self) -> tuple[str, ...]:
        """Images that are exempt from every rule."""
        return tuple(pattern.text("namePattern") for pattern in self._of.each("admissionWhitelistPatterns"))

    @property
    def exempts_system_images(self) -> bool:
        """Whether Google's own images are left to the policy that Google keeps for them."""
        return self._of.text("globalPolicyEvaluationMode") == "ENABLE"


def _admission(rule: Properties, where: str) -> AdmissionRule:
    return AdmissionRule(where, rule.text("evaluationMode"), rule.text("enforcementMode"))
