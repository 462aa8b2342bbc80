"""The specification's tables that the catalogue must hold, whatever else is added to it."""

# Host, path, service, port: its thirteen routing rows.
ROUTES = frozenset(
    {
        ("coditect.com", "/", "gateway-frontend", 3000),
        ("coditect.com", "/api/*", "gateway-backend", 8000),
        ("coditect.com", "/health", "gateway-backend", 8000),
        ("app.coditect.ai", "/", "license-frontend", 80),
        ("app.coditect.ai", "/api/v1/*", "license-backend", 8000),
        ("admin.coditect.ai", "/admin", "license-backend", 8000),
        ("api.coditect.ai", "/api/v1/*", "license-backend", 8000),
        ("api.coditect.ai", "/health", "license-backend", 8000),
        ("coditect.ai", "/", "ide-frontend", 80),
        ("coditect.ai", "/theia", "ide-theia", 3000),
        ("coditect.ai", "/api/v1/*", "ide-backend", 8001),
        ("workflow.coditect.ai", "/", "agentflow-frontend", 80),
        ("workflow.coditect.ai", "/api/v1/*", "agentflow-backend", 8000),
    }
)

# All nine of its services have a row of their own.
SERVICES = frozenset(service for _, _, service, _ in ROUTES)

# Alerting (Cloud Monitoring), by the names that the catalogue gives them.
ALERTS = frozenset(
    {
        "high-error-rate",
        "no-seats-available",
        "database-connections-exhausted",
        "pod-crash-loop",
        "certificate-expiry",
    }
)
