"""Rules of what Cloud Armor's rules come to together: the first that matches decides, and the last decides the rest.

https://cloud.google.com/armor/docs/security-policy-overview (order of evaluation, default rule, preview).
"""

from policies.controls import pci, soc2
from policies.rule import Broken, rule
from policies.views.edge import DEFAULT_PRIORITY, Armor


@rule(
    "armor-order",
    Armor,
    soc2("CC6.6", "CC6.8"),
    pci("6.4.1", "6.4.2"),
    why="A request that an earlier rule lets pass is never held against the signatures of attacks.",
    fix="Give every rule that allows or throttles a priority behind those that deny attacks.",
)
def order(armor: Armor) -> Broken:
    """No request reaches a backend before it was held against the signatures of attacks."""
    attacks = [each.priority for each in armor.rules if each.looks_for_attacks]
    for each in armor.rules:
        if each.lets_pass and attacks and each.priority < max(attacks):
            yield f"Rule {each.priority:g} ({each.action}) lets requests pass before rule {max(attacks):g} is asked."


@rule(
    "armor-default",
    Armor,
    soc2("CC6.6"),
    pci("1.3.1", "6.4.2"),
    why="A list of who may enter means nothing where the last rule, or one before it, lets in everybody.",
    fix=f"Where a rule names address ranges, let rule {DEFAULT_PRIORITY} deny; where it denies, let no rule name all.",
)
def default(armor: Armor) -> Broken:
    """Where a policy lists who may enter, nobody else does."""
    named = [each for each in armor.rules if each.lets_pass and each.sources and each.priority < DEFAULT_PRIORITY]
    for each in named:
        if armor.lets_others_in and not each.is_for_everyone:
            yield f"Rule {each.priority:g} names who may enter, and the default rule lets in everybody else."
        if not armor.lets_others_in and each.is_for_everyone:
            yield f"The default rule denies, and rule {each.priority:g} lets in everybody before it."
