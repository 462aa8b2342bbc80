"""How the rules of the way in are broken."""

from policies.values import Json
from tests.policies.cases.case import broken

KNOWN_ATTACKS: Json = {
    "action": "deny(403)",
    "match": {"expr": {"expression": "evaluatePreconfiguredExpr('cve-canary')"}},
}
B, A = "edge-backends-gateway-frontend", "edge-armor-public"

CASES = (
    broken("tls-policy", "edge-tls", "minTlsVersion", "TLS_1_1"),
    broken("https-proxy-policy", "edge-https", "sslPolicy"),
    broken("https-proxy-early-data", "edge-https", "tlsEarlyData", "PERMISSIVE"),
    broken("forwarding-scheme", "edge-http-site", "loadBalancingScheme", "EXTERNAL"),
    broken("http-only-redirects", "edge-http", "urlMap", "projects/p/global/urlMaps/coditect-prod-routes"),
    broken("backend-log", B, "logConfig.enable", to=False),
    broken("backend-armor", B, "securityPolicy"),
    broken("backend-transport-security", B, "customResponseHeaders[0]", "Strict-Transport-Security: max-age=60"),
    broken("backend-content-type", B, "customResponseHeaders[1]", "X-Nothing: here"),
    broken("backend-zones", B, "backends[0].group", "https://example/zones/us-central1-b/networkEndpointGroups/x"),
    broken("backend-health-check", B, "healthChecks"),
    broken("backend-drain", B, "connectionDrainingTimeoutSec", 0),
    broken(
        "armor-known-attacks",
        A,
        "rules[0].action",
        "allow",
        also=("armor-order",),
    ),
    broken("armor-preview", A, "rules[1].preview", to=True),
    broken("armor-rate-limit", A, "rules", [KNOWN_ATTACKS]),
    broken("armor-order", A, "rules[0].priority", 5000),
    broken("armor-default", "edge-armor-staff", "rules[priority=2147483647].action", "allow"),
    broken("armor-floods", A, "adaptiveProtectionConfig"),
    broken("static-files-cached", "edge-backends-gateway-frontend-static", "enableCdn", to=False),
)
