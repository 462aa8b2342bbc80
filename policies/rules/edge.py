"""Rules of the way in."""

from policies.controls import ckv, gcp, gdpr, pci, soc2
from policies.resource import Stack
from policies.rule import Broken, relation, rule
from policies.views.edge import Armor, BackendService, ForwardingRule, HttpProxy, HttpsProxy, TlsPolicy, UrlMap

GOOD_TLS = frozenset({"TLS_1_2", "TLS_1_3"})
SHORTEST_HSTS_SECONDS = 31_536_000
# Alone or as one alternative of several: with a condition beside it, it no longer holds for every request. Checkov
# knows the first form only, and a project has no rules to spare for it (docs/runbooks/first-deployment.md, quotas).
KNOWN_ATTACKS = "evaluatePreconfiguredExpr('cve-canary')"


@rule(
    "tls-policy",
    TlsPolicy,
    gcp("3.9"),
    ckv("CKV_GCP_4"),
    soc2("CC6.7"),
    gdpr("32(1)(a)"),
    pci("4.2.1", "12.3.3"),
    why="Older versions and weak ciphers can be broken by who records the connection.",
    fix="Set minTlsVersion to TLS_1_2 or TLS_1_3, and profile to RESTRICTED or MODERN.",
)
def tls_policy(policy: TlsPolicy) -> Broken:
    """Clients speak TLS 1.2 or later with strong ciphers."""
    if policy.profile not in {"RESTRICTED", "MODERN"}:
        yield f"The profile is {policy.profile}."
    if policy.minimum not in GOOD_TLS:
        yield f"The minimum version is {policy.minimum}."


@rule(
    "https-proxy-policy",
    HttpsProxy,
    gcp("3.9"),
    soc2("CC6.7"),
    pci("4.2.1"),
    why="A proxy without a policy takes TLS 1.0.",
    fix="Set sslPolicy.",
)
def proxy_policy(proxy: HttpsProxy) -> Broken:
    """Every proxy has a TLS policy."""
    if not proxy.tls_policy:
        yield "sslPolicy is not set."


@rule(
    "https-proxy-early-data",
    HttpsProxy,
    soc2("CC6.7"),
    pci("6.2.4"),
    why="Early data can be sent again by whoever records it: a seat would be taken twice.",
    fix="Set tlsEarlyData to DISABLED.",
)
def early_data(proxy: HttpsProxy) -> Broken:
    """No request can be replayed from TLS early data."""
    if proxy.early_data not in {"", "DISABLED"}:
        yield f"tlsEarlyData is {proxy.early_data}."


@rule(
    "forwarding-scheme",
    ForwardingRule,
    ckv("CKV2_GCP_38"),
    soc2("CC6.6"),
    why="Redirects and header rules of the URL map work with the newer load balancer alone.",
    fix="Set loadBalancingScheme to EXTERNAL_MANAGED.",
)
def forwarding_scheme(forwarding: ForwardingRule) -> Broken:
    """Clear HTTP stands on the managed load balancer only."""
    if forwarding.goes_to_http_proxy and forwarding.scheme != "EXTERNAL_MANAGED":
        yield f"loadBalancingScheme is {forwarding.scheme or 'not set'}."


@relation(
    "http-only-redirects",
    HttpProxy,
    soc2("CC6.7"),
    gdpr("32(1)(a)"),
    pci("4.2.1"),
    why="A page or a token that is served in the clear can be read and changed on its way.",
    fix="Give the HTTP proxy a URL map that redirects to https and has no backend.",
)
def http_only_redirects(proxy: HttpProxy, stack: Stack) -> Broken:
    """Clear HTTP only redirects to https."""
    wanted = proxy.url_map_name
    if not any(url_map.name == wanted and url_map.only_redirects_to_https for url_map in stack.of(UrlMap)):
        yield f"The URL map {wanted} serves requests in the clear."


@rule(
    "backend-log",
    BackendService,
    gcp("2.16"),
    soc2("CC7.2"),
    pci("10.2.1"),
    why="Requests that Cloud Armor denied, or that failed, are seen here only.",
    fix="Set logConfig.enable.",
)
def backend_log(backend: BackendService) -> Broken:
    """Requests are logged at the load balancer."""
    if not backend.is_logged:
        yield "Requests are not logged."


