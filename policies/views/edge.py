"""The way in: forwarding rules, proxies, TLS policies, backend services, Cloud Armor."""

from dataclasses import dataclass

from policies.addresses import cover_the_internet
from policies.resource import View

# Where Cloud Armor keeps the rule that decides what no other does: the last there is.
DEFAULT_PRIORITY = 2**31 - 1
# By these a request reaches the backend: within its limit a throttle lets it pass, and no later rule is asked.
PASSING = frozenset({"allow", "throttle", "rate_based_ban"})


class TlsPolicy(View):
    """Which TLS a proxy speaks."""

    TYPES = ("gcp:compute/sSLPolicy:SSLPolicy",)

    @property
    def profile(self) -> str:
        return self._of.text("profile", default="COMPATIBLE")

    @property
    def minimum(self) -> str:
        return self._of.text("minTlsVersion", default="TLS_1_0")


class HttpsProxy(View):
    """Ends TLS and asks the URL map."""

    TYPES = ("gcp:compute/targetHttpsProxy:TargetHttpsProxy",)

    @property
    def tls_policy(self) -> str:
        return self._of.text("sslPolicy")

    @property
    def early_data(self) -> str:
        return self._of.text("tlsEarlyData")


class HttpProxy(View):
    """Takes requests in the clear."""

    TYPES = ("gcp:compute/targetHttpProxy:TargetHttpProxy",)

    @property
    def url_map_name(self) -> str:
        return self._of.text("urlMap").rpartition("/")[2]


class UrlMap(View):
    """Which request goes where."""

    TYPES = ("gcp:compute/uRLMap:URLMap",)

    @property
    def only_redirects_to_https(self) -> bool:
        return (
            self._of.flag("defaultUrlRedirect", "httpsRedirect")
            and not self._of.exists("pathMatchers")
            and not self._of.exists("defaultService")
        )


class ForwardingRule(View):
    """An address and port that the world may open."""

    TYPES = ("gcp:compute/globalForwardingRule:GlobalForwardingRule",)

    @property
    def target(self) -> str:
        return self._of.text("target")

    @property
    def goes_to_http_proxy(self) -> bool:
        return "targetHttpProxies/" in self.target

    @property
    def scheme(self) -> str:
        return self._of.text("loadBalancingScheme")


class BackendService(View):
    """Where a load balancer's requests go."""

    TYPES = ("gcp:compute/backendService:BackendService",)

    @property
    def is_external(self) -> bool:
        return self._of.text("loadBalancingScheme", default="EXTERNAL").startswith("EXTERNAL")

    @property
    def armor_name(self) -> str:
        """Of its Cloud Armor policy; empty where there is none."""
        return self._of.text("securityPolicy").rpartition("/")[2]

    @property
    def is_logged(self) -> bool:
        return self._of.flag("logConfig", "enable")

    @property
    def response_headers(self) -> dict[str, str]:
        """By lower-case name."""
        pairs = (header.partition(":") for header in self._of.texts("customResponseHeaders"))
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def https_only_seconds(self) -> int | None:
        """How long browsers are told to use https; None where they are not."""
        for part in self.response_headers.get("strict-transport-security", "").split(";"):
            name, _, value = part.strip().partition("=")
            if name.lower() == "max-age" and value.isdigit():
                return int(value)
        return None

    @property
    def zones(self) -> frozenset[str]:
        """Of its network endpoint groups."""
        groups = (backend.text("group").split("/") for backend in self._of.each("backends"))
        return frozenset(parts[parts.index("zones") + 1] for parts in groups if "zones" in parts)

    @property
    def drain_seconds(self) -> float:
        return self._of.number("connectionDrainingTimeoutSec") or 0

    @property
    def has_health_check(self) -> bool:
        return self._of.exists("healthChecks")

    @property
    def is_cached(self) -> bool:
        return self._of.flag("enableCdn")


@dataclass(frozen=True)
class ArmorRule:
    """One rule of Cloud Armor. The lowest priority is asked first, and the first that matches decides.

    sources: address ranges, where it matches by those alone.
    """

    priority: float
    expression: str
    action: str
    is_preview: bool
    sources: tuple[str, ...]

    @property
    def is_enforced(self) -> bool:
        return self.action.startswith("deny") and not self.is_preview

    @property
    def looks_for_attacks(self) -> bool:
        return self.is_enforced and "evaluatePreconfigured" in self.expression

    @property
    def lets_pass(self) -> bool:
        return self.action in PASSING and not self.is_preview

    @property
    def is_for_everyone(self) -> bool:
        return bool(self.sources) and cover_the_internet(self.sources)


class Armor(View):
    """A Cloud Armor policy."""

    TYPES = ("gcp:compute/securityPolicy:SecurityPolicy",)

    @property
    def rules(self) -> tuple[ArmorRule, ...]:
        """In the order in which they are asked, whatever their order in the program."""
        found = (
            ArmorRule(
                priority=rule.number("priority") or 0,
                expression=rule.text("match", "expr", "expression"),
                action=rule.text("action"),
                is_preview=rule.flag("preview"),
                sources=rule.texts("match", "config", "srcIpRanges"),
            )
            for rule in self._of.each("rules")
        )
        return tuple(sorted(found, key=lambda rule: rule.priority))

    @property
    def lets_others_in(self) -> bool:
        """Whether the default rule allows. Google adds one that does to a policy without any."""
        last = [rule for rule in self.rules if rule.priority == DEFAULT_PRIORITY]
        return not last or not last[0].is_enforced

    @property
    def sees_floods(self) -> bool:
        return self._of.flag("adaptiveProtectionConfig", "layer7DdosDefenseConfig", "enable")
