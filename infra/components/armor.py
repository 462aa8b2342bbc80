"""Cloud Armor: what is refused before it reaches a pod, for each kind of backend."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import pulumi
import pulumi_gcp as gcp

from infra.catalog import Catalog
from infra.catalog.names import Application
from infra.catalog.operations import RateLimit
from infra.catalog.services import Service
from infra.components.base import Component
from infra.components.edge_plan import Backend, Face
from infra.settings import SettingsError

# Windows that a rate limit may have, in seconds (compute API, rateLimitOptions.rateLimitThreshold.intervalSec).
_WINDOWS = frozenset({10, 30, 60, 120, 180, 240, 300, 600, 900, 1200, 1800, 2700, 3600})

_EVERYONE = ("*",)
_DEFAULT_PRIORITY = 2147483647

# What is exploited everywhere right now. CKV_GCP_73 asks for this rule; Checkov itself, which reads Terraform alone,
# would only know it when it is a rule's whole expression.
_CRITICAL = "evaluatePreconfiguredExpr('cve-canary')"
# Signatures of attacks on the protocol, and of tools that look for holes. Sensitivity 1 of 4: those that hardly ever
# meet an honest request.
_PROTOCOL = ("scannerdetection-v33-stable", "protocolattack-v33-stable", "sessionfixation-v33-stable")
# Signatures that look for code in what a request carries. Without `methodenforcement`: it refuses PUT, PATCH and
# DELETE, which the APIs use.
_INJECTION = ("sqli-v33-stable", "xss-v33-stable", "lfi-v33-stable", "rfi-v33-stable", "rce-v33-stable")
_SENSITIVITY = 1

# Most that one expression may hold ("Configure custom rules language attributes": up to five subexpressions). Rules
# with an expression are scarce: often 20 a project (quota SECURITY_POLICY_CEVAL_RULES), for a stack and its standby
# together. What is refused alike therefore stands in one rule.
_SUBEXPRESSIONS = 5


class Policy(StrEnum):
    """The security policies there are.

    PUBLIC: the OWASP rules and the rate limits.
    SHARED: as PUBLIC, for a service that also serves staff: its staff pages do not exist here.
    CODE: without the injection rules. What users of the Cloud IDE send *is* code; each save would be refused.
    STAFF: as PUBLIC, and only for the operators' own networks.
    """

    PUBLIC = "public"
    SHARED = "shared"
    CODE = "code"
    STAFF = "staff"


@dataclass(frozen=True, kw_only=True)
class ArmorArgs:
    """What the policies need to know. admin_allowed: ranges that may open staff pages, 1 to 10 of them."""

    prefix: str
    project_id: str
    catalog: Catalog
    admin_allowed: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.admin_allowed) <= 10:
            raise SettingsError(
                f"edge.admin_allowed has {len(self.admin_allowed)} ranges: a rule of Cloud Armor takes 1 to 10. "
                "Write the office's and the VPN's."
            )
        for limit in self.catalog.rate_limits:
            if limit.window.total_seconds() not in _WINDOWS:
                raise SettingsError(
                    f"Rate limit {limit.name} has a window of {limit.window}: Cloud Armor refuses it. "
                    f"Write one of {', '.join(str(w) for w in sorted(_WINDOWS))} seconds."
                )
        if not any(limit.path_prefix == "/" for limit in self.catalog.rate_limits):
            raise SettingsError(
                "No rate limit covers every path: one client could take all pods. Add one with path_prefix `/` to "
                "RATE_LIMITS in infra/catalog/operations.py."
            )


class Armor(Component):
    """One security policy of each kind. policy_ids: by kind."""

    policy_ids: Mapping[str, pulumi.Output[str]]

    def __init__(self, name: str, args: ArmorArgs, options: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, options)
        self._args = args
        self.policy_ids = {kind.value: self._policy(kind) for kind in Policy}
        self.finish()

    def _policy(self, kind: Policy) -> pulumi.Output[str]:
        compute = gcp.compute
        return compute.SecurityPolicy(
            self.child(kind.value),
            name=f"{self._args.prefix}-{kind}",
            project=self._args.project_id,
            description=f"{kind.capitalize()} backends",
            type="CLOUD_ARMOR",
            rules=rules(kind, self._args.catalog, self._args.admin_allowed),
            adaptive_protection_config=compute.SecurityPolicyAdaptiveProtectionConfigArgs(
                layer7_ddos_defense_config=compute.SecurityPolicyAdaptiveProtectionConfigLayer7DdosDefenseConfigArgs(
                    enable=True, rule_visibility="STANDARD"
                )
            ),
            advanced_options_config=compute.SecurityPolicyAdvancedOptionsConfigArgs(
                json_parsing="STANDARD",
                # VERBOSE writes what a request carried into the logs: passwords and personal data.
                log_level="NORMAL",
            ),
            opts=self.under(),
        ).id


def policy_of(backend: Backend, catalog: Catalog) -> Policy:
    """Which policy stands before a backend."""
    if backend.face is Face.STAFF:
        return Policy.STAFF
    if _staff_paths(backend.service, catalog):
        return Policy.SHARED
    if backend.service.application is Application.IDE and not backend.service.static_paths:
        return Policy.CODE
    return Policy.PUBLIC


def rules(kind: Policy, catalog: Catalog, admin_allowed: tuple[str, ...]) -> list[gcp.compute.SecurityPolicyRuleArgs]:
    """Rules of a policy in order of evaluation: the first that matches decides."""
    found = [
        _deny(1000 + 10 * position, expression, why)
        for position, (why, expression) in enumerate(_refusals(kind, catalog))
    ]
    # A request within a limit is let through by that rule: the narrowest path must come first.
    limits = sorted(catalog.rate_limits, key=lambda limit: -len(limit.path_prefix))
    if kind is Policy.STAFF:
        found.append(_throttle(2000, limits[-1], sources=admin_allowed))
        found.append(_default("deny(403)", "Everyone who is not on the allow-list"))
    else:
        found += [_throttle(2000 + 10 * position, limit) for position, limit in enumerate(limits)]
        found.append(_default("allow", "What no rule above decides"))
    return found


def _refusals(kind: Policy, catalog: Catalog) -> list[tuple[str, str]]:
    """What a policy refuses: description and expression of each of its rules."""
    why, attacks = "Known attacks", [_CRITICAL, *map(_signature, _PROTOCOL)]
    if kind is Policy.SHARED:
        why = "Known attacks and staff pages"
        paths = sorted({path for service in catalog.services for path in _staff_paths(service, catalog)})
        # Anywhere in the decoded path, so that neither `//admin`, `/%61dmin` nor `/x/../admin` gets past.
        attacks += [f"request.path.urlDecode().lower().contains('{path}')" for path in paths]
    injections = [] if kind is Policy.CODE else [*map(_signature, _INJECTION)]
    return [
        (described, " || ".join(alternatives[first : first + _SUBEXPRESSIONS]))
        for described, alternatives in ((why, attacks), ("Injected code", injections))
        for first in range(0, len(alternatives), _SUBEXPRESSIONS)
    ]


def _signature(rule: str) -> str:
    return f"evaluatePreconfiguredWaf('{rule}', {{'sensitivity': {_SENSITIVITY}}})"


def _staff_paths(service: Service, catalog: Catalog) -> tuple[str, ...]:
    """Paths of a service that exist under staff-only hosts, for a service that other hosts lead to as well."""
    staff = [host for host in catalog.hosts if host.staff_only]
    public = [host for host in catalog.hosts if not host.staff_only]

    def leads(host_routes: tuple[str, ...], fallback: str) -> bool:
        return service.name == fallback or service.name in host_routes

    if not any(leads(tuple(r.service for r in catalog.routes_of(h)), h.fallback) for h in public):
        return ()
    return tuple(
        route.path.removesuffix("/*").lower()
        for host in staff
        for route in catalog.routes_of(host)
        if route.service == service.name and route.path != "/"
    )


def _deny(priority: int, expression: str, description: str) -> gcp.compute.SecurityPolicyRuleArgs:
    return gcp.compute.SecurityPolicyRuleArgs(
        priority=priority,
        action="deny(403)",
        preview=False,
        description=description,
        match=gcp.compute.SecurityPolicyRuleMatchArgs(
            expr=gcp.compute.SecurityPolicyRuleMatchExprArgs(expression=expression)
        ),
    )


def _throttle(
    priority: int, limit: RateLimit, sources: tuple[str, ...] = _EVERYONE
) -> gcp.compute.SecurityPolicyRuleArgs:
    compute = gcp.compute
    return compute.SecurityPolicyRuleArgs(
        priority=priority,
        action="throttle",
        preview=False,
        description=f"Rate limit: {limit.name}",
        match=_sources(sources)
        if limit.path_prefix == "/"
        else compute.SecurityPolicyRuleMatchArgs(
            expr=compute.SecurityPolicyRuleMatchExprArgs(
                expression=f"request.path.urlDecode().startsWith('{limit.path_prefix}')"
            )
        ),
        rate_limit_options=compute.SecurityPolicyRuleRateLimitOptionsArgs(
            conform_action="allow",
            exceed_action="deny(429)",
            enforce_on_key="IP",
            rate_limit_threshold=compute.SecurityPolicyRuleRateLimitOptionsRateLimitThresholdArgs(
                count=limit.requests, interval_sec=int(limit.window.total_seconds())
            ),
        ),
    )


def _default(action: str, description: str) -> gcp.compute.SecurityPolicyRuleArgs:
    return gcp.compute.SecurityPolicyRuleArgs(
        priority=_DEFAULT_PRIORITY,
        action=action,
        preview=False,
        description=description,
        match=_sources(_EVERYONE),
    )


def _sources(ranges: tuple[str, ...]) -> gcp.compute.SecurityPolicyRuleMatchArgs:
    return gcp.compute.SecurityPolicyRuleMatchArgs(
        versioned_expr="SRC_IPS_V1",
        config=gcp.compute.SecurityPolicyRuleMatchConfigArgs(src_ip_ranges=list(ranges)),
    )