@relation(
    "backend-armor",
    BackendService,
    ckv("CKV_GCP_73"),
    soc2("CC6.6", "CC6.8"),
    pci("6.4.1", "6.4.2"),
    why="A backend without a policy takes every attack that the others are spared.",
    fix="Set securityPolicy to one of the stack's policies.",
)
def backend_armor(backend: BackendService, stack: Stack) -> Broken:
    """Every backend that the internet reaches stands behind one of the stack's Cloud Armor policies."""
    if not backend.is_external:
        return
    wanted = backend.armor_name
    if not wanted:
        yield "The backend has no Cloud Armor policy."
    elif all(policy.name != wanted for policy in stack.of(Armor)):
        yield f"The Cloud Armor policy {wanted} is none of this stack."


@rule(
    "backend-transport-security",
    BackendService,
    soc2("CC6.7"),
    pci("4.2.1", "6.2.4"),
    why="Without the header a browser's first request may still go out in the clear.",
    fix="Add `Strict-Transport-Security: max-age=63072000; includeSubDomains; preload` to customResponseHeaders.",
)
def transport_security(backend: BackendService) -> Broken:
    """Browsers are told to use https for a year and longer."""
    if not backend.is_external:
        return
    seconds = backend.https_only_seconds
    if seconds is None:
        yield "Strict-Transport-Security is not set."
    elif seconds < SHORTEST_HSTS_SECONDS:
        yield f"Strict-Transport-Security holds for {seconds} seconds."


@rule(
    "backend-content-type",
    BackendService,
    soc2("CC6.8"),
    pci("6.2.4"),
    why="A browser that guesses a type may run an uploaded text as a script.",
    fix="Add `X-Content-Type-Options: nosniff` to customResponseHeaders.",
)
def content_type(backend: BackendService) -> Broken:
    """Browsers do not guess types."""
    if backend.is_external and backend.response_headers.get("x-content-type-options", "").lower() != "nosniff":
        yield "X-Content-Type-Options is not nosniff."


@rule(
    "armor-known-attacks",
    Armor,
    ckv("CKV_GCP_73"),
    soc2("CC6.8"),
    pci("6.4.1", "6.4.2"),
    why="Log4Shell and its like are tried on every address of the internet, day and night.",
    fix="Add a deny rule that evaluates evaluatePreconfiguredExpr('cve-canary'), joined by || alone, without preview.",
)
def known_attacks(armor: Armor) -> Broken:
    """Known critical attacks are denied, not only noted."""
    if not any(KNOWN_ATTACKS in _alternatives(rule.expression) and rule.is_enforced for rule in armor.rules):
        yield "No enforced rule for cve-canary."


def _alternatives(expression: str) -> tuple[str, ...]:
    """What each by itself makes the expression true: its parts between `||`, where nothing limits them."""
    return () if "&&" in expression or "!" in expression else tuple(part.strip() for part in expression.split("||"))


@rule(
    "armor-preview",
    Armor,
    soc2("CC6.8"),
    pci("6.4.2"),
    why="A rule in preview writes to the log and lets the attack through.",
    fix="Set preview to false.",
)
def preview(armor: Armor) -> Broken:
    """No rule of Cloud Armor is in preview."""
    if count := sum(rule.is_preview for rule in armor.rules):
        yield f"Rules in preview: {count}."


@rule(
    "armor-rate-limit",
    Armor,
    soc2("CC6.6", "A1.1"),
    why="Without a limit one address guesses passwords as fast as we answer.",
    fix="Add a throttle rule.",
)
def rate_limit(armor: Armor) -> Broken:
    """Requests of one address are limited."""
    if not any(rule.action in {"throttle", "rate_based_ban"} and not rule.is_preview for rule in armor.rules):
        yield "No rule limits the rate of requests."


@rule(
    "armor-floods",
    Armor,
    soc2("A1.1", "CC7.2"),
    pci("11.5.1"),
    why="A flood that no single address causes is recognised by its pattern.",
    fix="Set adaptiveProtectionConfig.layer7DdosDefenseConfig.enable.",
)
def floods(armor: Armor) -> Broken:
    """Floods are recognised."""
    if not armor.sees_floods:
        yield "Adaptive protection is off."
