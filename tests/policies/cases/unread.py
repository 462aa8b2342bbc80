"""How the rule of types that no rule reads is broken."""

from tests.policies.cases.case import Case

CASES = (
    Case(
        rule="unread-types",
        added=("gcp:projects/iAMPolicy:IAMPolicy", {"project": "coditect", "policyData": "{}"}),
        always_known="of which type a resource is, is known in every preview",
    ),
)
