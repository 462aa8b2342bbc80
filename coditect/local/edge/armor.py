"""Cloud Armor's rules as Envoy can say them: denied paths, allowed addresses, rate limits for each address.

Envoy has none of Google's signatures of attacks: those rules are listed, not imitated. Buckets are a route's own, where
Cloud Armor counts a policy's requests together.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from coditect.graph.values import Json, JsonObject
from coditect.local.edge.declared import ArmorRule
from coditect.local.edge.typed import HTTP_FILTERS, typed

DENIED_PATHS = "coditect.denied_paths"
ALLOWED_ADDRESSES = "coditect.allowed_addresses"
RATE_LIMIT = "coditect.rate_limit"

_CONTAINS = re.compile(r"^request\.path\.urlDecode\(\)(\.lower\(\))?\.contains\('([^']*)'\)$")
_SIGNATURE = re.compile(r"^evaluatePreconfigured(?:Expr|Waf)\('([^']*)'")
_STARTS = re.compile(r"^request\.path\.urlDecode\(\)(\.lower\(\))?\.startsWith\('([^']*)'\)$")
_EVERYONE = ("*",)
_MORE_THAN_ANYONE_SENDS = 1_000_000
# Distinct client addresses that are counted at once; one machine has few.
_ADDRESSES = 10_000


@dataclass(frozen=True, kw_only=True)
class Armor:
    """filters: per-route configurations by filter name. not_said: signatures and rules that Envoy cannot say."""

    filters: JsonObject
    not_said: tuple[str, ...]


def filters() -> list[Json]:
    """The filters that routes configure; by themselves they let everything pass."""
    rbac = typed(f"{HTTP_FILTERS}.rbac.v3.RBAC")
    limit = typed(f"{HTTP_FILTERS}.local_ratelimit.v3.LocalRateLimit", stat_prefix="armor")
    return [
        {"name": DENIED_PATHS, "typed_config": rbac},
        {"name": ALLOWED_ADDRESSES, "typed_config": rbac},
        {"name": RATE_LIMIT, "typed_config": limit},
    ]


def armor(rules: Sequence[ArmorRule]) -> Armor:
    """A security policy's rules, in their order of priority."""
    denied: list[Json] = []
    limits: list[ArmorRule] = []
    allowed: list[str] = []
    not_said = []
    for rule in rules:
        paths = {part: _path(part) for part in rule.expression.split(" || ")} if rule.expression else {}
        if rule.action.startswith("deny") and paths:
            denied += [{"url_path": {"path": path}} for path in paths.values() if path is not None]
            not_said += [_name(part, rule) for part, path in paths.items() if path is None]
        elif rule.expression and _path(rule.expression) is None:
            not_said.append(rule.description)
        elif rule.count is not None:
            limits.append(rule)
            allowed += [] if rule.expression else rule.addresses
        elif rule.action == "allow":
            allowed += rule.addresses
        elif rule.addresses != _EVERYONE:
            not_said.append(rule.description)
    configured: JsonObject = {}
    if denied:
        configured[DENIED_PATHS] = _rbac("DENY", permissions=denied, principals=[{"any": True}])
    if "*" not in allowed and rules:
        configured[ALLOWED_ADDRESSES] = _rbac(
            "ALLOW", permissions=[{"any": True}], principals=[_from(address) for address in allowed]
        )
    if limits:
        configured[RATE_LIMIT] = _limited(limits)
    return Armor(filters=configured, not_said=tuple(not_said))


def _name(part: str, rule: ArmorRule) -> str:
    """One alternative of a rule, as it is listed: its signature's name, or else what the rule says of itself."""
    match = _SIGNATURE.match(part)
    return match[1] if match else rule.description


def _path(expression: str) -> JsonObject | None:
    """Envoy's matcher of the path; None for what only Cloud Armor understands."""
    for pattern, kind in ((_CONTAINS, "contains"), (_STARTS, "prefix")):
        match = pattern.match(expression)
        if match:
            return {kind: match[2], "ignore_case": match[1] is not None}
    return None


def _rbac(action: str, *, permissions: list[Json], principals: list[Json]) -> JsonObject:
    policy: JsonObject = {"permissions": permissions, "principals": principals}
    rules: JsonObject = {"action": action, "policies": {"armor": policy}}
    return typed(f"{HTTP_FILTERS}.rbac.v3.RBACPerRoute", rbac={"rules": rules})


def _from(address: str) -> JsonObject:
    prefix, _, length = address.partition("/")
    return {"remote_ip": {"address_prefix": prefix, "prefix_len": int(length or 32)}}


def _limited(limits: Sequence[ArmorRule]) -> JsonObject:
    actions: list[Json] = []
    descriptors: list[Json] = []
    for rule in limits:
        # The first rule that fits decides in Cloud Armor; here the stricter of those that fit does.
        path = _path(rule.expression)
        entries: list[Json] = [{"key": "remote_address"}]
        steps: list[Json] = [{"remote_address": {}}]
        if path is not None:
            name = f"rule-{rule.priority}"
            entries.insert(0, {"key": "header_match", "value": name})
            matcher: JsonObject = {"name": ":path", "string_match": path}
            steps.insert(0, {"header_value_match": {"descriptor_value": name, "headers": [matcher]}})
        actions.append({"actions": steps})
        descriptors.append({"entries": entries, "token_bucket": _bucket(rule.count or 0, rule.interval_s or 60)})
    always: JsonObject = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
    return typed(
        f"{HTTP_FILTERS}.local_ratelimit.v3.LocalRateLimit",
        stat_prefix="armor",
        token_bucket=_bucket(_MORE_THAN_ANYONE_SENDS, 1),
        filter_enabled=always,
        filter_enforced=always,
        rate_limits=actions,
        descriptors=descriptors,
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=_ADDRESSES,
    )


def _bucket(count: int, interval_s: int) -> JsonObject:
    return {"max_tokens": count, "tokens_per_fill": count, "fill_interval": f"{interval_s}s"}
