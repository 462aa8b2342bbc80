"""How the rules of secrets are broken."""

from tests.policies.cases.case import broken, removed

S = "secrets-stripe-secret-key"
BACKEND = "serviceAccount:prod-gateway-backend@coditect-cloud-infra.iam.gserviceaccount.com"
FRONTEND = "serviceAccount:prod-gateway-frontend@coditect-cloud-infra.iam.gserviceaccount.com"

CASES = (
    broken("secret-rotation", S, "rotation"),
    broken("secret-key", S, "replication.userManaged.replicas[1].customerManagedEncryption"),
    broken("secret-location", S, "replication.userManaged", also=("secret-key",)),
    broken("secret-version-kept", "secrets-redis-auth-version", "deletionPolicy", "DELETE"),
    broken("secret-one-reader", f"{S}-readers", "members", [BACKEND, FRONTEND]),
    removed("secret-readers-named", f"{S}-readers", hidden=(f"{S}-readers", "secretId")),
)
