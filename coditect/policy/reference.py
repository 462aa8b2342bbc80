"""docs/policies.md, made from the rules and the waivers."""

from collections.abc import Iterator
from itertools import groupby

from coditect.graph.configuration import ROOT
from policies.controls import EDITIONS, Framework
from policies.rule import Rule, all_rules
from policies.selection import PACKS
from policies.waivers import read

FILE = ROOT / "docs" / "policies.md"
ACCEPT = "coditect policy --docs --write"

_HEAD = f"""# Policies

Made from `policies/` by `{ACCEPT}`: change the rules, not this page.
What the packs are and how they run: docs/adr/0011-policies.md.
"""


def text() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    rules = all_rules()
    yield _HEAD
    yield "## Packs\n"
    yield "With the engine: `pulumi preview --policy-pack policies/<pack>`."
    yield "Without: `coditect policy STACK --pack <pack>`."
    yield ""
    yield "| pack | rules | about |"
    yield "|---|---:|---|"
    for pack in PACKS:
        yield f"| {pack.name} | {len(pack.rules)} | {pack.description} |"
    yield f"\n{len(rules)} rules in all; a rule stands in every pack whose framework it answers to.\n"
    yield "## Frameworks\n"
    yield "| framework | edition | controls that rules answer to |"
    yield "|---|---|---:|"
    for framework in Framework:
        numbers = {number for rule in rules for number in rule.controls_of(framework)}
        yield f"| {framework.value} | {EDITIONS[framework]} | {len(numbers)} |"
    yield ""
    yield from _waivers()
    for family, members in groupby(rules, key=lambda rule: rule.family):
        yield f"## {family.replace('_', ' ').capitalize()}\n"
        for rule in members:
            yield from _rule(rule)


def _waivers() -> Iterator[str]:
    yield "## Waivers\n"
    yield "| rule | resource | stacks | owner | until | reason |"
    yield "|---|---|---|---|---|---|"
    for waiver in read():
        resource = waiver.resource.replace("|", "\\|")
        yield (
            f"| {waiver.rule} | `{resource}` | {', '.join(waiver.stacks)} | {waiver.owner} "
            f"| {waiver.expires.isoformat()} | {waiver.reason} |"
        )
    yield ""


def _rule(rule: Rule) -> Iterator[str]:
    where = f", in {', '.join(sorted(rule.only_in))} only" if rule.only_in else ""
    kind = "relation" if rule.needs_stack else "resource"
    yield f"### {rule.id}\n"
    yield f"{rule.title} *({rule.severity.value}, {kind} rule{where})*\n"
    yield f"- Why: {rule.why}"
    yield f"- Mend: {rule.fix}"
    yield f"- Controls: {', '.join(str(control) for control in rule.controls)}"
    yield f"- Looks at: {', '.join(f'`{type_}`' for type_ in rule.over.TYPES)}\n"
