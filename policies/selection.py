"""Which rules make which pack: a rule belongs to the packs of the frameworks it answers to."""

from dataclasses import dataclass

from explained import ExplainedError
from policies.controls import Framework
from policies.rule import Rule, all_rules


class PackError(ExplainedError):
    """There is no such pack."""


@dataclass(frozen=True, kw_only=True)
class Pack:
    """A folder of policies/ that the engine can be given with --policy-pack."""

    name: str
    description: str
    frameworks: frozenset[Framework]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that answer to any of its frameworks."""
        return tuple(
            rule for rule in all_rules() if any(control.framework in self.frameworks for control in rule.controls)
        )


PACKS = (
    Pack(
        name="security",
        description="CIS GKE, CIS GCP, Pod Security Standards, NSA hardening, and what Checkov checks",
        frameworks=frozenset(
            {Framework.CIS_GKE, Framework.CIS_GCP, Framework.POD_SECURITY, Framework.NSA, Framework.CHECKOV}
        ),
    ),
    Pack(name="soc2", description="SOC 2 trust services criteria", frameworks=frozenset({Framework.SOC2})),
    Pack(name="gdpr", description="General Data Protection Regulation", frameworks=frozenset({Framework.GDPR})),
    Pack(name="pci", description="PCI DSS", frameworks=frozenset({Framework.PCI})),
    Pack(name="cost", description="Spending that nobody decided on", frameworks=frozenset({Framework.COST})),
    Pack(
        name="reliability",
        description="Zones, backups, disruption budgets, probes, spread",
        frameworks=frozenset({Framework.RELIABILITY}),
    ),
)


def pack(name: str) -> Pack:
    """The pack of that name. Raises PackError with the names there are."""
    for each in PACKS:
        if each.name == name:
            return each
    raise PackError(f"There is no pack {name!r}. There are {', '.join(each.name for each in PACKS)}.").of_usage()
